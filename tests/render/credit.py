"""Scenes of money that was here already, and of receipts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.model import Member
from bot.domain.notice import Reply
from tests.domain.group import ANN, BO, CHAT, MEI, Group

PRESS = Reply(CHAT, press="p1")
PRIVATE = Reply(CHAT, message="m1", private=True)
MOST = 999_999_999


def _group(minor: int) -> tuple[Group, Decision]:
    group = Group(Member(MEI, "Mei"), Member(ANN, "Ann", reachable=True), Member(BO, "Bo"))
    return group, group.collect(minor)


def decisions() -> Iterator[Decision]:
    first, _ = _group(MOST * 3)
    first.pay(ANN)
    first.insist(c.GiveBack, MEI, member=ANN, to_credit=True)
    for minor in (900, MOST * 3):
        group, _ = _group(minor)
        group.elsewhere = first
        yield group.say(c.AskToPay, ANN, reply=PRIVATE)
        yield group.say(c.UseCredit, ANN, reply=PRIVATE)
    charge = replace(first.charge(first.start(BO)), fee=35)
    for reference in ("once", "again"):
        first.do(replace(charge, reference=reference))
    yield first.insist(c.GiveBack, MEI, member=BO, amount=5)
    yield first.say(c.AskReceipt, BO, reply=PRIVATE)
