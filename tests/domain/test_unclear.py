"""What nobody could tell is answered by a person: counted once, or given up, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain import command as c, ledger
from bot.domain.decision import Decision
from bot.domain.errors import Gone, NotAllowed
from bot.domain.model import Charge, DueState, Intent, IntentState, Listing
from tests.domain.group import ANN, BO, MEI, Group, said, told

S = IntentState


@pytest.fixture
def group() -> Group:
    group = Group()
    group.collect(300)
    return group


@pytest.fixture
def lost(group: Group) -> Intent:
    return _lost(group, group.start(ANN))


def _lost(group: Group, intent: Intent) -> Intent:
    """The channel has been silent for six days."""
    group.do(c.ChannelAnswered(intent=intent.id, state=S.UNKNOWN))
    while (at := group.intents[intent.id].next_at) is not None:
        group.now = at
        decided = group.do(c.AskChannel(intent=intent.id))
    (buttons,) = told(decided, "intent_unknown").buttons
    assert [b.label for b in buttons] == ["came", "never_came"]
    return group.intents[intent.id]


def _charge(group: Group) -> Charge:
    (charge,) = group.charges.values()
    return charge


def test_what_somebody_saw_counts_under_a_reference_of_ours(group: Group, lost: Intent) -> None:
    decided = group.say(c.Came, MEI, intent=lost.id)
    assert group.dues[ANN].state is DueState.PAID
    assert group.intents[lost.id].state is S.PAID
    assert (_charge(group).channel, _charge(group).reference) == ("sandbox", f"seen-{lost.id}")
    assert (_charge(group).amount, _charge(group).at_channel) == (100, "")
    assert ledger.balances(group.entries)["received:sandbox"] == 100
    assert {"paid", "confirmed"} <= set(said(decided))


def test_the_channels_own_word_later_does_not_count_twice(group: Group, lost: Intent) -> None:
    group.say(c.Came, MEI, intent=lost.id)
    group.arrives(lost, reference="S1")
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (100, 0)
    assert _charge(group).at_channel == "S1"
    assert group.entries[-1].kind == "confirmed"
    entries = len(group.entries)
    assert group.arrives(lost, reference="S1") == Decision()
    assert len(group.entries) == entries


def test_another_charge_of_the_same_attempt_is_money_like_any_other(group: Group, lost: Intent) -> None:
    group.say(c.Came, MEI, intent=lost.id)
    group.arrives(lost, reference="S1")
    group.arrives(lost, reference="S2")
    assert (group.dues[ANN].credit, group.charges["sandbox", "S2"].listing) == (100, Listing.DUPLICATE)


def test_what_the_channel_tells_of_beyond_what_was_seen_is_theirs(group: Group, lost: Intent) -> None:
    group.say(c.Came, MEI, intent=lost.id)
    group.arrives(lost, 130, reference="S1")
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (100, 30)
    assert sum(charge.amount for charge in group.charges.values()) == 130
    assert group.arrives(lost, 130, reference="S1") == Decision()


def test_where_less_came_than_was_seen_those_in_charge_hear_so(group: Group, lost: Intent) -> None:
    group.say(c.Came, MEI, intent=lost.id)
    decided = group.arrives(lost, 90, reference="S1")
    assert said(decided) == ["seen_was_less"]
    assert told(decided, "seen_was_less").params["missing"] == group.header.money(10)


def test_what_was_given_up_may_be_paid_anew_at_once(group: Group, lost: Intent) -> None:
    decided = group.say(c.NeverCame, MEI, intent=lost.id)
    assert (group.intents[lost.id].state, group.intents[lost.id].cause) == (S.CLOSED, "given_up")
    assert "payment_given_up" in said(decided)
    assert group.start(ANN).state is S.CREATED


def test_who_waits_for_it_goes_on_when_it_is_given_up(group: Group, lost: Intent) -> None:
    fresh = group.start(ANN, channel="sandbox")
    assert fresh.state is S.WAITING
    group.say(c.NeverCame, MEI, intent=lost.id)
    assert group.intents[fresh.id].state is S.CREATED


def test_who_waits_for_it_does_not_pay_twice_when_it_has_come(group: Group, lost: Intent) -> None:
    fresh = group.start(ANN, channel="sandbox")
    group.say(c.Came, MEI, intent=lost.id)
    assert (group.intents[fresh.id].state, group.intents[fresh.id].cause) == (S.CLOSED, "paid_before")


def test_money_that_comes_after_it_was_given_up_is_kept(group: Group, lost: Intent) -> None:
    group.say(c.NeverCame, MEI, intent=lost.id)
    group.pay(ANN)
    group.arrives(lost, reference="S1")
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (100, 100)


def test_it_pays_for_everybody_whom_the_attempt_was_for(group: Group) -> None:
    group.say(c.AskToPay, ANN, covers=(BO,))
    lost = _lost(group, group.start(ANN))
    decided = group.say(c.Came, MEI, intent=lost.id)
    assert [group.dues[m].state for m in (ANN, BO)] == [DueState.PAID, DueState.PAID]
    assert _charge(group).covered == ((BO, 100),)
    assert "paid_for_you" in said(decided)


def test_it_goes_back_by_hand_until_its_channel_knows_it(group: Group, lost: Intent) -> None:
    group.say(c.Came, MEI, intent=lost.id)
    group.agree(group.say(c.GiveBack, MEI, member=ANN, amount=40))
    group.arrives(lost, reference="S1")
    group.agree(group.say(c.GiveBack, MEI, member=ANN, amount=60))
    assert [(r.amount, r.by_hand) for r in group.refunds.values()] == [(40, True), (60, False)]


ANSWERS = pytest.mark.parametrize("answer", [c.Came, c.NeverCame])


@ANSWERS
def test_only_those_in_charge_can_tell_and_only_once(group: Group, lost: Intent, answer: type[c.OnAttempt]) -> None:
    with pytest.raises(NotAllowed):
        group.say(answer, ANN, intent=lost.id)
    group.say(answer, MEI, intent=lost.id)
    with pytest.raises(Gone):
        group.say(answer, MEI, intent=lost.id)


def _pending(group: Group, intent: Intent) -> None:
    group.do(c.ChannelAnswered(intent=intent.id, state=S.PENDING, operation="create"))


def _held(group: Group, intent: Intent) -> None:
    group.intents[intent.id] = replace(intent, state=S.HELD)


@ANSWERS
@pytest.mark.parametrize("run", [_pending, _held])
def test_an_attempt_that_runs_is_nobodys_to_tell_of(
    group: Group, answer: type[c.OnAttempt], run: Callable[[Group, Intent], None]
) -> None:
    intent = group.start(ANN)
    run(group, intent)
    with pytest.raises(Gone):
        group.say(answer, MEI, intent=intent.id)
