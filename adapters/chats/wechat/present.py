"""Our markup → what WeChat shows: plain text, and the ids of who is mentioned."""

from __future__ import annotations

import html
import re
from typing import Final

from bot.ports import Rendered

TEXT_LIMIT: Final = 2000
"""Characters of one message, well below where puppets begin to cut."""
_ADDRESS: Final = re.compile(r"https?://\S+/(?:pay|c|board)/\S+")
_MENTION: Final = re.compile(r'<mention id="([^"]*)">')
_MENTIONED: Final = re.compile(r'<mention id="[^"]*">(.*?)</mention>', re.DOTALL)
_TAG: Final = re.compile(r"</?[a-z][^>]*>")
_RIGHT_TO_LEFT: Final = re.compile(r"[\u0590-\u08ff\u200f\u202a-\u202e\ufb1d-\ufdff\ufe70-\ufefc]")
_ISOLATES: Final = {0x2068: None, 0x2069: None}
MENTION_ENDS: Final = "\u2005"


def text_of(message: Rendered) -> str:
    """Cut at the end of a line where it is too long; the numbered answers at the end are kept."""
    text = _plain(message.html)
    if len(text) <= TEXT_LIMIT:
        return text
    body, _, end = text.rpartition("\n\n") if message.buttons else (text, "", "")
    kept = f"\n…\n\n{end}" if len(end) < TEXT_LIMIT // 2 else "\n…"
    cut = body[: TEXT_LIMIT - len(kept)]
    return (cut.rpartition("\n")[0] or cut) + kept.rstrip()


def _plain(markup: str) -> str:
    """Mentions end in the space by which WeChat knows them. The signs that keep names of mixed direction apart are left
    out where nothing is written from right to left: old clients show them as boxes."""
    words = _TAG.sub("", _MENTIONED.sub(lambda found: f"@{found[1]}{MENTION_ENDS}", markup))
    text = html.unescape(words)
    return text if _RIGHT_TO_LEFT.search(text) else text.translate(_ISOLATES)


def link_of(message: Rendered) -> str:
    """The address of a page that it is about, if any."""
    found = _ADDRESS.search(message.text)
    return found[0] if found else ""


def mentions_of(message: Rendered) -> list[str]:
    """Whom it mentions, each once, in order."""
    return list(dict.fromkeys(html.unescape(id_) for id_ in _MENTION.findall(message.html)))
