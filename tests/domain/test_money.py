"""Money: exact, in one currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from bot.domain.money import Money, exponent

CURRENCIES = st.sampled_from(["CNY", "EUR", "JPY", "KWD", "XTR"])


@pytest.mark.parametrize(("currency", "places"), [("CNY", 2), ("JPY", 0), ("KWD", 3), ("XTR", 0), ("CLF", 4)])
def test_exponents_are_those_of_the_standard(currency: str, places: int) -> None:
    assert exponent(currency) == places


@pytest.mark.parametrize("currency", ["", "cny", "ABC", "XAU"])
def test_what_cannot_be_collected_is_no_currency(currency: str) -> None:
    with pytest.raises(ValueError):
        Money(1, currency)


@pytest.mark.parametrize("minor", [1.0, True, Decimal(1), "1"])
def test_minor_units_are_an_int_and_nothing_like_it(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "CNY")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("money", "digits"),
    [
        (Money(6667, "CNY"), "66.67"),
        (Money(-5, "CNY"), "-0.05"),
        (Money(1000, "JPY"), "1000"),
        (Money(1, "KWD"), "0.001"),
        (Money(0, "XTR"), "0"),
    ],
)
def test_digits_are_the_exact_decimal_number(money: Money, digits: str) -> None:
    assert money.digits() == digits


@given(minor=st.integers(-(10**18), 10**18), currency=CURRENCIES)
def test_no_amount_is_changed_by_being_written_out(minor: int, currency: str) -> None:
    assert Decimal(Money(minor, currency).digits()).scaleb(exponent(currency)) == minor


def test_amounts_of_one_currency_add_up() -> None:
    assert Money(250, "CNY") + Money(-50, "CNY") - Money(1, "CNY") == Money(199, "CNY")
    assert Money(1, "CNY") < Money(2, "CNY") <= Money(2, "CNY")


def test_amounts_of_two_currencies_never_add_up() -> None:
    with pytest.raises(ValueError, match="EUR and CNY"):
        Money(1, "EUR") + Money(1, "CNY")
    with pytest.raises(ValueError):
        assert Money(1, "EUR") < Money(1, "CNY")
