"""Two people for large sums: who asks does not agree to it themselves, and nothing happens before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.command import (
    Actor,
    Adjust,
    Cancel,
    Close,
    Dispute,
    Drop,
    GiveBack,
    LetGo,
    NameHelper,
    Resplit,
    Undo,
    Waive,
)
from bot.domain.decision import Decision
from bot.domain.errors import NotAllowed, NotTheSame, PostAsYourself
from bot.domain.model import CollectionState, DueState, MemberId
from bot.domain.money import Money
from bot.domain.notice import Who
from bot.domain.policy import Policy
from tests.domain.group import ANN, BO, MEI, Group, said, told


@pytest.fixture
def group() -> Group:
    """Each of three owes 100, Ann has paid; to let go of more than 50 takes two."""
    made = Group(policy=Policy(second_person=(Money(50, "CNY"),)))
    made.collect(300)
    made.pay(ANN)
    return made


LARGE: list[tuple[type[Any], dict[str, Any]]] = [
    (Waive, {"member": BO}),
    (Adjust, {"member": BO, "amount": 40}),
    (Adjust, {"member": ANN, "amount": 40}),
    (Drop, {"member": ANN}),
    (GiveBack, {"member": ANN}),
    (Cancel, {}),
]


@pytest.mark.parametrize(("kind", "options"), LARGE)
def test_what_lets_go_of_more_waits_for_a_second_person(group: Group, kind: type[Any], options: dict[str, Any]) -> None:
    before = (group.header, dict(group.dues), len(group.entries))
    asked = group.insist(kind, MEI, **options)
    assert (group.header, group.dues, len(group.entries)) == before
    question = told(asked, "second_asked")
    assert question.params["actor"] == Who(MEI)
    assert [b.label for row in question.buttons for b in row] == ["agree", "no"]
    group.second(asked, BO, admin=True)
    assert (group.header, group.dues) != before[:2]
    assert {e.kind: e.by for e in group.entries}["seconded"] == f"member:{BO}"


def test_closing_with_money_in_it_takes_two_as_well(group: Group) -> None:
    asked = group.say(Close, MEI)
    assert group.header.open
    decided = group.second(asked, BO, admin=True)
    assert group.header.state is CollectionState.CLOSED
    assert told(decided, "second_agreed").params == told(decided, "second_agreed").params | {
        "actor": Who(MEI),
        "second": Who(BO),
    }


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Adjust, {"member": BO, "amount": 50}),
        (Adjust, {"member": BO, "amount": 500}),
        (Drop, {"member": BO}),
        (Resplit, {"weights": ((BO, 200),)}),
        (GiveBack, {"member": ANN, "amount": 50}),
    ],
)
def test_what_lets_go_of_no_more_than_that_needs_nobody(group: Group, kind: type[Any], options: dict[str, Any]) -> None:
    assert "second_asked" not in said(group.insist(kind, MEI, **options))


def test_sums_of_another_currency_have_a_limit_of_their_own_or_none() -> None:
    group = Group(policy=Policy(second_person=(Money(1, "EUR"),)))
    group.collect(300)
    assert "waived" in said(group.insist(Waive, MEI, member=BO))


def test_who_asked_cannot_agree_and_nobody_who_is_not_in_charge(group: Group) -> None:
    asked = group.insist(Waive, MEI, member=BO)
    with pytest.raises(NotTheSame):
        group.second(asked, MEI, admin=True)
    with pytest.raises(NotAllowed):
        group.second(asked, ANN)
    with pytest.raises(NotAllowed):
        group.second(asked, ANN, agreed=False)
    group.say(NameHelper, MEI, member=ANN)
    group.second(asked, ANN)
    assert group.dues[BO].state is DueState.WAIVED


def test_an_anonymous_admin_is_nobody_who_could_be_held_to_it(group: Group) -> None:
    (proposal,) = group.insist(Waive, MEI, member=BO).proposals
    with pytest.raises(PostAsYourself):
        group.say(Waive, MEI, member=BO, confirmed=True, second=Actor(BO, admin=True, anonymous=True))
    assert proposal.command.confirmed


def test_a_no_ends_it_and_who_asked_may_take_it_back(group: Group) -> None:
    asked = group.insist(Waive, MEI, member=BO)
    assert said(group.second(asked, BO, admin=True, agreed=False)) == ["second_declined"]
    assert said(group.second(asked, MEI, agreed=False)) == ["second_declined"]
    assert group.dues[BO].remaining == 100


def test_when_the_numbers_moved_meanwhile_who_asked_reads_them_first(group: Group) -> None:
    asked = group.insist(Waive, MEI, member=BO)
    group.pay(BO, 10)
    again = group.second(asked, ANN, admin=True)
    assert told(again, "propose_waive").params["stale"] is True
    assert again.proposals[0].by == MEI
    assert "second_asked" in said(group.agree(again)), "and it takes two again"


def test_it_is_taken_back_like_any_change(group: Group) -> None:
    group.second(group.insist(Waive, MEI, member=BO), ANN, admin=True)
    group.say(Undo, MEI)
    assert group.dues[BO].remaining == 100


# -- many small steps -----------------------------------------------------------------------------------------


def _lower(group: Group, by: MemberId = MEI, member: MemberId = BO) -> Decision:
    """By 20, a step that nobody else has to agree to."""
    group.now += timedelta(minutes=1)
    return group.insist(Adjust, by, member=member, amount=-20, relative=True)


def test_many_small_steps_of_one_person_are_a_large_one(group: Group) -> None:
    _lower(group)
    _lower(group)
    assert group.dues[BO].amount == 60
    asked = _lower(group)
    assert group.dues[BO].amount == 60
    question = told(asked, "second_asked").params
    assert (question["sum"], question["altogether"]) == (Money(20, "CNY"), Money(60, "CNY"))
    group.second(asked, BO, admin=True)
    assert group.dues[BO].amount == 40


def test_the_sum_begins_anew_once_a_second_person_has_seen_it(group: Group) -> None:
    for _ in range(2):
        _lower(group)
    group.second(_lower(group), BO, admin=True)
    _lower(group)
    assert group.dues[BO].amount == 20


def test_the_sum_is_of_24_hours_and_of_one_person(group: Group) -> None:
    group.say(NameHelper, MEI, member=ANN)
    _lower(group)
    _lower(group)
    _lower(group, by=ANN)
    assert group.dues[BO].amount == 40
    group.now += timedelta(hours=24)
    _lower(group)
    assert group.dues[BO].amount == 20


def test_what_was_taken_back_does_not_count(group: Group) -> None:
    for _ in range(4):
        _lower(group)
        group.now += timedelta(minutes=1)
        group.say(Undo, MEI)
    assert group.dues[BO].amount == 100


def test_raising_one_does_not_make_up_for_lowering_another(group: Group) -> None:
    group.insist(Adjust, MEI, member=ANN, amount=500)
    _lower(group)
    _lower(group)
    assert said(_lower(group))[0] == "second_asked"


def test_refunds_credits_and_waivers_count_together(group: Group) -> None:
    group.insist(GiveBack, MEI, member=ANN, amount=30)
    group.now += timedelta(minutes=1)
    asked = group.insist(GiveBack, MEI, member=ANN, amount=30, to_credit=True)
    assert told(asked, "second_asked").params["altogether"] == Money(60, "CNY")


def test_to_let_go_of_what_is_disputed_takes_two_as_well(group: Group) -> None:
    group.say(Dispute, BO)
    asked = group.say(LetGo, MEI, member=BO)
    assert group.dues[BO].state is DueState.DISPUTED
    group.second(asked, ANN, admin=True)
    assert group.dues[BO].state is DueState.WAIVED


def test_what_lets_go_of_nothing_is_never_asked_about(group: Group) -> None:
    _lower(group)
    _lower(group)
    group.now += timedelta(minutes=1)
    assert not group.insist(Adjust, MEI, member=BO, amount=500).proposals
