"""More than one payment takes goes in parts: exactly the sum, alike to the cent."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bot.domain import command as c, parts
from bot.domain.errors import TooMuch, WayClosed
from bot.domain.model import Mode
from bot.domain.money import Money
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from bot.domain.routing import Routes, Way
from tests.domain.group import ANN, CHAT, Group, told


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


@pytest.fixture
def boat() -> Group:
    """100.01 from each; of two banks one takes 40 at once, and the other one, the dearer, takes any sum."""
    ways = {
        "small": Way("small", maxima={"CNY": 4_000}),
        "large": Way("large", fee_basis_points=300),
    }
    group = Group(policy=Policy(channels=("small", "large")))
    group.routes = Routes(ways)
    group.collect(10_001, Mode.EACH)
    return group


def test_parts_fit_the_way_that_is_chosen(boat: Group) -> None:
    assert boat.start(ANN, channel="large").amount == 10_001
    paid = []
    while boat.dues[ANN].remaining:
        attempt = boat.start(ANN, channel="small")
        paid.append(attempt.amount)
        boat.arrives(attempt)
    assert paid == [3_334, 3_334, 3_333]


def test_a_way_that_takes_it_at_once_is_better_than_one_that_takes_it_in_parts(boat: Group) -> None:
    chosen = boat.start(ANN, channel="")
    assert (chosen.channel, chosen.amount) == ("large", 10_001)


def test_an_amount_that_was_typed_is_not_made_smaller(boat: Group) -> None:
    with pytest.raises(WayClosed) as refused:
        boat.start(ANN, 5_000, "small")
    assert refused.value.params["why"] == "too_large"
    assert boat.start(ANN, 5_000, "").channel == "large"


def test_the_limit_of_the_config_and_of_the_way_hold_together(boat: Group) -> None:
    boat.policy = Policy(channels=("small", "large"), single_payment=(Money(3_000, "CNY"),))
    assert boat.start(ANN, channel="small").amount == 2_501
    boat.policy = Policy(channels=("small", "large"), single_payment=(Money(6_000, "CNY"),))
    assert boat.start(ANN, channel="large").amount == 5_001


def test_the_same_choice_again_finds_the_part_that_runs(boat: Group) -> None:
    first = boat.start(ANN, channel="small")
    assert boat.start(ANN, channel="small").id == first.id
    assert boat.start(ANN, channel="").id == first.id


@pytest.mark.parametrize(("limit", "parts"), [({"maxima": {"CNY": 4_000}}, (3_334, 3_334, 3_333)), ({}, (10_001,))])
def test_here_the_next_part_is_offered_until_nothing_is_left(limit: dict[str, object], parts: tuple[int, ...]) -> None:
    group = Group(policy=Policy(channels=("bank",)))
    group.routes = Routes({"bank": Way("bank", surfaces=frozenset({"room"}), platform="room", **limit)})  # type: ignore[arg-type]
    group.collect(10_001, Mode.EACH)
    (row,) = told(group.say(c.AskToPay, ANN), "pay").buttons
    assert row[0].money == (Money(parts[0], "CNY") if len(parts) > 1 else None)
    for part in parts:
        coming = group.say(c.PayHere, ANN, reply=Reply(CHAT, press="p"))
        assert coming.intent is not None
        attempt = group.intents[coming.intent]
        assert attempt.amount == part
        said = told(group.arrives(attempt), "paid")
        onward = [b.label for row in said.buttons for b in row]
        assert onward == (["pay_here"] if group.dues[ANN].remaining else [])
    assert group.dues[ANN].remaining == 0
