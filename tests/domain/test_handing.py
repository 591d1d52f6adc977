"""Who is in charge: handing over, co-treasurers, and those who leave with money in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.command import (
    Actor,
    Adjust,
    AskHistory,
    AskStatus,
    Claim,
    Confirm,
    Drop,
    Handover,
    KeepAsking,
    MemberLeft,
    NameHelper,
)
from bot.domain.decision import Decision
from bot.domain.errors import NotAllowed, NothingChanges, OutOfReach
from bot.domain.model import Member
from bot.domain.money import Money
from bot.domain.notice import Medium, Who
from tests.domain.group import ANN, BO, CAI, MEI, NOON, Group, said, told


@pytest.fixture
def group() -> Group:
    """Each of three owes 100; the organiser's own is settled."""
    made = Group(Member(MEI, "Mei"), Member(ANN, "Ann", reachable=True), Member(BO, "Bo"))
    made.collect(300)
    return made


# -- handing over -------------------------------------------------------------------------------------------------


def test_a_collection_is_handed_over_when_the_other_has_said_yes(group: Group) -> None:
    asked = group.say(Handover, MEI, to=ANN)
    assert group.header.organiser == MEI
    assert asked.proposals[0].by == ANN, "theirs to accept"
    decided = group.agree(asked)
    assert (group.header.organiser, group.header.recipient) == (ANN, MEI)
    assert told(decided, "handed_over").params["recipient"] == Who(MEI)
    assert group.entries[-1].kind == "handed_over"
    with pytest.raises(NotAllowed):
        group.say(Handover, BO, to=BO)


def test_whose_account_it_is_goes_on_helping(group: Group) -> None:
    group.insist(Handover, MEI, to=ANN)
    assert group.header.helpers == (MEI,)
    claim = group.say(Claim, BO)
    assert {n.member for n in claim.notices if n.key == "claim_to_check"} == {ANN, MEI}


# -- co-treasurers -------------------------------------------------------------------------------------------------


def test_a_co_treasurer_may_do_what_the_organiser_may_under_their_own_name(group: Group) -> None:
    with pytest.raises(NotAllowed):
        group.say(Adjust, ANN, member=BO, amount=80)
    group.say(NameHelper, MEI, member=ANN)
    group.insist(Adjust, ANN, member=BO, amount=80)
    group.say(Confirm, ANN, member=BO)
    lines = told(group.say(AskHistory, CAI), "history").params["lines"]
    assert isinstance(lines, tuple)
    adjusted = next(line for line in lines if line["kind"] == "adjusted")  # type: ignore[call-overload, index]
    assert adjusted["by"] == Who(ANN)  # type: ignore[call-overload, index]
    assert "status_names" in said(group.say(AskStatus, ANN))


def test_a_co_treasurer_names_nobody_and_may_step_back(group: Group) -> None:
    group.say(NameHelper, MEI, member=ANN)
    with pytest.raises(NotAllowed):
        group.say(NameHelper, ANN, member=BO)
    with pytest.raises(NotAllowed):
        group.say(Handover, ANN, to=ANN)
    with pytest.raises(NothingChanges):
        group.say(NameHelper, MEI, member=ANN)
    group.say(NameHelper, ANN, member=ANN, on=False)
    assert group.header.helpers == ()
    group.say(NameHelper, BO, member=CAI, by=Actor(BO, admin=True))
    assert group.header.helpers == (CAI,)


# -- leaving ------------------------------------------------------------------------------------------------------


def test_who_leaves_with_money_in_it_is_offered_to_be_taken_off(group: Group) -> None:
    group.pay(BO)
    left = told(group.do(MemberLeft(collection=group.header.id, member=BO)), "member_left")
    assert (left.member, left.medium, left.params["paid"]) == (MEI, Medium.PRIVATE, Money(100, "CNY"))
    assert [b.label for row in left.buttons for b in row] == ["drop"]
    assert group.do(MemberLeft(collection=group.header.id, member=MEI)) == Decision(), "her own share is her own"


def test_who_leaves_owing_can_be_dropped_kept_or_waived_each_with_a_preview(group: Group) -> None:
    left = told(group.do(MemberLeft(collection=group.header.id, member=ANN)), "member_left")
    assert [b.label for row in left.buttons for b in row] == ["drop", "ask_on", "waive"]
    assert group.dues[ANN].next_at is None
    assert said(group.say(Drop, MEI, member=ANN)) == ["propose_drop"]
    group.now = NOON + timedelta(hours=20)
    asked = group.say(KeepAsking, MEI, member=ANN)
    assert told(asked, "propose_keep").params["most"] == 9
    assert group.dues[ANN].next_at is None
    group.agree(asked)
    assert group.dues[ANN].next_at == NOON + timedelta(hours=24)
    assert "reminder_private" in said(group.at(hours=24))


def test_who_cannot_be_written_to_is_not_kept_asking(group: Group) -> None:
    group.do(MemberLeft(collection=group.header.id, member=BO))
    with pytest.raises(OutOfReach):
        group.say(KeepAsking, MEI, member=BO)
