"""Before an invoice is paid inside the chat platform: who may, how much, and until when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.errors import Gone, InvoiceNotYours, InvoiceStale, NothingToPay, NotOpen
from bot.domain.model import Intent, IntentId, IntentState, MemberId
from bot.domain.money import Money
from bot.domain.notice import Reply
from bot.domain.routing import Routes, Way
from tests.domain.group import ANN, BO, CHAT, MEI, Group


def _started(minor: int = 9_000) -> tuple[Group, Intent]:
    group = Group()
    group.collect(minor)
    return group, group.start(ANN)


def _asks(group: Group, attempt: Intent, by: MemberId = ANN, **other: object) -> Decision:
    said = {"intent": attempt.id, "amount": attempt.amount, "currency": attempt.currency} | other
    return group.do(c.CheckOut(by=c.Actor(by), reply=Reply(CHAT, press="checkout:1", private=True), **said))  # type: ignore[arg-type]


def test_the_member_may_pay_what_is_owed_and_nothing_changes_by_asking() -> None:
    group, intent = _started()
    before = dict(group.dues)
    decided = _asks(group, intent)
    assert [(n.press, n.alert) for n in decided.notices] == [("checkout:1", False)]
    assert decided.dues == ()
    assert group.dues == before


def test_nobody_else_may() -> None:
    group, intent = _started()
    for other in (BO, MEI, MemberId(99)):
        with pytest.raises(InvoiceNotYours):
            _asks(group, intent, by=other)


@pytest.mark.parametrize("other", [{"amount": 2_999}, {"amount": 3_001}, {"amount": -3_000}, {"currency": "EUR"}])
def test_only_what_the_attempt_is_about(other: dict[str, object]) -> None:
    group, intent = _started()
    with pytest.raises(InvoiceStale):
        _asks(group, intent, **other)


def test_an_attempt_that_nobody_knows_is_gone() -> None:
    group, intent = _started()
    with pytest.raises(Gone):
        _asks(group, intent, intent=IntentId("never"))


def test_what_was_paid_or_waived_is_not_paid() -> None:
    group, intent = _started()
    group.insist(c.Waive, MEI, member=ANN)
    with pytest.raises(NothingToPay):
        _asks(group, intent)
    group, intent = _started()
    group.arrives(intent)
    with pytest.raises(NothingToPay):
        _asks(group, intent)


def test_what_was_paid_in_part_meanwhile_needs_another_invoice() -> None:
    group, intent = _started()
    group.say(c.Confirm, MEI, member=ANN, amount=1_000)
    with pytest.raises(InvoiceStale):
        _asks(group, intent)


@pytest.mark.parametrize("state", [IntentState.CLOSED, IntentState.FAILED])
def test_an_attempt_that_ended_is_not_paid(state: IntentState) -> None:
    group, intent = _started()
    group.do(c.ChannelAnswered(intent=intent.id, state=state))
    with pytest.raises(InvoiceStale):
        _asks(group, intent)


def test_a_collection_that_is_over_takes_nothing() -> None:
    group, intent = _started()
    group.say(c.Close, MEI)
    with pytest.raises(NotOpen):
        _asks(group, intent)


def test_the_providers_number_of_a_charge_is_kept_with_the_attempt() -> None:
    group, intent = _started()
    group.do(
        c.RecordCharge(
            channel=intent.channel,
            reference="tg-1",
            provider="ch_77",
            intent=intent.id,
            amount=intent.amount,
            currency="CNY",
            at=group.now,
        )
    )
    assert group.intents[intent.id].reference == "ch_77"
    assert ("sandbox", "tg-1") in group.charges


# -- without leaving the chat platform ------------------------------------------------------------------------


def _here(*currencies: str, platform: str = "room") -> Group:
    group = Group()
    group.routes = Routes(
        ways={"sandbox": Way("sandbox", frozenset(currencies), frozenset({"room", "web"}), platform=platform)}
    )
    group.collect(9_000)
    return group


def _offered(decided: Decision) -> bool:
    return any(button.label == "pay_here" for notice in decided.notices for row in notice.buttons for button in row)


def test_it_is_offered_where_the_currency_can_be_paid_on_this_platform() -> None:
    assert _offered(_here("EUR", "CNY").say(c.AskToPay, ANN))
    for group in (_here("EUR"), _here("CNY", platform="elsewhere"), _here("CNY", platform="")):
        assert not _offered(group.say(c.AskToPay, ANN))
        with pytest.raises(Gone):
            group.say(c.PayHere, ANN)


def test_an_invoice_that_stands_in_the_chat_is_sent_once_more() -> None:
    group = _here("CNY")
    first = group.say(c.PayHere, ANN)
    assert first.intent is not None
    assert group.say(c.PayHere, ANN).requests == (), "it is on its way"
    group.do(c.ChannelAnswered(intent=first.intent, state=IntentState.PENDING, operation="create"))
    again = group.say(c.PayHere, ANN)
    assert (again.intent, again.requests) == (first.intent, first.requests)


@pytest.mark.parametrize("state", [IntentState.FAILED, IntentState.UNKNOWN])
def test_when_no_invoice_comes_of_it_the_member_is_led_to_their_page(state: IntentState) -> None:
    for surface, told in (("room", ["invoice_failed"]), ("web", ["payment_stopped"])):
        group = _here("CNY")
        group.do(c.StartPayment(collection=group.header.id, member=ANN, channel="sandbox", surface=surface))
        [intent] = group.intents.values()
        decided = group.do(c.ChannelAnswered(intent=intent.id, state=state, cause="limit", operation="create"))
        assert [notice.key for notice in decided.notices if notice.member == ANN] == told
        assert all(notice.open_pay for notice in decided.notices if notice.member == ANN)


def test_a_large_payment_waits_for_the_organiser_here_as_well() -> None:
    group = _here("CNY")
    group.policy = replace(group.policy, hold_above=(Money(1_000, "CNY"),))
    decided = group.say(c.PayHere, ANN)
    assert decided.intent is not None
    assert group.intents[decided.intent].state is IntentState.HELD
    assert decided.requests == ()
    assert "invoice_coming" not in {notice.key for notice in decided.notices}
