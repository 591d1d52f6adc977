"""Amounts as PayPal writes them: decimal strings, and three currencies without decimals that ISO 4217 gives some to or
none (developer.paypal.com/api/rest/reference/currency-codes)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.domain.money import Money, exponent


def _codes(words: str) -> frozenset[str]:
    return frozenset(words.split())


WHOLE: Final = _codes("HUF JPY TWD")
"""A decimal point is an error here; ISO 4217 gives HUF and TWD two digits all the same."""
CURRENCIES: Final = _codes(
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD"
)
"""BRL, CNY and MYR only between accounts of the country."""
_VALUE: Final = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,6}))?")


def to_paypal(money: Money) -> dict[str, str]:
    """``ValueError`` where PayPal has no such amount (10.45 HUF); it is never rounded."""
    whole, point, rest = money.digits().partition(".")
    if money.currency in WHOLE:
        if rest.strip("0"):
            raise ValueError(f"{money.digits()} {money.currency}")
        return {"currency_code": money.currency, "value": whole}
    return {"currency_code": money.currency, "value": f"{whole}{point}{rest}"}


def from_paypal(amount: object) -> Money:
    """``ValueError`` for what is no amount. Digits beyond the currency's own must be 0."""
    if not isinstance(amount, Mapping):
        raise ValueError("no amount")
    told: Mapping[str, Any] = amount
    currency, value = told.get("currency_code"), told.get("value")
    if not isinstance(currency, str) or not isinstance(value, str) or not value.isascii():
        raise ValueError("no amount")
    places, match = exponent(currency), _VALUE.fullmatch(value)
    if match is None:
        raise ValueError("no amount")
    digits = (match[3] or "").ljust(places, "0")
    if digits[places:].strip("0"):
        raise ValueError("a fraction of the smallest unit")
    minor = int(match[2] + digits[:places])
    return Money(-minor if match[1] else minor, currency)
