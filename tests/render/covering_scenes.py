"""One member paying for others, as it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.model import RefundState
from bot.domain.notice import Reply
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, Group

PRESS = Reply(CHAT, press="p1")


def covering(opened: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    group, _ = opened()
    yield group.say(c.AskToPay, ANN, covers=(BO, CAI))
    yield group.say(c.NotNeeded, BO, member=ANN, reply=PRESS)
    yield group.say(c.AskToPay, ANN, covers=(CAI,))
    yield group.say(c.AskToPay, CAI, covers=(ANN, BO), reply=PRESS)
    yield group.pay(CAI)
    proposed = group.say(c.GiveBack, MEI, member=BO)
    yield proposed
    yield group.agree(proposed)
    (refund,) = group.refunds.values()
    yield group.answers(refund, RefundState.REFUNDED)
    yield group.say(c.AskToPay, BO, covers=(ANN,), reply=PRESS)
