"""Scenes of money that could not be booked, of all its answers, and of money that went back without us."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.model import IntentId, Likely, RefundState
from bot.domain.notice import Reply
from tests.domain.group import ANN, BO, CHAT, MEI, Group
from tests.render.returned_scenes import going_back

PRESS = Reply(CHAT, press="p1")
PRIVATE = Reply(CHAT, message="m1", private=True)
OPERATOR = c.Actor(MEI, admin=True)


def straying(opened: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    yield from _in_another_currency(opened)
    yield from _of_nobody(opened)
    yield from going_back(opened)


def _in_another_currency(opened: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    for answer in (c.CountStray, c.ReturnStray, c.SettleStray):
        group, _ = opened()
        yield group.arrives(group.start(ANN), currency="EUR")
        yield group.do(c.AskMoney(by=c.Actor(MEI), reply=PRIVATE))
        (kept,) = group.strays.values()
        decided = group.do(answer(by=c.Actor(MEI), reply=PRESS, stray=kept.id))
        yield decided
        if answer is c.ReturnStray:
            yield (back := group.agree(decided))
            (refund,) = back.refunds
            for state, cause in ((RefundState.REFUNDED, ""), (RefundState.FAILED, "account_closed")):
                yield group.answers(refund, state, cause)


def _of_nobody(opened: Callable[[], tuple[Group, Decision]]) -> Iterator[Decision]:
    group, _ = opened()
    group.likely = tuple(Likely("", group.header.id, 1, member) for member in (ANN, BO))
    attempt = group.start(ANN)
    group.intents.pop(attempt.id)
    yield group.do(group.charge(attempt))
    (kept,) = group.strays.values()
    yield (asked := group.do(c.ReturnStray(by=OPERATOR, reply=PRIVATE, stray=kept.id)))
    (refund,) = group.agree(asked).refunds
    yield group.answers(refund, RefundState.FAILED, "not_enough")
    group.likely = tuple(Likely(kept.id, group.header.id, 1, member) for member in (ANN, BO))
    yield group.do(c.AskMoney(by=OPERATOR, reply=PRIVATE))
    yield (asked := group.do(c.ReturnStray(by=OPERATOR, reply=PRIVATE, stray=kept.id)))
    (refund,) = group.agree(asked).refunds
    for _ in range(40):
        yield group.answers(refund, RefundState.UNKNOWN, "timeout")
    yield group.do(c.AskMoney(by=OPERATOR, reply=PRIVATE))
    again, _ = opened()
    yield again.do(
        c.RecordCharge(channel="sandbox", reference="x", intent=IntentId("no"), amount=5, currency="CNY", at=again.now)
    )
    (kept,) = again.strays.values()
    whose = {"collection": again.header.id, "member": BO, "stray": kept.id}
    yield again.do(c.CountStray(by=OPERATOR, reply=PRIVATE, as_credit=True, **whose))  # type: ignore[arg-type]
