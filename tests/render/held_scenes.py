"""Scenes of payments that are held: let through, held back, and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.model import IntentState
from bot.domain.money import Money
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from tests.domain.group import ANN, CHAT, MEI, Group

PRESS = Reply(CHAT, press="p1")


def holding(opened: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    for limit in ("hold_above", "hold_member_hour", "hold_hour"):
        for answer in (c.LetThrough, c.HoldBack, None):
            group, _ = opened()
            group.policy = Policy(**{limit: (Money(100, "CNY"),)})  # type: ignore[arg-type]
            yield (held := group.do(c.StartPayment(collection=group.header.id, member=ANN)))
            group.now += timedelta(hours=24)
            assert held.intent is not None
            if answer is None:
                yield group.do(c.AskChannel(intent=held.intent))
            else:
                yield group.say(answer, MEI, intent=held.intent, reply=PRESS)


def unclear(opened: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    """Nobody can tell what became of a payment: it is there, or is not, and its channel speaks after all."""
    for answer in (c.Came, c.NeverCame):
        group, _ = opened()
        intent = group.start(ANN)
        group.do(c.ChannelAnswered(intent=intent.id, state=IntentState.UNKNOWN))
        group.intents[intent.id] = replace(group.intents[intent.id], asked=7)
        yield group.do(c.AskChannel(intent=intent.id))
        yield group.say(answer, MEI, intent=intent.id, reply=PRESS)
        yield group.arrives(intent, intent.amount - 1)
        yield group.say(c.AskHistory, MEI)
