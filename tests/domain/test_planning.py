"""Comparing plans in a chat: items, votes, the choice, and what becomes of it."""

from __future__ import annotations

import pytest

from bot.domain import command as c
from bot.domain.errors import AlreadyIn, NotAllowed, NotOpen, NotOwing, PlanNotThere, TooLittle, TooMuch, WhichItem
from bot.domain.model import CollectionState, MemberId, Mode
from bot.domain.notice import Medium
from bot.domain.plans import Past, Plan
from tests.domain.group import ANN, BO, CAI, MEI, Group, said


def comparing(minor: int = 90_000) -> Group:
    group = Group()
    group.past = {MEI: Past(came=3, spent=600), ANN: Past(came=1, spent=200)}
    group.compare(minor)
    return group


def amounts(group: Group) -> dict[MemberId, int | None]:
    return {member: due.amount for member, due in group.dues.items()}


def test_nobody_owes_anything_while_plans_are_compared() -> None:
    group = comparing()
    assert group.header.state is CollectionState.PLANNING
    assert (group.dues, group.entries) == ({}, [])


@pytest.mark.parametrize(
    ("plan", "mode", "owed"),
    [
        (Plan.EQUAL, Mode.EQUAL, (30_000, 30_000, 30_000)),
        (Plan.ATTENDANCE, Mode.SHARES, (51_429, 25_714, 12_857)),
        (Plan.SPEND, Mode.SHARES, (45_000, 15_000, 30_000)),
        (Plan.ROUNDED, Mode.FIXED, (30_000, 30_000, 30_000)),
    ],
)
def test_the_plan_that_is_chosen_becomes_the_collection(plan: Plan, mode: Mode, owed: tuple[int, ...]) -> None:
    group = comparing()
    decided = group.say(c.TapPlan, MEI, plan=plan)
    assert (group.header.mode, group.header.plan, group.header.open) == (mode, plan.value, True)
    assert amounts(group) == dict(zip((MEI, ANN, BO), owed, strict=True))
    assert said(decided, Medium.CHAT) == ["collected"]


def test_a_newcomer_shares_in_a_plan_by_weights() -> None:
    group = comparing()
    group.say(c.ChoosePlan, MEI, plan=Plan.ATTENDANCE)
    group.say(c.Join, CAI)
    assert sum(amount or 0 for amount in amounts(group).values()) == 90_000


def test_only_who_collects_may_choose() -> None:
    group = comparing()
    with pytest.raises(NotAllowed):
        group.say(c.TapPlan, ANN, plan=Plan.EQUAL)
    with pytest.raises(NotAllowed):
        group.say(c.OpenVote, ANN)


def test_once_there_is_a_vote_a_tap_is_a_vote_and_the_organiser_takes_the_winner() -> None:
    group = comparing()
    group.say(c.OpenVote, MEI)
    for member, plan in ((ANN, Plan.SPEND), (BO, Plan.EQUAL), (MEI, Plan.EQUAL), (ANN, Plan.EQUAL)):
        group.say(c.TapPlan, member, plan=plan)
    assert group.header.planning
    group.say(c.ChoosePlan, MEI)
    assert group.header.plan == "equal"
    assert group.planning is not None
    assert group.planning.votes == ()


def test_a_tie_and_a_vote_without_votes_are_said() -> None:
    group = comparing()
    group.say(c.OpenVote, MEI)
    with pytest.raises(PlanNotThere) as none:
        group.say(c.ChoosePlan, MEI)
    assert none.value.params["why"] == "no_votes"
    group.say(c.TapPlan, ANN, plan=Plan.SPEND)
    group.say(c.TapPlan, BO, plan=Plan.EQUAL)
    with pytest.raises(PlanNotThere) as tie:
        group.say(c.ChoosePlan, MEI)
    assert tie.value.params["letters"] == ("A", "D")


def test_who_is_not_in_neither_votes_nor_had_anything() -> None:
    group = comparing()
    group.say(c.OpenVote, MEI)
    with pytest.raises(NotOwing):
        group.say(c.TapPlan, CAI, plan=Plan.EQUAL)
    with pytest.raises(NotOwing):
        group.say(c.Had, CAI, name="beer", amount=5)
    group.say(c.Join, CAI)
    group.say(c.TapPlan, CAI, plan=Plan.EQUAL)
    with pytest.raises(AlreadyIn):
        group.say(c.Join, CAI)


def test_who_had_what_by_words_and_by_taps() -> None:
    group = comparing()
    group.say(c.Had, ANN, name="beer", amount=6_000)
    group.say(c.Had, BO, name="Beer")
    group.say(c.Had, MEI, name="fish", amount=9_000, who=(MEI, ANN))
    group.say(c.TapItem, ANN, index=1)
    group.say(c.ChoosePlan, MEI, plan=Plan.ITEMISED)
    assert group.header.mode is Mode.FIXED
    assert amounts(group) == {MEI: 9_000 + 25_000, ANN: 3_000 + 25_000, BO: 3_000 + 25_000}


def test_an_item_needs_a_price_and_fits_the_bill() -> None:
    group = comparing(1_000)
    with pytest.raises(WhichItem):
        group.say(c.Had, ANN, name="beer")
    with pytest.raises(TooMuch) as much:
        group.say(c.Had, ANN, name="beer", amount=1_001)
    assert much.value.params["maximum"] == group.header.money(1_000)


def test_a_plan_that_cannot_be_worked_out_is_not_chosen() -> None:
    group = comparing()
    with pytest.raises(PlanNotThere):
        group.say(c.ChoosePlan, MEI, plan=Plan.ITEMISED)
    with pytest.raises(TooLittle):
        Group().compare(2)


@pytest.mark.parametrize("end", [c.Undo, c.Cancel])
def test_plans_can_be_dropped_without_a_trace_in_the_books(end: type[c.OnCollection]) -> None:
    group = comparing()
    decided = group.say(end, MEI)
    if decided.proposals:
        group.agree(decided)
    assert (group.header.state, group.entries) == (CollectionState.CANCELLED, [])
    with pytest.raises(NotOpen):
        group.say(c.ChoosePlan, MEI, plan=Plan.EQUAL)


def test_nothing_is_asked_of_anybody_before_the_choice() -> None:
    group = comparing()
    for ask in (c.AskToPay, c.Claim, c.Close):
        with pytest.raises(NotOpen):
            group.say(ask, MEI)
