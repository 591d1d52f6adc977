"""Amounts that are worked out: ``(200+40)/3``, ``3×66``, ``88+12.5``. Exact fractions; nothing is rounded.

The grammar, in full: ``sum: term (("+" | "-") term)*``, ``term: part (("*" | "/") part)*``,
``part: number | "(" sum ")"``. Numbers are as in ``amounts``, without a sign, with at most six decimals. A quotient
that is no whole count of minor units is refused, with the amount just above it to type instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from bot.commands.amounts import NotAnAmount, bare_number, parse_amount, plain_characters
from bot.domain.money import Money, exponent

MOST_CHARACTERS: Final = 64
MOST_DEPTH: Final = 8
_DECIMALS: Final = 6
_OPERATORS: Final = str.maketrans("（）＋－−＊×✕xX·／÷", "()+--******//")
_SIGN: Final = "[¥￥$€£₩₹]"
_NUMBER: Final = rf"{_SIGN}?[0-9０-９]++(?:[.,．，][0-9０-９]++)*+(?:元|块)?"
_OPEN, _SHUT, _OPERATOR = r"(?:[(（]\s*)*+", r"(?:\s*[)）])*+", r"\s*[-+*/×÷＋－−＊／✕·xX]\s*"
PATTERN: Final = rf"{_OPEN}{_NUMBER}{_SHUT}(?:{_OPERATOR}{_OPEN}{_NUMBER}{_SHUT})++"
"""What is meant as a sum, possibly with spaces in it. Its brackets need not match."""
_SUM: Final = re.compile(PATTERN)
_TOKEN: Final = re.compile(rf"\s*(?:({_NUMBER})|(.))")


def is_sum(text: str) -> bool:
    """Whether ``text`` is meant as a sum: numbers with operators between them."""
    return _SUM.fullmatch(text.strip()) is not None


def read_amount(text: str, currency: str, *, most: int, signed: bool = False) -> int:
    """Minor units of an amount or a sum, not above ``most``. ``NotAnAmount`` as in ``amounts``, and ``DEEP``,
    ``DIVIDE`` and ``INEXACT``."""
    if not is_sum(text):
        return parse_amount(text, currency, most=most, signed=signed)
    if len(text) > MOST_CHARACTERS:
        raise NotAnAmount("TOO_LONG")
    plain_characters(text)
    scale: int = 10 ** exponent(currency)
    result = _Sum(text.strip(), currency).value() * scale
    if result <= 0:
        raise NotAnAmount("ZERO")
    if result > most:
        raise NotAnAmount("TOO_LARGE")
    if result.denominator != 1:
        raise NotAnAmount("INEXACT", Money(-(-result.numerator // result.denominator), currency).digits())
    return result.numerator


def written(text: str) -> str:
    """A sum as it is read back: with ``×`` and ``÷``, without spaces."""
    narrow = text.translate(str.maketrans("０１２３４５６７８９．，", "0123456789.,"))
    return re.sub(r"\s+", "", narrow.translate(_OPERATORS)).replace("*", "×")


@dataclass(slots=True)
class _Sum:
    """A descent over one sum. Operators are ``+-*/()``; a number is a fraction of the currency's main unit."""

    text: str
    currency: str
    depth: int = 0

    def value(self) -> Fraction:
        parts = self._parts()
        total, left = self._sum(parts, next(parts, ""))
        if left:
            raise NotAnAmount("SYNTAX")
        return total

    def _parts(self) -> Iterator[Fraction | str]:
        for match in _TOKEN.finditer(self.text):
            yield self._number(match[1]) if match[1] else match[2].translate(_OPERATORS)

    def _number(self, typed: str) -> Fraction:
        return Fraction(bare_number(typed, self.currency, decimals=_DECIMALS), 10**_DECIMALS)

    def _sum(self, parts: Iterator[Fraction | str], first: Fraction | str) -> tuple[Fraction, Fraction | str]:
        """The value of a sum that begins with ``first``, and what follows it."""
        total, following = self._term(parts, first)
        while following in ("+", "-"):
            term, after = self._term(parts, next(parts, ""))
            total, following = (total + term if following == "+" else total - term), after
        return total, following

    def _term(self, parts: Iterator[Fraction | str], first: Fraction | str) -> tuple[Fraction, Fraction | str]:
        product = self._part(parts, first)
        while (following := next(parts, "")) in ("*", "/"):
            part = self._part(parts, next(parts, ""))
            if following == "/" and not part:
                raise NotAnAmount("DIVIDE")
            product = product * part if following == "*" else product / part
        return product, following

    def _part(self, parts: Iterator[Fraction | str], first: Fraction | str) -> Fraction:
        if isinstance(first, Fraction):
            return first
        if first != "(":
            raise NotAnAmount("SYNTAX")
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise NotAnAmount("DEEP")
        inner, shut = self._sum(parts, next(parts, ""))
        if shut != ")":
            raise NotAnAmount("SYNTAX")
        self.depth -= 1
        return inner
