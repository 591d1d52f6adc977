"""Display names: ids identify, names only decorate.

Rules (``tests/fixtures/hostile.json``, name policy): NFC; no controls, bidirectional controls, invisible or blank
letters (zero-width joiners stay inside emoji), no status emoji; at most 2 combining marks per base; 32 characters,
then an ellipsis. Two members who look alike get ``#id``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, TypeVar

K = TypeVar("K", bound=int)

MOST_CHARACTERS: Final = 32
_FSI, _PDI = "\u2068", "\u2069"
_BLANKS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u00ad\u034f\u17b4\u17b5\u180e")
_STATUS: Final = frozenset("✅✔☑❌✖❎⭕🆗💯💰💸🟢🔴🟡⏳⌛")
_ZWJ, _VARIATION = "\u200d", "\ufe0f"
_FORMULA: Final = tuple("=+-@\t\r＝＋－＠")
_LOOKALIKES: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеіјорсухѕԁɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧοινρ0|",
    "ABESIJKMHOPCTYXaeijopcyxsdgABEZHIKMNOPTYXoivpOl",
)


def show_name(raw: str, number: int) -> str:
    """``raw`` as it may stand in a text, or ``member #number`` when nothing readable is left.

    Neither escaped nor isolated: that is the sink's business (``isolate``, ``csv_cell``, the template engine).
    """
    text = unicodedata.normalize("NFC", raw.encode("utf-8", "ignore").decode()[: MOST_CHARACTERS * 32])
    kept: list[str] = []
    marks = 0
    for i, ch in enumerate(text):
        kind = unicodedata.category(ch)
        if ch == _ZWJ:
            if kept and i + 1 < len(text) and _is_symbol(kept[-1]) and _is_symbol(text[i + 1]):
                kept.append(ch)
            continue
        if kind in ("Mn", "Me", "Mc") and ch != _VARIATION:
            marks += 1
            if marks <= 2 and kept and ch not in _BLANKS:
                kept.append(ch)
            continue
        marks = 0
        if kind in ("Cc", "Zl", "Zp") or ch.isspace():
            kept.append(" ")
        elif kind[0] != "C" and ch not in _BLANKS and ch not in _STATUS:
            kept.append(ch)
    name = re.sub(r" {2,}", " ", "".join(kept)).strip()
    if len(name) > MOST_CHARACTERS:
        name = name[:MOST_CHARACTERS].rstrip(" " + _ZWJ) + "…"
    readable = any(unicodedata.category(ch)[0] in "LNPS" for ch in name)
    return name if readable else f"member #{number}"


def _is_symbol(ch: str) -> bool:
    return unicodedata.category(ch) in ("So", "Sk") or ch == _VARIATION


def isolate(text: str) -> str:
    """``text`` so that its direction cannot leak into what stands beside it (U+2068 … U+2069)."""
    return f"{_FSI}{text}{_PDI}"


def csv_cell(text: str) -> str:
    """``text`` as a spreadsheet cell that no program takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def skeleton(name: str) -> str:
    """What a name looks like: look-alike letters of other scripts folded. A small part of UTS 39."""
    folded = unicodedata.normalize("NFKC", name).translate(_LOOKALIKES).casefold()
    return "".join(ch for ch in folded if not ch.isspace())


def show_names(raw: Mapping[K, str]) -> dict[K, str]:
    """Names to show, by number; those who look alike carry ``#number``."""
    shown = {number: show_name(name, number) for number, name in raw.items()}
    looks: dict[str, int] = {}
    for name in shown.values():
        looks[skeleton(name)] = looks.get(skeleton(name), 0) + 1
    return {n: f"{name} #{n}" if looks[skeleton(name)] > 1 else name for n, name in shown.items()}
