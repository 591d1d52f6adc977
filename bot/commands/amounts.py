"""Amounts as people type them → integer minor units. Refuses, never guesses, never rounds.

The grammar (``tests/fixtures/hostile.json``, surface *amount*): at most 32 characters; ASCII or full-width digits; one
affix of the own currency; strict groups of three digits by comma; a dot and at most as many decimals as the currency
has; a sign only where the command takes one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.domain.money import exponent

MOST_CHARACTERS: Final = 32
_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９，．－＋￥＄", "0123456789,.-+¥$")
_SIGNS: Final = {
    "¥": ("CNY", "JPY"),
    "元": ("CNY",),
    "块": ("CNY",),
    "RMB": ("CNY",),
    "$": ("USD", "AUD", "CAD", "HKD", "SGD", "TWD"),
    "€": ("EUR",),
    "£": ("GBP",),
    "₩": ("KRW",),
    "₹": ("INR",),
}
_CJK: Final = frozenset("零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟")
_NUMBER: Final = re.compile(r"(\d+)(?:\.(\d+))?")
_GROUPED: Final = re.compile(r"(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?")
_MULTIPLIER: Final = re.compile(r"[\d.,]+\s*(?:[kKwWmM万千百亿])")
_EXPONENT: Final = re.compile(r"[\d.,]+[eE][+-]?\d*")


class NotAnAmount(ValueError):
    """``code`` says why (section ``unclear`` of ``strings.toml``); ``instead`` what may be meant, as digits."""

    def __init__(self, code: str, instead: str = "") -> None:
        super().__init__(code)
        self.code, self.instead = code, instead


def parse_amount(text: str, currency: str, *, most: int, signed: bool = False) -> int:
    """Minor units of ``currency``, not above ``most``. ``NotAnAmount`` with one of the codes of the fixture."""
    if len(text) > MOST_CHARACTERS * 4:
        raise NotAnAmount("TOO_LONG")
    if "\n" in text.strip() or "\r" in text.strip():
        raise NotAnAmount("LINEBREAK")
    plain_characters(text)
    plain = text.strip().translate(_FULL_WIDTH)
    if not plain:
        raise NotAnAmount("EMPTY")
    if len(plain) > MOST_CHARACTERS:
        raise NotAnAmount("TOO_LONG")
    sign, plain = _sign(plain, signed=signed)
    digits = _without_affix(plain, currency)
    minor = _minor(digits, exponent(currency))
    if not minor:
        raise NotAnAmount("ZERO")
    if minor > most:
        raise NotAnAmount("TOO_LARGE")
    return sign * minor


def bare_number(text: str, currency: str, *, decimals: int) -> int:
    """A number within a sum, in 10⁻ᵈ of the main unit: digits with one affix of the own currency, no sign."""
    return _minor(_without_affix(text.strip().translate(_FULL_WIDTH), currency), decimals)


def plain_characters(text: str) -> None:
    """Refuse what looks like digits and is not, what hides, and what strikes through."""
    for ch in text:
        kind = unicodedata.category(ch)
        if kind in ("Cf", "Cc", "Cs", "Co", "Cn") and ch not in "\t\n\r":
            raise NotAnAmount("INVISIBLE")
        if kind in ("Mn", "Me", "Mc"):
            raise NotAnAmount("COMBINING")
        if kind in ("Nd", "No", "Nl") and not ch.isascii() and not "０" <= ch <= "９":
            raise NotAnAmount("CJK_NUMERAL" if ch in _CJK else "DIGIT_SCRIPT")
    bare = text.strip().rstrip("元块")
    if bare and all(ch in _CJK for ch in bare):
        raise NotAnAmount("CJK_NUMERAL")


def _sign(plain: str, *, signed: bool) -> tuple[int, str]:
    if plain[0] not in "+-−":
        return 1, plain
    if not signed:
        raise NotAnAmount("SIGN" if plain[1:2].isdigit() else "SYNTAX")
    return (1 if plain[0] == "+" else -1), plain[1:].lstrip()


def _without_affix(plain: str, currency: str) -> str:
    """``plain`` without one sign or code of the own currency. Another currency's is refused."""
    affixes = {**_SIGNS, currency: (currency,)}
    for affix, currencies in affixes.items():
        upper = plain.upper()
        rest = ""
        if upper.startswith(affix):
            rest = plain[len(affix) :].lstrip()
        elif upper.endswith(affix):
            rest = plain[: -len(affix)].rstrip()
        if rest and rest[:1].isdigit():
            if currency not in currencies:
                raise NotAnAmount("CURRENCY")
            return rest
    return plain


def _minor(digits: str, places: int) -> int:
    match = _GROUPED.fullmatch(digits) or _NUMBER.fullmatch(digits)
    if match is None:
        raise NotAnAmount(_why(digits))
    whole, decimals = match[1].replace(",", ""), match[2] or ""
    if len(decimals) > places:
        raise NotAnAmount("PRECISION")
    if len(whole) > 18:
        raise NotAnAmount("TOO_LARGE")
    scale: int = 10**places
    return int(whole) * scale + int(decimals.ljust(places, "0") or "0")


def _why(digits: str) -> str:
    """What is wrong with something that is no number."""
    if _EXPONENT.fullmatch(digits):
        return "EXPONENT"
    if _MULTIPLIER.fullmatch(digits):
        return "MULTIPLIER"
    if re.fullmatch(r"\d[\d.,]*\d", digits):
        return "AMBIGUOUS_SEPARATOR"
    return "SYNTAX"
