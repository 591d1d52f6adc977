"""More than one payment takes goes in parts: exactly the sum, alike to the cent."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bot.domain import parts
from bot.domain.errors import TooMuch
from bot.domain.model import Mode
from bot.domain.money import Money
from bot.domain.policy import Policy
from tests.domain.group import ANN, Group


@given(total=st.integers(1, 10**12), most=st.integers(1, 10**12))
def test_the_parts_are_the_sum_and_alike_to_the_cent(total: int, most: int) -> None:
    most = max(most, total // 50)
    left, paid = total, []
    count = parts.following(total, most)[1]
    while left:
        part, still = parts.following(left, most)
        assert still == count - len(paid)
        paid.append(part)
        left -= part
    assert sum(paid) == total
    assert len(paid) == count
    assert max(paid) <= max(most, 1)
    assert max(paid) - min(paid) <= 1


def test_a_large_due_is_paid_by_one_attempt_after_the_other() -> None:
    group = Group(policy=Policy(single_payment=(Money(500_000, "CNY"),)))
    group.collect(1_200_001, Mode.EACH)
    paid = []
    for _ in range(3):
        attempt = group.start(ANN)
        paid.append(attempt.amount)
        group.arrives(attempt)
    assert paid == [400_001, 400_000, 400_000]
    assert group.dues[ANN].remaining == 0


def test_nobody_pays_more_at_once_than_the_limit() -> None:
    group = Group(policy=Policy(single_payment=(Money(500_000, "CNY"),)))
    group.collect(1_200_000, Mode.EACH)
    with pytest.raises(TooMuch) as refused:
        group.start(ANN, 500_001)
    assert refused.value.params["maximum"] == Money(500_000, "CNY")
