"""Statements in the store: which days were read, what the books have of a line, and what no statement has."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain import command as c
from bot.domain.model import CollectionId, IntentId, IntentState, RefundState
from bot.domain.money import Money
from bot.ports import StatementLine
from bot.store import OnRecord
from tests.store.town import NOON, Town

DAY = NOON.date()


@pytest.fixture
def open_(town: Town) -> CollectionId:
    """Three owe 100 each."""
    return town.collect()


def _line(reference: str, intent: str = "", kind: str = "charge", minor: int = 100, charge: str = "") -> StatementLine:
    return StatementLine(kind, reference, intent, Money(minor, "CNY"), NOON, charge=charge)  # type: ignore[arg-type]


def _on_record(town: Town, *lines: StatementLine, channel: str = "sandbox") -> list[OnRecord]:
    return town.store.run(lambda work: work.on_record(channel, lines))


def test_a_line_is_found_by_its_charge_its_stray_or_its_attempt(town: Town, open_: CollectionId) -> None:
    paid, waiting = town.start(open_, town.ann), town.start(open_, town.bo)
    town.do(town.charge(paid, "ch1"))
    town.do(
        c.RecordCharge(channel="sandbox", reference="odd", intent=IntentId("no"), amount=1, currency="CNY", at=NOON)
    )
    lines = [_line("ch1", paid.id), _line("odd", "no"), _line("ch2", waiting.id), _line("ch3", "their order")]
    booked, astray, new, foreign = _on_record(town, *lines)
    assert [(x.reference, x.amount) for x in booked.charges] == [("ch1", 100)]
    assert (astray.stray is not None, astray.charges) == (True, ())
    assert (new.intent, new.charges) == (waiting.id, ())
    assert foreign == OnRecord()
    assert _on_record(town, _line("ch1", "x"), channel="alipay") == [OnRecord()]


def test_a_charge_that_a_person_saw_is_found_by_what_the_channel_calls_it(town: Town, open_: CollectionId) -> None:
    intent = town.start(open_, town.ann)
    town.do(c.ChannelAnswered(intent=intent.id, state=IntentState.UNKNOWN, cause="timeout"))
    town.do(town.on(c.Came, town.mei, open_, intent=intent.id))
    town.do(town.charge(intent, "ch1"))
    (found,) = _on_record(town, _line("ch1", intent.id))
    assert [x.known_as for x in found.charges] == ["ch1"]
    town.do(c.FeeTold(channel="sandbox", reference=found.charges[0].reference, fee=2))
    assert [x.fee for x in _on_record(town, _line("ch1", intent.id))[0].charges] == [2]


def test_a_refund_is_found_by_our_id_by_the_channels_or_by_its_charge(town: Town, open_: CollectionId) -> None:
    town.do(town.charge(town.start(open_, town.ann), "ch1"))
    asked = town.do(town.on(c.GiveBack, town.mei, open_, member=town.ann))
    (refund,) = asked.refunds or town.do(asked.proposals[0].command).refunds
    town.do(c.RefundAnswered(refund=refund.id, state=RefundState.PENDING, reference="re1"))
    lines = [
        _line("x", refund.id, "refund"),
        _line("re1", "", "refund"),
        _line("ch1", "", "refund", charge="ch1"),
        _line("re9", "their refund", "refund", charge="ch1"),
        _line("re9", "", "refund", minor=99, charge="ch1"),
        _line("re9", "", "refund", charge="ch9"),
    ]
    found = _on_record(town, *lines)
    assert [len(x.refunds) for x in found] == [1, 1, 0, 0, 0, 0]
    assert [len(x.charges) for x in found] == [0, 0, 1, 1, 1, 0]
    assert [x.alike for x in found] == [()] * 6, "its own line would carry its reference"


def test_a_refund_whose_reference_nobody_told_is_found_by_its_charge_and_amount(
    town: Town, open_: CollectionId
) -> None:
    town.do(town.charge(town.start(open_, town.ann), "ch1"))
    asked = town.do(town.on(c.GiveBack, town.mei, open_, member=town.ann))
    (refund,) = asked.refunds or town.do(asked.proposals[0].command).refunds
    town.do(c.RefundAnswered(refund=refund.id, state=RefundState.UNKNOWN, cause="timeout"))
    lines = [
        _line("ch1", "", "refund", charge="ch1"),
        _line("re9", "their refund", "refund", charge="ch1"),
        _line("re9", "", "refund", minor=99, charge="ch1"),
    ]
    assert [len(x.alike) for x in _on_record(town, *lines)] == [1, 0, 0]


def test_what_went_back_without_us_may_be_called_otherwise_until_a_statement_has_named_it(
    town: Town, open_: CollectionId
) -> None:
    town.do(town.charge(town.start(open_, town.ann), "ch1"))
    told = {"channel": "sandbox", "charge": "ch1", "amount": 40, "currency": "CNY", "at": NOON}
    town.do(c.RecordReturn(reference="notify1", **told))  # type: ignore[arg-type]
    line = _line("their number", "their number", "refund", minor=40, charge="ch1")
    (found,) = _on_record(town, line)
    assert ([x.reference for x in found.alike], found.noted) == (["notify1"], False)
    ours = (("refund", "their number"), ("refund", "notify1"))
    town.do(c.StatementRead(channel="sandbox", day=DAY, counts={}, ours=ours))
    assert [(x.alike, x.noted) for x in _on_record(town, line)] == [((), True)]


def test_what_no_statement_has_is_told_from_what_one_has(town: Town, open_: CollectionId) -> None:
    for member, reference in ((town.ann, "ch1"), (town.bo, "ch2")):
        town.do(town.charge(town.start(open_, member), reference))

    def unstated() -> list[str]:
        found = town.store.run(lambda work: work.unstated("sandbox", NOON, NOON + timedelta(hours=1)))
        return [charge.reference for charge in found]

    assert unstated() == ["ch1", "ch2"]
    town.do(c.StatementRead(channel="sandbox", day=DAY, counts={"known": 1}, ours=(("charge", "ch1"),)))
    town.do(c.StatementRead(channel="sandbox", day=DAY, counts={"known": 1}, ours=(("charge", "ch1"),)))
    assert unstated() == ["ch2"]
    later = NOON + timedelta(hours=1)
    assert town.store.run(lambda work: work.unstated("sandbox", later, later + timedelta(hours=1))) == ()


def test_a_day_is_remembered_with_what_was_found_and_when_to_ask_again(town: Town, open_: CollectionId) -> None:
    assert town.store.run(lambda work: work.first_used("sandbox")) is None
    town.start(open_, town.ann)
    assert town.store.run(lambda work: work.first_used("sandbox")) == NOON
    town.do(c.StatementFailed(channel="sandbox", day=DAY, cause="CREATING\x00"))
    failed = town.store.run(lambda work: work.statement("sandbox", DAY))
    assert failed is not None
    assert (failed.tries, failed.next_at, failed.cause) == (1, NOON + timedelta(minutes=15), "CREATING")
    assert town.store.run(lambda work: work.newest_statements()) == ()
    counts = {"known": 2, "missing": 1}
    for day in (DAY, DAY + timedelta(days=1), DAY - timedelta(days=1)):
        town.do(c.StatementRead(channel="sandbox", day=day, counts=counts))
    town.do(c.StatementRead(channel="alipay", day=DAY, counts={}))
    newest = town.store.run(lambda work: work.newest_statements())
    assert [(s.channel, s.day, s.differences) for s in newest] == [
        ("alipay", DAY, 0),
        ("sandbox", DAY + timedelta(days=1), 1),
    ]
    assert len(town.store.run(lambda work: work.statements("sandbox", DAY, DAY + timedelta(days=9)))) == 2
