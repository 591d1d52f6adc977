"""Scenes of statements that do not agree with the books, and of one that could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from bot.domain import command as c
from bot.domain.decide.statements import PAUSES
from bot.domain.decision import Decision
from bot.domain.model import DIFFERENCES, Difference
from bot.domain.money import Money
from tests.domain.group import NOON, Group

DAY = date(2026, 3, 1)
_KINDS = sorted(DIFFERENCES)


def reading(opened: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    group, _ = opened()
    for many in (1, len(_KINDS), 9):
        found = tuple(
            Difference(_KINDS[n % len(_KINDS)], f"4200{n}", Money(999_999_999, "CNY"), NOON) for n in range(many)
        )
        yield group.do(c.StatementRead(channel="wechatpay", day=DAY, counts={}, differences=found))
    for _ in range(len(PAUSES) + 1):
        yield group.do(c.StatementFailed(channel="alipay", day=DAY, cause="STATEMENT_CREATING"))
