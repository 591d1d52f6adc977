"""Amounts as Stripe counts them. Most are ISO 4217's minor units; these are not (docs.stripe.com/currencies)."""

from __future__ import annotations

from typing import Final

from bot.domain.money import Money, exponent


def _codes(words: str) -> frozenset[str]:
    return frozenset(words.split())


WHOLE: Final = _codes("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF")
"""Zero-decimal: 500 is ¥500. ISO 4217 gives the ariary (MGA) two digits all the same."""
TENS_OF_MILS: Final = _codes("BHD JOD KWD OMR TND")
"""Three-decimal, and the last digit must be 0: 5.120 KWD, never 5.124."""
HUNDREDS: Final = _codes("ISK UGX")
"""Without decimals by now, but still counted in hundredths that must be 00: 5 ISK is 500."""
CURRENCIES: Final = (
    WHOLE
    | TENS_OF_MILS
    | HUNDREDS
    | _codes(
        """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE
        CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT
        LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
        PLN QAR RON RSD SAR SBD SCR SEK SGD SHP SLE SOS SRD STN SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD
        YER ZAR ZMW"""
    )
)
"""What a payer can be charged in. HUF and TWD have two decimals here; only payouts of them are in whole units."""


LEAST: Final = {
    **dict.fromkeys(["AUD", "BRL", "CAD", "CHF", "EUR", "INR", "NZD", "SGD", "USD"], 50),
    **dict.fromkeys(["AED", "MYR", "PLN", "RON"], 2_00),
    **dict.fromkeys(["NOK", "SEK"], 3_00),
    **dict.fromkeys(["MXN", "THB"], 10_00),
    "GBP": 30,
    "DKK": 2_50,
    "HKD": 4_00,
    "CZK": 15_00,
    "HUF": 175_00,
    "JPY": 50,
}
"""The least of a charge that is settled in its own currency, in minor units
(docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). One that is converted has to come to the least of the
currency that it is settled in, which is not ours to know: of the others Stripe itself says that it is too little."""
LARGEST: Final = {
    "IDR": 10**12 - 1,
    "INR": 10**9 - 1,
    "LBP": 10**11 - 1,
    **dict.fromkeys(["COP", "HUF", "JPY"], 10**10 - 1),
    **dict.fromkeys(HUNDREDS, (10**8 - 1) // 100),
    "MGA": (10**8 - 1) * 100,
}
"""The most, in minor units, where it is not the usual eight digits (same source; COP, HUF, JPY and LBP by card). What
Stripe counts in hundredths that we count whole has two digits less, the ariary two more."""


def _digits(currency: str) -> int:
    if currency in WHOLE:
        return 0
    return 3 if currency in TENS_OF_MILS else 2


MOST: Final = 10**14
"""No amount of Stripe's has as many digits."""


def _shifted(amount: int, places: int) -> tuple[int, int]:
    """``amount`` with so many more (or fewer) digits, and what does not fit."""
    return divmod(amount * int(10 ** max(places, 0)), int(10 ** max(-places, 0)))


def to_stripe(money: Money) -> int:
    """``ValueError`` where Stripe has no such amount (3.333 KWD); it is never rounded."""
    more = _digits(money.currency) - exponent(money.currency)
    amount, rest = _shifted(money.minor, more)
    if rest or (money.currency in TENS_OF_MILS and amount % 10):
        raise ValueError(f"{money.digits()} {money.currency}")
    return amount


def from_stripe(amount: object, currency: object) -> Money:
    """``ValueError`` for what is no amount of Stripe's: no integer, no currency, a fraction of a króna."""
    if type(amount) is not int or abs(amount) > MOST or not isinstance(currency, str) or not currency.islower():
        raise ValueError("no amount")
    code = currency.upper()
    more = exponent(code) - _digits(code)
    minor, rest = _shifted(amount, more)
    if rest:
        raise ValueError("a fraction of the smallest unit")
    return Money(minor, code)
