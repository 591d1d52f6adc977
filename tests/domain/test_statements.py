"""Statements: fees that are learnt, differences that are told, and how long a day is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.domain import command as c
from bot.domain.decide.statements import LONGEST, MOST_TOLD, PAUSES
from bot.domain.model import Difference, Match
from bot.domain.money import Money
from tests.domain.group import ANN, CAI, NOON, Group

DAY = date(2026, 3, 1)
FAILED = c.StatementFailed(channel="alipay", day=DAY, cause="STATEMENT_CREATING")


def _paid() -> Group:
    group = Group()
    group.collect(300)
    group.arrives(group.start(ANN), reference="ch1")
    return group


def test_a_fee_is_filled_in_once() -> None:
    group = _paid()
    (known,) = group.charges.values()
    assert known.fee is None
    group.do(c.FeeTold(channel="sandbox", reference="ch1", fee=2))
    assert group.charges["sandbox", "ch1"].fee == 2
    assert group.do(c.FeeTold(channel="sandbox", reference="ch1", fee=9)).amended == ()
    assert group.do(c.FeeTold(channel="sandbox", reference="nobody", fee=9)).amended == ()


def _differing(*references: str, what: Match = Match.MISSING) -> tuple[Difference, ...]:
    return tuple(Difference(what, r, Money(5, "CNY"), NOON + timedelta(hours=n)) for n, r in enumerate(references))


def test_a_statement_that_agrees_is_noted_without_a_word() -> None:
    group = Group()
    decided = group.do(c.StatementRead(channel="alipay", day=DAY, counts={"known": 3}, ours=(("charge", "ch1"),)))
    assert decided.notices == ()
    assert decided.stated == (("charge", "ch1"),)
    assert group.statements["alipay", DAY].read_at == NOON


def test_the_operators_hear_of_what_is_missing_first_and_of_no_more_than_they_can_read() -> None:
    found = (*_differing("a1", what=Match.AMOUNT), *_differing(*(f"m{n}" for n in range(9))))
    (said,) = Group().do(c.StatementRead(channel="alipay", day=DAY, counts={}, differences=found)).notices
    assert said.member == CAI
    items = said.params["items"]
    assert isinstance(items, tuple)
    assert [item["reference"] for item in items] == [f"m{n}" for n in range(MOST_TOLD)]  # type: ignore[index,call-overload]
    assert (said.params["count"], said.params["more"]) == (10, 10 - MOST_TOLD)


def test_a_day_is_asked_for_less_and_less_often_and_then_given_up_with_a_word() -> None:
    group, waits = Group(), []
    for _ in PAUSES:
        decided = group.do(FAILED)
        assert decided.notices == ()
        (at,) = (s.next_at for s in decided.statements)
        assert at is not None
        waits.append(at - group.now)
    assert tuple(waits) == PAUSES
    decided = group.do(FAILED)
    assert [n.key for n in decided.notices] == ["statement_unread"]
    assert group.statements["alipay", DAY].given_up


def test_of_a_channel_that_never_gives_statements_one_word_is_enough() -> None:
    group = Group()
    keys = [
        notice.key
        for n in range(3)
        for _ in range(len(PAUSES) + 1)
        for notice in group.do(replace(FAILED, day=DAY + timedelta(days=n))).notices
    ]
    assert keys == ["statement_unread"]


def test_a_channel_that_names_a_time_is_not_asked_before_but_never_waited_for_longer_than_a_day() -> None:
    for wait, expected in ((timedelta(hours=3), timedelta(hours=3)), (timedelta(days=9), LONGEST)):
        group = Group()
        named = c.StatementFailed(channel="alipay", day=DAY, cause="x", wait=wait)
        assert group.do(named).statements[0].next_at == NOON + expected


def test_what_was_read_is_not_asked_for_any_more() -> None:
    group = Group()
    group.do(c.StatementRead(channel="alipay", day=DAY, counts={}))
    assert group.do(FAILED).statements == ()
