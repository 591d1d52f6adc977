"""Amounts as PayPal writes them."""

from __future__ import annotations

import pytest

from adapters.channels.paypal.amounts import CURRENCIES, from_paypal, to_paypal
from bot.domain.money import Money, exponent


@pytest.mark.parametrize(
    ("minor", "currency", "value"),
    [(1050, "EUR", "10.50"), (5, "USD", "0.05"), (500, "JPY", "500"), (104500, "HUF", "1045"), (800, "TWD", "8")],
)
def test_amounts_are_exact_in_every_kind_of_currency(minor: int, currency: str, value: str) -> None:
    assert to_paypal(Money(minor, currency)) == {"currency_code": currency, "value": value}
    assert from_paypal({"currency_code": currency, "value": value}) == Money(minor, currency)


@pytest.mark.parametrize(("minor", "currency"), [(104550, "HUF"), (801, "TWD")])
def test_what_paypal_has_no_amount_for_is_not_rounded(minor: int, currency: str) -> None:
    with pytest.raises(ValueError):
        to_paypal(Money(minor, currency))


@pytest.mark.parametrize(
    "amount",
    [
        None, {}, {"currency_code": "EUR", "value": 5}, {"currency_code": "EUR", "value": "5.001"},
        {"currency_code": "EUR", "value": "1e3"}, {"currency_code": "EUR", "value": "٥"},
        {"currency_code": "XXQ", "value": "5"}, {"currency_code": "EUR", "value": "5."},
        {"currency_code": "EUR", "value": " 5"}, {"currency_code": "JPY", "value": "5.5"}, [],
    ],
)  # fmt: skip
def test_what_is_no_amount_of_paypals_is_refused(amount: object) -> None:
    with pytest.raises(ValueError):
        from_paypal(amount)


def test_every_currency_comes_back_as_it_went() -> None:
    for currency in sorted(CURRENCIES):
        money = Money(7 * 10 ** (exponent(currency) + 1), currency)
        assert from_paypal(to_paypal(money)) == money
    assert from_paypal({"currency_code": "JPY", "value": "500.00"}) == Money(500, "JPY")
    assert from_paypal({"currency_code": "EUR", "value": "-0.59"}) == Money(-59, "EUR")
