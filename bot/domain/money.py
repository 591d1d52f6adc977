"""Money: an integer count of minor units and a currency.

No float touches an amount. Exponents are those of ISO 4217 (the ``iso4217`` data package), plus
Telegram Stars (``XTR``), which have no minor unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from iso4217 import Currency

_NOT_ISO = {"XTR": 0}
DIGITAL_ONLY = frozenset({"XTR"})
"""Currencies whose owner allows them for digital goods and services only (https://telegram.org/tos/stars)."""


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """How many decimal digits ``currency`` has: CNY 2, JPY 0, KWD 3, XTR 0. ``ValueError`` if it is no currency."""
    if currency in _NOT_ISO:
        return _NOT_ISO[currency]
    digits = Currency(currency).exponent
    if digits is None:  # funds codes and metals (XAU …) cannot be collected
        raise ValueError(f"{currency} has no minor unit")
    return int(digits)


@dataclass(frozen=True, slots=True)
class Money:
    """``minor`` units of ``currency``: ``Money(6667, "CNY")`` is ¥66.67. May be negative (a difference)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.minor

    def digits(self) -> str:
        """The exact decimal number, without grouping or currency: ``66.67``, ``-5``, ``1000``."""
        places = exponent(self.currency)
        sign, whole = ("-" if self.minor < 0 else ""), abs(self.minor)
        if not places:
            return f"{sign}{whole}"
        return f"{sign}{whole // 10**places}.{whole % 10**places:0{places}d}"
