"""What is said when a payment stops (``scenes``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.interruption import Act, Catalogue, Scenario, Stage
from bot.domain.model import IntentState, Stall
from tests.domain.group import ANN, MEI, Group


def stopping(fresh: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    for act, tell in product(Act, ("expired", "nothing")):
        why = Scenario("sandbox", Stage.PAY, "CODE", Stall.TECHNICAL, retryable=True, tell=tell, act=act, source="here")
        group, _ = fresh()
        group.policy = replace(group.policy, channels=("sandbox", "alipay"), causes=Catalogue((why,)))
        attempt = group.start(ANN)
        group.do(c.ChannelAnswered(intent=attempt.id, state=IntentState.PENDING, operation="create"))
        yield group.do(c.ChannelAnswered(intent=attempt.id, state=IntentState.FAILED, cause="CODE"))
    group, _ = fresh()
    attempt = group.start(ANN)
    passed = {"sandbox": "best", "alipay": "slow", "stripe": "failing", "paypal": "resting", "unionpay": "tried"}
    group.intents[attempt.id] = replace(attempt, reasons=passed)
    yield group.say(c.AskStatus, MEI)
