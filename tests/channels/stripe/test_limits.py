"""What Stripe takes at least and at most: in every currency an amount that Stripe can be told."""

from __future__ import annotations

import pytest

from adapters.channels.stripe import Stripe
from adapters.channels.stripe.amounts import CURRENCIES, HUNDREDS, LARGEST, LEAST, to_stripe
from bot.domain.money import Money


@pytest.mark.parametrize("currency", sorted(LEAST))
def test_the_least_is_an_amount_of_stripes(currency: str) -> None:
    assert to_stripe(Money(LEAST[currency], currency)) > 0
    assert currency in CURRENCIES


@pytest.mark.parametrize(("currency", "digits"), [("IDR", 12), ("INR", 9), ("LBP", 11), ("JPY", 10), ("ISK", 8)])
def test_the_most_has_as_many_digits_as_stripe_takes(currency: str, digits: int) -> None:
    counted = to_stripe(Money(LARGEST[currency], currency))
    assert len(str(counted)) == digits
    assert len(str(to_stripe(Money(LARGEST[currency] + 1, currency)))) == digits + 1


def test_half_a_dollar_is_enough_and_half_a_crown_is_not() -> None:
    limits = Stripe.traits
    assert (limits.minima["USD"], limits.minima["CZK"], limits.minimum) == (50, 1_500, 1)
    assert limits.maxima.keys() >= HUNDREDS
