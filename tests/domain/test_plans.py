"""Six plans: each is the total exactly, each says what it was computed from, and how fair it is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from bot.domain.model import CollectionId, MemberId
from bot.domain.plans import LETTERS, Item, Past, Plan, Planning, Proposed, hoover, propose

MEI, ANN, BO, CAI = (MemberId(n) for n in (1, 2, 3, 4))


def planned(*heads: MemberId, items: tuple[Item, ...] = (), weights: dict[MemberId, int] | None = None) -> Planning:
    return Planning(CollectionId("c"), heads or (MEI, ANN, BO), tuple((weights or {}).items()), items)


def plans(
    total: int, planning: Planning, past: dict[MemberId, Past] | None = None, currency: str = "CNY"
) -> dict[Plan, Proposed]:
    return {p.plan: p for p in propose(total, currency, planning, MEI, past or {})}


def test_without_a_history_the_plans_that_need_one_say_so() -> None:
    found = plans(90_000, planned())
    assert found[Plan.EQUAL].shares == (30_000, 30_000, 30_000)
    assert {p: found[p].why_not for p in Plan if found[p].why_not} == {
        Plan.ATTENDANCE: "no_history",
        Plan.SPEND: "no_history",
        Plan.ITEMISED: "no_items",
    }
    assert (found[Plan.EQUAL].means, found[Plan.EQUAL].history) == (None, None)


def test_who_came_more_often_pays_more_and_this_time_counts() -> None:
    found = plans(90_000, planned(), {MEI: Past(came=5), ANN: Past(came=2)})
    assert found[Plan.ATTENDANCE].weights == (6, 3, 1)
    assert found[Plan.ATTENDANCE].shares == (54_000, 27_000, 9_000)
    assert found[Plan.ATTENDANCE].history == 0


def test_by_past_spend_a_newcomer_counts_like_the_mean_of_the_others() -> None:
    found = plans(90_000, planned(), {MEI: Past(came=1, spent=300), ANN: Past(came=1, spent=100)})
    assert found[Plan.SPEND].weights == (300, 100, 200)
    assert found[Plan.SPEND].shares == (45_000, 15_000, 30_000)
    assert found[Plan.SPEND].means == 0


def test_shares_are_those_said_now_else_those_of_last_time_else_one() -> None:
    found = plans(70_000, planned(weights={ANN: 50}), {MEI: Past(weight=200), ANN: Past(weight=300)})
    assert found[Plan.SHARES].weights == (200, 50, 100)
    assert found[Plan.SHARES].shares == (40_000, 10_000, 20_000)


def test_items_are_paid_by_those_who_had_them_and_the_rest_by_all() -> None:
    items = (Item("beer", 6_000, (ANN, BO)), Item("fish", 9_000, (MEI,)), Item("rice", 300))
    found = plans(18_300, planned(items=items))[Plan.ITEMISED]
    assert found.rest == 3_000
    assert found.shares == (9_000 + 100 + 1_000, 3_000 + 100 + 1_000, 3_000 + 100 + 1_000)


def test_items_above_the_total_are_told_with_the_difference() -> None:
    found = plans(100, planned(items=(Item("beer", 150),)))[Plan.ITEMISED]
    assert (found.why_not, found.rest) == ("too_many_items", -50)


@pytest.mark.parametrize(
    ("total", "currency", "shares", "rest"),
    [
        (10_000, "CNY", (3_400, 3_300, 3_300), 100),
        (100, "JPY", (34, 33, 33), 1),
        (100_000, "KWD", (34_000, 33_000, 33_000), 1_000),
    ],
)
def test_rounded_is_in_whole_units_and_the_organiser_carries_the_remainder(
    total: int, currency: str, shares: tuple[int, ...], rest: int
) -> None:
    found = plans(total, planned(), currency=currency)[Plan.ROUNDED]
    assert (found.shares, found.rest) == (shares, rest)


def test_an_organiser_who_is_not_in_carries_nothing() -> None:
    assert plans(10_000, planned(ANN, BO))[Plan.ROUNDED].why_not == "organiser_out"
    assert plans(200, planned())[Plan.ROUNDED].why_not == "too_small"


def test_a_vote_is_one_a_member_and_may_be_changed() -> None:
    planning = planned().voted(ANN, Plan.EQUAL).voted(BO, Plan.EQUAL).voted(ANN, Plan.SPEND)
    assert {p: n for p, n in planning.counts().items() if n} == {Plan.EQUAL: 1, Plan.SPEND: 1}


def test_who_had_something_can_say_that_they_did_not() -> None:
    planning = planned(items=(Item("beer", 100),)).toggled(0, ANN)
    assert planning.items[0].who == (ANN,)
    assert planning.toggled(0, ANN).items[0].who == ()


def test_six_plans_have_six_letters() -> None:
    assert "".join(LETTERS) == "ABCDEF"
    assert list(LETTERS.values()) == list(Plan)


MEMBERS = st.lists(st.integers(1, 60).map(MemberId), min_size=1, max_size=20, unique=True)


@given(data=st.data(), heads=MEMBERS, total=st.integers(1, 10**10), turn=st.integers(0, 99))
def test_whatever_was_before_every_plan_is_the_total_exactly_and_nobody_is_below_zero(
    data: st.DataObject, heads: list[MemberId], total: int, turn: int
) -> None:
    pasts = st.builds(Past, st.integers(0, 50), st.integers(0, 10**9), st.none() | st.integers(0, 1000))
    past = {m: data.draw(pasts) for m in heads}
    who = st.lists(st.sampled_from(heads), unique=True).map(tuple)
    items = data.draw(st.lists(st.builds(Item, st.text(max_size=5), st.integers(1, total), who), max_size=5))
    planning = Planning(CollectionId("c"), tuple(heads), items=tuple(items))
    for found in propose(total, "CNY", planning, heads[0], past, turn=turn):
        if found.why_not:
            assert found.shares == ()
            continue
        assert sum(found.shares) == total
        assert min(found.shares) >= 0
        assert len(found.shares) == len(heads)
        for figure in (found.spread, found.means, found.history):
            assert figure is None or 0 <= figure < 1000


@given(shares=st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any))
def test_the_index_is_the_part_that_would_have_to_change_hands(shares: list[int]) -> None:
    mean = Fraction(sum(shares), len(shares))
    moved = sum(max(Fraction(0), share - mean) for share in shares) / sum(shares)
    assert hoover(shares, [1] * len(shares)) == int(moved * 1000)
    assert hoover(shares, shares) == 0
