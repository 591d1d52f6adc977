"""Paying: attempts, what channels say of them, money that arrives, claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import intent as attempts, ledger
from bot.domain.command import (
    Accept,
    Actor,
    AskChannel,
    AskShare,
    AskToPay,
    Cancel,
    ChannelAnswered,
    Claim,
    Close,
    Confirm,
    GiveBack,
    MakeCredit,
    OpenDue,
    Reject,
    StartPayment,
    WantBack,
)
from bot.domain.decision import Decision
from bot.domain.errors import DeclareFirst, Gone, NotAllowed, NothingToPay, NotOpen, NotOwing, TooLittle, TooMuch
from bot.domain.model import Astray, DueState, Intent, IntentId, IntentState, Listing, Mode, Progress, Stall
from bot.domain.money import Money
from bot.domain.notice import Medium, Reply
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, NOON, Group, said, told


@pytest.fixture
def group() -> Group:
    """Each of three owes 100; the organiser's own is settled."""
    made = Group()
    made.collect(300)
    return made


def _answer(group: Group, intent: Intent, state: IntentState, **facts: Any) -> Decision:
    return group.do(ChannelAnswered(intent=intent.id, state=state, **facts))


# -- looking and starting ------------------------------------------------------------------------------------


def test_tapping_pay_opens_the_cashier_and_starts_the_escalation_clock(group: Group) -> None:
    decided = group.say(AskToPay, ANN, reply=Reply(CHAT, press="p1"))
    answer = told(decided, "pay")
    assert (answer.medium, answer.open_pay, answer.params["money"]) == (Medium.ANSWER, True, Money(100, "CNY"))
    assert (group.dues[ANN].state, group.dues[ANN].next_at) == (DueState.OPENED, NOON + timedelta(minutes=3))


def test_looking_at_ones_share_is_no_step_towards_paying(group: Group) -> None:
    before = group.dues[ANN]
    assert told(group.say(AskShare, ANN), "share").params["remaining"] == Money(100, "CNY")
    assert group.dues[ANN] == before


def test_looking_again_does_not_make_a_started_payer_silent(group: Group) -> None:
    group.start(ANN)
    group.do(OpenDue(collection=group.header.id, member=ANN))
    assert group.dues[ANN].stall is Stall.HESITANT


def test_looking_at_a_settled_due_starts_no_clock(group: Group) -> None:
    group.pay(ANN)
    group.do(OpenDue(collection=group.header.id, member=ANN))
    assert (group.dues[ANN].stalled_at, group.dues[ANN].next_at) == (None, None)


@pytest.mark.parametrize(("member", "refusal"), [(MEI, NothingToPay), (CAI, NotOwing)])
def test_who_owes_nothing_has_nothing_to_pay(group: Group, member: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        group.say(AskToPay, member)


def test_a_page_of_a_stranger_or_of_a_closed_collection_is_gone(group: Group) -> None:
    with pytest.raises(Gone):
        group.start(CAI)
    group.say(Close, MEI)
    with pytest.raises(NotOpen):
        group.start(ANN)


def test_the_same_choice_again_finds_the_attempt_that_runs(group: Group) -> None:
    first = group.start(ANN)
    decided = group.do(StartPayment(collection=group.header.id, member=ANN, channel="sandbox"))
    assert (decided.intent, decided.intents, decided.requests) == (first.id, (), ())


def test_an_unclear_attempt_is_not_taken_up_again(group: Group) -> None:
    first = group.start(ANN)
    _answer(group, first, IntentState.UNKNOWN)
    assert group.start(ANN).id != first.id


@pytest.mark.parametrize(("amount", "refusal"), [(0, TooLittle), (101, TooMuch)])
def test_a_part_is_at_least_one_unit_and_at_most_what_remains(
    group: Group, amount: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        group.start(ANN, amount)


def test_a_channel_that_is_not_configured_is_gone(group: Group) -> None:
    with pytest.raises(Gone):
        group.start(ANN, channel="elsewhere")


def test_in_a_voluntary_collection_one_says_an_amount_first() -> None:
    group = Group()
    group.collect(mode=Mode.SELF)
    with pytest.raises(DeclareFirst):
        group.start(ANN)
    with pytest.raises(DeclareFirst):
        group.say(Claim, ANN)


# -- what channels say ---------------------------------------------------------------------------------------


def test_a_pending_attempt_keeps_what_the_payer_does_next(group: Group) -> None:
    intent, until = group.start(ANN), NOON + timedelta(minutes=30)
    _answer(group, intent, IntentState.PENDING, reference="r1", action={"kind": "qr"}, expires_at=until)
    told_ = group.intents[intent.id]
    assert (told_.state, told_.reference, told_.expires_at) == (IntentState.PENDING, "r1", until)


def test_a_failure_makes_the_payer_a_technical_case_and_starts_the_clock_anew(group: Group) -> None:
    intent = group.start(ANN)
    group.now += timedelta(minutes=1)
    _answer(group, intent, IntentState.FAILED, cause="declined")
    assert (group.dues[ANN].stall, group.dues[ANN].stalled_at) == (Stall.TECHNICAL, group.now)


def test_an_answer_that_comes_too_late_changes_nothing(group: Group) -> None:
    intent = group.start(ANN)
    group.arrives(intent)
    assert _answer(group, group.intents[intent.id], IntentState.FAILED) == Decision()
    assert group.do(ChannelAnswered(intent=IntentId("no such"), state=IntentState.PAID)) == Decision()


def test_an_unclear_attempt_is_asked_about_less_and_less_and_then_told_to_a_person(group: Group) -> None:
    intent = group.start(ANN)
    _answer(group, intent, IntentState.UNKNOWN)
    waits, notices = [], []
    while (at := group.intents[intent.id].next_at) is not None:
        waits.append(at - group.now)
        group.now = at
        decided = group.do(AskChannel(intent=intent.id))
        if decided.requests:
            assert decided.requests[0].operation == "query"
            _answer(group, intent, IntentState.UNKNOWN, operation="query")
        notices += said(decided)
    assert waits == [*attempts.ASK_AFTER, attempts.ANSWER_BY]
    assert notices == ["intent_unknown"]
    assert group.intents[intent.id].state is IntentState.UNKNOWN


def test_only_the_first_unclear_answer_counts_as_a_step_of_the_payer(group: Group) -> None:
    intent = group.start(ANN)
    _answer(group, intent, IntentState.UNKNOWN)
    first = group.now
    group.now += timedelta(minutes=5)
    _answer(group, intent, IntentState.UNKNOWN)
    assert (group.dues[ANN].progress, group.dues[ANN].stalled_at) == (Progress.FAILED, first)


@pytest.mark.parametrize(
    ("state", "operation"),
    [(IntentState.CREATED, "query"), (IntentState.UNKNOWN, "query"), (IntentState.PENDING, "close")],
)
def test_an_attempt_whose_time_has_come_is_asked_about_or_expired(
    group: Group, state: IntentState, operation: str
) -> None:
    intent = group.start(ANN)
    group.intents[intent.id] = replace(intent, state=state, expires_at=NOON)
    decided = group.do(AskChannel(intent=intent.id))
    assert [r.operation for r in decided.requests] == [operation]
    assert decided.intents[0].next_at == NOON + attempts.ASK_AFTER[1]


def test_a_finished_attempt_is_not_asked_about(group: Group) -> None:
    intent = group.start(ANN)
    group.arrives(intent)
    assert group.do(AskChannel(intent=intent.id)) == Decision()


# -- money ---------------------------------------------------------------------------------------------------


def test_money_settles_the_due_and_its_clocks(group: Group) -> None:
    decided = group.pay(ANN)
    due = group.dues[ANN]
    assert (due.state, due.remaining, due.next_at, due.stalled_at) == (DueState.PAID, 0, None, None)
    assert said(decided) == ["paid", "card"]
    assert ledger.balances(group.entries)["received:sandbox"] == 100


def test_the_same_charge_never_counts_twice(group: Group) -> None:
    intent = group.start(ANN)
    group.arrives(intent, reference="ch")
    assert group.arrives(intent, 60, "ch") == Decision()
    assert group.dues[ANN].paid == 100


def test_parts_add_up_and_the_last_one_tells_everybody(group: Group) -> None:
    group.pay(ANN, 40)
    assert (group.dues[ANN].state, group.dues[ANN].remaining) == (DueState.PARTIAL, 60)
    group.pay(ANN)
    assert said(group.pay(BO)) == ["paid", "everybody_paid", "card"]


def test_too_much_is_listed_and_the_organiser_told(group: Group) -> None:
    part = group.start(ANN, 60)
    group.pay(ANN, 80)
    decided = group.arrives(part)
    (charge,) = decided.charges
    assert (charge.listed, charge.listing) == (40, Listing.OVERPAID)
    assert told(decided, "money_listed").member == MEI
    assert told(decided, "paid").params["over"] == Money(40, "CNY")
    assert ledger.balances(group.entries)["listed:overpaid:2"] == -40


def test_a_second_charge_for_what_is_paid_is_credit_by_its_name(group: Group) -> None:
    intent = group.start(ANN)
    group.arrives(intent)
    (again,) = group.arrives(intent).charges
    assert (again.listed, again.listing, group.dues[ANN].credit) == (100, Listing.DUPLICATE, 100)


def test_money_that_was_on_its_way_when_a_collection_was_called_off_is_listed(group: Group) -> None:
    intent = group.start(ANN)
    group.insist(Cancel, MEI)
    decided = group.arrives(intent)
    assert (decided.charges[0].listed, decided.charges[0].listing) == (100, Listing.LATE)
    assert told(decided, "money_listed").params["late"] is True


def test_money_still_counts_after_closing(group: Group) -> None:
    intent = group.start(ANN)
    group.say(Close, MEI)
    assert said(group.arrives(intent)) == ["paid", "money_listed", "card"]
    assert group.dues[ANN].state is DueState.PAID


def test_an_attempt_that_failed_can_still_turn_out_paid(group: Group) -> None:
    intent = group.start(ANN)
    _answer(group, intent, IntentState.FAILED)
    group.arrives(intent)
    assert group.intents[intent.id].state is IntentState.PAID


def test_money_in_another_currency_or_for_nothing_we_know_is_kept_beside_the_books(group: Group) -> None:
    charge = group.charge(group.start(ANN), reference="x", currency="EUR")
    decided = group.do(charge)
    (kept,) = decided.strays
    assert (kept.why, kept.member, kept.amount, kept.currency) == (Astray.WRONG_CURRENCY, ANN, 100, "EUR")
    assert told(decided, "money_stray").member == MEI
    assert group.do(charge) == Decision()
    (kept,) = group.do(replace(charge, reference="y", intent=IntentId("no such"))).strays
    assert (kept.why, kept.collection) == (Astray.UNMATCHED, None)
    assert not group.charges


def test_money_of_another_amount_is_held_until_somebody_says_what_it_is(group: Group) -> None:
    decided = group.arrives(group.start(ANN), 130)
    (charge,) = decided.charges
    assert (charge.listed, charge.listing) == (130, Listing.WRONG_AMOUNT)
    assert (group.dues[ANN].paid, group.dues[ANN].state) == (0, DueState.CLAIMED)
    assert not [n for n in group.at(hours=6).notices if n.key in ("claims_waiting", "reminder_private")]
    assert told(decided, "money_held").member == MEI
    accepted = group.say(Accept, MEI, member=ANN)
    assert (group.dues[ANN].state, group.dues[ANN].credit) == (DueState.PAID, 30)
    assert [b.label for row in told(accepted, "paid").buttons for b in row] == ["keep", "want_back"]
    assert group.held(ANN) == {Listing.OVERPAID: 30}
    with pytest.raises(Gone):
        group.say(Accept, MEI, member=ANN)


def test_too_little_is_held_and_reminders_go_on(group: Group) -> None:
    group.arrives(group.start(ANN), 1)
    assert (group.dues[ANN].remaining, group.dues[ANN].unsettled) == (100, True)
    group.say(MakeCredit, MEI, member=ANN)
    assert (group.dues[ANN].credit, group.dues[ANN].remaining) == (1, 100)


def test_who_paid_too_much_may_ask_for_it_and_only_the_organiser_gives_it(group: Group) -> None:
    intent = group.start(ANN)
    group.arrives(intent, reference="1st")
    group.arrives(intent, reference="2nd")
    wanted = group.say(WantBack, ANN)
    assert told(wanted, "back_wanted").member == MEI
    assert not group.refunds
    with pytest.raises(NotAllowed):
        group.say(GiveBack, ANN, member=ANN, loose=True)
    group.insist(GiveBack, MEI, member=ANN, loose=True)
    assert [(r.amount, r.charge) for r in group.refunds.values()] == [(100, "2nd")]
    assert (group.dues[ANN].state, group.dues[ANN].credit) == (DueState.PAID, 0)


# -- claims --------------------------------------------------------------------------------------------------


def test_a_claim_rests_the_reminders_and_goes_to_the_organiser(group: Group) -> None:
    decided = group.say(Claim, ANN, proof="pic")
    check = told(decided, "claim_to_check")
    assert (check.member, check.picture) == (MEI, "pic")
    assert [b.data for row in check.buttons for b in row] == [
        f"confirm.{group.header.id}.2",
        f"reject.{group.header.id}.2",
    ]
    assert group.dues[ANN].state == DueState.CLAIMED
    assert group.header.tally.claimed == 1


def test_a_confirmed_claim_is_money_by_hand(group: Group) -> None:
    group.say(Claim, ANN)
    decided = group.say(Confirm, MEI, member=ANN)
    assert (decided.charges[0].channel, decided.charges[0].amount) == ("manual", 100)
    assert decided.entries[0].by == "member:1"
    assert (group.dues[ANN].state, group.header.tally.claimed) == (DueState.PAID, 0)


def test_a_part_of_a_claim_can_be_confirmed_and_the_rest_is_asked_for_again(group: Group) -> None:
    group.say(Claim, ANN)
    group.say(Confirm, MEI, member=ANN, amount=70)
    assert (group.dues[ANN].state, group.dues[ANN].remaining) == (DueState.PARTIAL, 30)
    assert group.dues[ANN].next_at is not None


def test_cash_is_confirmed_without_a_claim_and_once(group: Group) -> None:
    group.say(Confirm, MEI, member=ANN)
    with pytest.raises(NothingToPay):
        group.say(Confirm, MEI, member=ANN)


def test_a_rejected_claim_is_asked_for_again_and_the_member_told(group: Group) -> None:
    group.say(Claim, ANN)
    assert said(group.say(Reject, MEI, member=ANN)) == ["claim_rejected", "rejected", "card"]
    assert (group.dues[ANN].state, group.dues[ANN].next_at) == (DueState.INVITED, NOON + timedelta(hours=6))


def test_no_reminder_follows_a_rejection_at_once(group: Group) -> None:
    group.say(Claim, ANN)
    group.say(AskToPay, ANN)
    group.now = NOON + timedelta(hours=20)
    group.say(Reject, MEI, member=ANN)
    assert group.dues[ANN].next_at == NOON + timedelta(hours=24)
    assert group.dues[ANN].stalled_at is None


def test_no_reminder_follows_a_part_that_was_confirmed_at_once(group: Group) -> None:
    group.say(Claim, ANN)
    group.now = NOON + timedelta(hours=20)
    group.say(Confirm, MEI, member=ANN, amount=70)
    assert group.dues[ANN].next_at == NOON + timedelta(hours=24)


def test_claims_are_answered_by_the_organiser_or_an_admin(group: Group) -> None:
    group.say(Claim, ANN)
    for kind in (Confirm, Reject):
        with pytest.raises(NotAllowed):
            group.say(kind, BO, member=ANN)
    group.say(Confirm, BO, member=ANN, by=Actor(BO, admin=True))
    assert group.dues[ANN].state is DueState.PAID


def test_a_button_for_an_answered_claim_is_gone(group: Group) -> None:
    group.say(Claim, ANN)
    group.say(Reject, MEI, member=ANN)
    with pytest.raises(Gone):
        group.say(Reject, MEI, member=ANN)


def test_one_claims_once(group: Group) -> None:
    group.say(Claim, ANN)
    with pytest.raises(NothingToPay):
        group.say(Claim, ANN)


def test_a_claimed_due_can_still_be_paid(group: Group) -> None:
    group.say(Claim, ANN)
    group.pay(ANN)
    assert (group.dues[ANN].state, group.header.tally.claimed) == (DueState.PAID, 0)
