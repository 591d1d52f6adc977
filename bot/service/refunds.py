"""What is asked of payment channels about money on its way back.

A refund's id is the channel's idempotency key, and it is part of the outbox row: whatever is said again after a crash
or a time-out is the same refund.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.domain.command import RefundAnswered
from bot.domain.decision import RefundRequest
from bot.domain.model import Charge, Refund, RefundId, RefundState
from bot.domain.refund import finished
from bot.ports import Declined, PaymentChannel, RefundAnswer, Unavailable, Unknown
from bot.service.handle import Handler
from bot.service.health import Health
from bot.store import OutboxRow, Work, faults

log = structlog.get_logger(__name__)


def refund_answered(refund: RefundId, answer: RefundAnswer, operation: str = "") -> RefundAnswered:
    """What a channel's answer means. ``operation`` is what was asked."""
    said = RefundAnswered(refund=refund, state=answer.state, reference=answer.reference, cause=answer.cause)
    return replace(said, operation=operation)


class RefundDesk:
    """Carries out ``RefundRequest`` rows."""

    def __init__(self, handler: Handler, channels: Mapping[str, PaymentChannel], health: Health) -> None:
        self._handler, self._channels, self._health = handler, channels, health

    async def ask(self, row: OutboxRow, request: RefundRequest) -> None:
        """Ask, and apply the answer. ``Unavailable`` is passed on: asking again is safe."""
        store = self._handler.store
        found = await asyncio.wrap_future(store.read(lambda work: work.refund(request.refund)))
        if found is None or finished(found[0].state) or found[0].by_hand:
            await asyncio.wrap_future(store.submit(lambda work: work.skip(row, "the refund needs no channel")))
            return
        faults.point("before-send")
        refund, charge = found
        charge = replace(charge, reference=charge.at_channel)
        answer = await self._answer(self._channels.get(request.channel), request, row.attempts, refund, charge)
        faults.point("after-send")

        def work(work: Work) -> None:
            if work.sent(row, reference=answer.reference):
                self._handler.apply(work, refund_answered(request.refund, answer, request.operation))

        await asyncio.wrap_future(store.submit(work))

    async def _answer(
        self, channel: PaymentChannel | None, request: RefundRequest, attempts: int, refund: Refund, charge: Charge
    ) -> RefundAnswer:
        """Only a channel's no is a no: what was perhaps done, and a channel that is gone, are unknown."""
        untold = refund.state is RefundState.CREATED and not refund.asked
        fresh = request.operation == "refund" and attempts == 1 and untold
        if channel is None:
            return RefundAnswer(RefundState.FAILED if fresh else RefundState.UNKNOWN, cause="not_configured")
        try:
            with self._health.watching(channel.name, request.operation):
                if request.operation == "refund":
                    return await channel.refund(refund, charge)
                return await channel.query_refund(refund, charge)
        except Unknown as trouble:
            return RefundAnswer(RefundState.UNKNOWN, cause=trouble.code or "timeout")
        except Unavailable:
            log.warning("refund.unavailable", channel=request.channel, refund=request.refund)
            raise
        except Declined as trouble:
            state = RefundState.FAILED if request.operation == "refund" else RefundState.UNKNOWN
            return RefundAnswer(state, cause=trouble.code or "declined")
