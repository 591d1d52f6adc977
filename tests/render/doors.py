"""What is said about being left alone, played by real decisions: a part of ``scenes``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.model import Mode
from bot.domain.notice import Reply
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, NOON, Group

PRESS = Reply(CHAT, press="p1")
PRIVATE = Reply(CHAT, message="m1", private=True)
MOST = 999_999_999
Begin = Callable[..., tuple[Group, Decision]]


def doors(begin: Begin) -> Iterator[Decision]:
    """Not me, more time, and what the organiser answers."""
    for amount, mode in ((MOST, Mode.EQUAL), (None, Mode.SELF)):
        group, _ = begin(amount, mode)
        yield group.say(c.AskTime, ANN)
        yield group.say(c.Rest, ANN, until=NOON + timedelta(hours=24), promised=False, asked=True)
        yield group.say(c.AskStatus, MEI, reply=PRIVATE)
        for answer in (c.Keep, c.LetGo):
            yield group.say(c.Dispute, ANN)
            yield group.say(c.AskWhy, ANN, reply=PRESS)
            yield group.say(answer, MEI, member=ANN)
        yield group.say(c.Dispute, BO)
        yield group.at(hours=6)
    group, _ = begin()
    for member in (ANN, BO):
        group.say(c.Claim, member)
    nudged = group.at(hours=6)
    yield nudged
    yield group.agree(nudged)
    group, _ = begin()
    group.members |= {ANN: replace(group.members[ANN], phone="", consent=False)}
    group.start(ANN)
    yield group.at(minutes=4)
    yield group.say(c.AskWhy, ANN)
    yield group.say(c.Reached, MEI, member=ANN)
    group.say(c.Rest, ANN, until=NOON + timedelta(hours=8), promised=True)
    yield group.at(hours=8)
    for member in (MEI, ANN, BO, CAI):
        yield group.say(c.AskWhy, member)
    yield group.at(hours=72)
    yield group.say(c.AskWhy, ANN)
