"""Lines of statements beside the books: what each is, and what it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.command import FeeTold, RecordCharge, RecordReturn, RefundAnswered
from bot.domain.model import (
    Astray,
    Charge,
    CollectionId,
    IntentId,
    Match,
    MemberId,
    Refund,
    RefundId,
    RefundState,
    Stray,
)
from bot.domain.money import Money
from bot.ports import StatementLine
from bot.service.reconciling import matched
from bot.store import OnRecord
from tests.domain.group import NOON

OURS = IntentId("abcdefghijkl2345")
WHERE = CollectionId("c1")
CAME = StatementLine("charge", "ch1", OURS, Money(100, "CNY"), NOON, Money(1, "CNY"))
BOOKED = Charge("wechatpay", "ch1", WHERE, MemberId(2), 100, "CNY", NOON, OURS, fee=1)
WENT = StatementLine("refund", "re1", "", Money(40, "CNY"), NOON, charge="ch1")
GIVEN = Refund(RefundId("rf1"), "wechatpay", "ch1", WHERE, MemberId(2), 40, "CNY", NOON, state=RefundState.UNKNOWN)
STRAY = Stray("s1", "wechatpay", "ch1", OURS, 100, "CNY", NOON, NOON, Astray.UNMATCHED)


def _match(line: StatementLine, known: OnRecord, taken: set[Refund] | None = None) -> tuple[Match, object]:
    return matched("wechatpay", line, known, set() if taken is None else taken)


# -- what came ----------------------------------------------------------------------------------------------------


def test_money_of_an_attempt_of_ours_is_booked_with_its_fee() -> None:
    what, command = _match(CAME, OnRecord(intent=OURS))
    assert what is Match.NEW
    assert command == RecordCharge(
        channel="wechatpay", reference="ch1", intent=OURS, amount=100, currency="CNY", at=NOON, fee=1
    )


@pytest.mark.parametrize("intent", ["", "order-17", "ABCDEFGHIJKL2345", "abcdefghijkl234", "abcdefghijkl2340"])
def test_orders_that_do_not_look_like_ours_are_somebody_elses(intent: str) -> None:
    assert _match(replace(CAME, intent=intent), OnRecord()) == (Match.FOREIGN, None)


def test_an_order_that_looks_like_ours_is_kept() -> None:
    what, command = _match(CAME, OnRecord())
    assert (what, type(command)) == (Match.STRAY, RecordCharge)
    assert _match(CAME, OnRecord(stray=STRAY)) == (Match.KNOWN, None)
    assert _match(replace(CAME, amount=Money(99, "CNY")), OnRecord(stray=STRAY)) == (Match.AMOUNT, None)


def test_a_fee_is_learnt_once_and_in_the_currency_of_the_charge_alone() -> None:
    unknown = OnRecord((replace(BOOKED, fee=None),))
    assert _match(CAME, unknown) == (Match.FEE, FeeTold(channel="wechatpay", reference="ch1", fee=1))
    assert _match(CAME, OnRecord((BOOKED,))) == (Match.KNOWN, None)
    assert _match(replace(CAME, fee=Money(1, "USD")), unknown) == (Match.KNOWN, None)
    assert _match(replace(CAME, fee=None), unknown) == (Match.KNOWN, None)


def test_another_amount_or_currency_is_a_difference() -> None:
    for amount in (Money(99, "CNY"), Money(100, "EUR")):
        assert _match(replace(CAME, amount=amount), OnRecord((BOOKED,))) == (Match.AMOUNT, None)


def test_what_a_person_saw_and_what_came_beyond_it_are_one_line() -> None:
    seen = replace(BOOKED, reference=f"seen-{OURS}", known_as="ch1", amount=60)
    beyond = replace(BOOKED, amount=40)
    assert _match(CAME, OnRecord((seen, beyond))) == (Match.KNOWN, None)


# -- what went back -----------------------------------------------------------------------------------------------


def test_a_refund_of_ours_is_known_to_have_gone() -> None:
    gone = RefundAnswered(refund=GIVEN.id, state=RefundState.REFUNDED, reference="re1")
    assert _match(WENT, OnRecord((BOOKED,), refunds=(GIVEN,))) == (Match.NEW, gone)
    done = replace(GIVEN, state=RefundState.REFUNDED)
    assert _match(WENT, OnRecord((BOOKED,), refunds=(done,))) == (Match.KNOWN, None)


def test_one_return_that_came_off_several_dues_is_one_line() -> None:
    parts = tuple(replace(GIVEN, id=RefundId(f"r{n}"), amount=20, state=RefundState.REFUNDED) for n in range(2))
    assert _match(WENT, OnRecord((BOOKED,), refunds=parts)) == (Match.KNOWN, None)
    assert _match(WENT, OnRecord((BOOKED,), refunds=parts[:1])) == (Match.AMOUNT, None)


def test_what_the_books_say_failed_or_was_given_by_hand_is_a_difference() -> None:
    for refund in (
        replace(GIVEN, state=RefundState.FAILED),
        replace(GIVEN, by_hand=True, state=RefundState.PENDING),
        replace(GIVEN, by_hand=True, state=RefundState.REFUNDED),
    ):
        assert _match(WENT, OnRecord((BOOKED,), refunds=(refund,))) == (Match.ELSEWHERE, None)


@pytest.mark.parametrize("kind", ["refund", "dispute"])
def test_what_went_back_without_us_is_booked(kind: str) -> None:
    what, command = _match(replace(WENT, kind=kind), OnRecord((BOOKED,)))  # type: ignore[arg-type]
    assert what is Match.RETURNED
    assert command == RecordReturn(
        channel="wechatpay",
        charge="ch1",
        reference="re1",
        amount=40,
        currency="CNY",
        at=NOON,
        kind=kind,  # type: ignore[arg-type]
    )
    assert _match(WENT, OnRecord((BOOKED,), noted=True)) == (Match.KNOWN, None)


def test_what_went_back_of_somebody_elses_sale_is_theirs() -> None:
    assert _match(WENT, OnRecord()) == (Match.FOREIGN, None)


def test_two_returns_that_are_alike_are_not_one() -> None:
    known = OnRecord((BOOKED,), alike=(replace(GIVEN, state=RefundState.REFUNDED),))
    taken: set[Refund] = set()
    assert _match(WENT, known, taken) == (Match.KNOWN, None)
    assert _match(replace(WENT, reference="re2"), known, taken)[0] is Match.RETURNED


# -- what is here again -------------------------------------------------------------------------------------------

TAKEN = replace(GIVEN, state=RefundState.REFUNDED, cause="dispute")
AGAIN = replace(WENT, kind="dispute", undone=True)


def test_a_dispute_that_was_won_is_booked_once() -> None:
    what, command = _match(AGAIN, OnRecord(charges=(BOOKED,), refunds=(TAKEN,)))
    assert (what, isinstance(command, RecordReturn) and command.undone) == (Match.NEW, True)
    won = OnRecord(charges=(BOOKED,), refunds=(replace(TAKEN, state=RefundState.FAILED),))
    assert _match(AGAIN, won) == (Match.KNOWN, None)
    assert _match(replace(AGAIN, undone=False), won) == (Match.KNOWN, None), "its beginning is no difference then"
    assert _match(AGAIN, OnRecord()) == (Match.FOREIGN, None)


def test_a_refund_of_ours_that_did_not_arrive_has_failed() -> None:
    gone = replace(GIVEN, state=RefundState.REFUNDED)
    what, command = _match(replace(WENT, undone=True), OnRecord(charges=(BOOKED,), refunds=(gone,)))
    assert (what, command) == (Match.NEW, RefundAnswered(refund=gone.id, state=RefundState.FAILED, reference="re1"))


def test_what_was_to_go_back_by_hand_and_is_in_the_statement_has_gone() -> None:
    by_hand = replace(GIVEN, by_hand=True, state=RefundState.PENDING)
    what, command = _match(WENT, OnRecord(charges=(BOOKED,), alike=(by_hand,)))
    assert (what, type(command)) == (Match.RETURNED, RecordReturn)
