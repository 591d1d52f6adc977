"""Who pays for others: as a payer, never as somebody who was taken off; and what an unfitting sum of theirs settles."""

from __future__ import annotations

import pytest

from bot.domain import command as c
from bot.domain.decision import Request
from bot.domain.errors import NotOwing
from bot.domain.model import DueState, MemberId, Mode
from tests.domain.group import ANN, BO, CAI, MEI, Group, told


@pytest.fixture
def group() -> Group:
    group = Group()
    group.collect(100, Mode.EACH)
    return group


def test_who_only_pays_for_others_is_shown_as_that_and_counts_nowhere(group: Group) -> None:
    before = group.header.tally.heads, group.header.tally.amount
    group.say(c.AskToPay, CAI, covers=(ANN, BO))
    assert group.dues[CAI].state is DueState.FOR_OTHERS
    group.pay(CAI)
    assert [group.dues[m].state for m in (ANN, BO, CAI)] == [DueState.PAID, DueState.PAID, DueState.FOR_OTHERS]
    assert (group.header.tally.heads, group.header.tally.amount) == before
    (line,) = (x for x in told(group.say(c.AskStatus, MEI), "status_names").params["lines"] if x["who"].member == CAI)  # type: ignore[union-attr, index, call-overload]
    assert (line["state"], line["amount"], line["stall"]) == ("for_others", None, "")


def test_who_only_pays_for_others_owes_nothing_and_may_join(group: Group) -> None:
    group.say(c.AskToPay, CAI, covers=(ANN,))
    with pytest.raises(NotOwing):
        group.say(c.Waive, MEI, member=CAI)
    with pytest.raises(NotOwing):
        group.say(c.AskShare, CAI)
    group.say(c.Join, CAI)
    assert (group.dues[CAI].unsettled, group.dues[CAI].amount, group.dues[CAI].paying_for) == (True, 100, (ANN,))
    group.pay(CAI)
    assert [group.dues[m].state for m in (ANN, CAI)] == [DueState.PAID, DueState.PAID]


def test_a_collection_that_is_called_off_leaves_them_what_they_are(group: Group) -> None:
    group.say(c.AskToPay, CAI, covers=(ANN,))
    group.insist(c.Cancel, MEI)
    assert group.dues[CAI].state is DueState.FOR_OTHERS


def _wrong(group: Group, amount: int) -> None:
    """Cai was to pay their own and those of Ann and Bo, and this came instead."""
    group.say(c.Join, CAI)
    group.say(c.AskToPay, CAI, covers=(BO, ANN))
    group.arrives(group.start(CAI), amount, "W1")


@pytest.mark.parametrize(
    ("amount", "paid", "credit"),
    [
        (330, {CAI: 100, BO: 100, ANN: 100}, 30),
        (250, {CAI: 100, BO: 100, ANN: 50}, 0),
        (120, {CAI: 100, BO: 20, ANN: 0}, 0),
        (60, {CAI: 60, BO: 0, ANN: 0}, 0),
    ],
)
def test_another_amount_settles_what_the_attempt_was_for_in_its_order(
    group: Group, amount: int, paid: dict[MemberId, int], credit: int
) -> None:
    _wrong(group, amount)
    assert all(not group.dues[m].paid for m in paid)
    decided = group.say(c.Accept, MEI, member=CAI)
    assert {m: group.dues[m].paid for m in paid} == paid
    assert group.dues[CAI].credit == credit
    assert group.charges["sandbox", "W1"].covered == tuple((m, paid[m]) for m in (BO, ANN) if paid[m])
    assert group.dues[CAI].paying_for == tuple(m for m in (BO, ANN) if paid[m] < 100)
    thanked = {n.member: n.params["money"].minor for n in decided.notices if n.key == "paid_for_you"}  # type: ignore[union-attr]
    assert thanked == {m: paid[m] for m in (BO, ANN) if paid[m]}


def test_what_of_it_was_for_others_goes_back_to_who_paid_it(group: Group) -> None:
    _wrong(group, 330)
    group.say(c.Accept, MEI, member=CAI)
    group.agree(group.say(c.GiveBack, MEI, member=BO))
    (refund,) = group.refunds.values()
    assert (refund.member, refund.paid_for, refund.amount) == (CAI, BO, 100)


def test_who_would_rather_pay_themselves_meanwhile_is_left_alone(group: Group) -> None:
    _wrong(group, 330)
    group.say(c.NotNeeded, BO, member=CAI)
    group.say(c.Accept, MEI, member=CAI)
    assert (group.dues[BO].paid, group.dues[ANN].paid, group.dues[CAI].credit) == (0, 100, 130)


def test_an_attempt_of_theirs_that_runs_is_stopped_when_nothing_is_left_to_pay(group: Group) -> None:
    _wrong(group, 330)
    own = group.start(BO)
    decided = group.say(c.Accept, MEI, member=CAI)
    assert [(r.operation, r.intent) for r in decided.requests if isinstance(r, Request)] == [("close", own.id)]


def test_who_owes_nothing_themselves_has_what_is_left_as_their_credit(group: Group) -> None:
    group.say(c.AskToPay, CAI, covers=(ANN,))
    group.arrives(group.start(CAI), 130)
    group.say(c.Accept, MEI, member=CAI)
    assert (group.dues[ANN].state, group.dues[CAI].credit) == (DueState.PAID, 30)
