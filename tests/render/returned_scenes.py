"""Scenes of money that went back without us, and of money that came again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.notice import Reply
from tests.domain.group import ANN, BO, CHAT, MEI, Group

PRIVATE = Reply(CHAT, message="m1", private=True)
KINDS: tuple[Literal["refund", "dispute"], ...] = ("refund", "dispute")


def going_back(opened: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    for kind in KINDS:
        group, _ = opened()
        group.do(c.AskToPay(by=c.Actor(ANN), reply=PRIVATE, which=c.Which(CHAT, id=group.header.id), covers=(BO,)))
        group.pay(ANN)
        (charge,) = group.charges.values()
        back = group.back(charge, kind=kind)
        yield group.do(back)
        yield group.do(replace(back, reference="more", amount=charge.amount + 5))
        yield group.do(replace(back, undone=True))
        yield group.say(c.AskHistory, MEI, reply=PRIVATE)
