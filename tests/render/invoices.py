"""What is said of invoices in the chat, made by real decisions."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.model import IntentState
from bot.domain.money import Money
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from bot.domain.routing import Routes, Way
from tests.domain.group import ANN, CHAT, Group


def decisions() -> Iterator[Decision]:
    """Asked for twice, and then none came of it."""
    group = Group()
    group.routes = Routes(ways={"sandbox": Way("sandbox", surfaces=frozenset({"room"}), platform="room")})
    group.collect(20_000)
    yield group.say(c.AskToPay, ANN)
    for _ in range(2):
        coming = group.say(c.PayHere, ANN, reply=Reply(CHAT, press="p1"))
        yield coming
    assert coming.intent is not None
    yield group.do(c.ChannelAnswered(intent=coming.intent, state=IntentState.FAILED, cause="limit", operation="create"))
    group.policy = Policy(single_payment=(Money(5_000, "CNY"),))
    yield group.say(c.AskToPay, ANN)
    yield group.say(c.PayHere, ANN, reply=Reply(CHAT, press="p1"))
