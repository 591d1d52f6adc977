"""What is asked of payment channels; their answers come back as commands, in the transaction that ends the asking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bot.domain.decision import RefundRequest
from bot.domain.errors import Refusal
from bot.domain.model import Intent, IntentId, IntentState
from bot.ports import ChannelAnswer, Declined, Payer, PaymentChannel, Unavailable, Unknown
from bot.service.handle import Handler
from bot.service.health import Health
from bot.service.hooks import command_of
from bot.service.refunds import RefundDesk
from bot.store import OutboxRow, Work

log = structlog.get_logger(__name__)


class ChannelDesk:
    """Carries out ``Request`` rows: create, query, close; and has refunds carried out."""

    def __init__(
        self,
        handler: Handler,
        channels: Mapping[str, PaymentChannel],
        return_url: Callable[[Intent], str],
        health: Health | None = None,
    ) -> None:
        self._handler = handler
        self._health = health or Health(channels)
        self._channels = channels
        self._return_url = return_url
        self._refunds = RefundDesk(handler, channels, self._health)

    async def ask(self, row: OutboxRow) -> None:
        """Ask, and apply the answer. ``Unavailable`` is passed on where asking again is safe and useful."""
        request, store = row.request, self._handler.store
        if isinstance(request, RefundRequest):
            await self._refunds.ask(row, request)
            return
        assert request is not None
        found = await asyncio.wrap_future(store.read(lambda work: _attempt(work, request.intent)))
        channel = self._channels.get(request.channel)
        if found is None or channel is None:
            await asyncio.wrap_future(store.submit(lambda work: work.dead(row, "channel not configured")))
            return
        intent, title, payer = found
        answer = await self._answer(channel, request.operation, intent, title, payer)

        def work(work: Work) -> None:
            if work.sent(row, reference=answer.reference):
                self._handler.apply(work, command_of(request.channel, request.intent, answer, request.operation))

        try:
            await asyncio.wrap_future(store.submit(work))
        except Refusal as refusal:
            log.error("channel.unmatched", channel=request.channel, intent=request.intent, reason=refusal.key)
            why = refusal.key
            await asyncio.wrap_future(store.submit(lambda work: work.dead(row, why)))

    async def _answer(
        self, channel: PaymentChannel, operation: str, intent: Intent, title: str, payer: Payer
    ) -> ChannelAnswer:
        try:
            with self._health.watching(channel.name, operation):
                if operation == "create":
                    return await channel.create(intent, title=title, return_url=self._return_url(intent), payer=payer)
                return await (channel.query(intent) if operation == "query" else channel.close(intent))
        except Unknown as trouble:
            return ChannelAnswer(IntentState.UNKNOWN, cause=trouble.code or "timeout")
        except Unavailable as trouble:
            if operation != "create":
                raise
            return ChannelAnswer(IntentState.FAILED, cause=trouble.code or "unavailable")
        except Declined as trouble:  # a no to a question says nothing about the money
            said = IntentState.FAILED if operation == "create" else IntentState.UNKNOWN
            return ChannelAnswer(said, cause=trouble.code or "declined")


def _attempt(work: Work, id_: IntentId) -> tuple[Intent, str, Payer] | None:
    """An attempt, its collection's title, and who pays."""
    found = work.intent(id_)
    if found is None:
        return None
    intent, title = found
    who = work.whereabouts([intent.member])[intent.member]
    collection = work.collection(intent.collection)
    place = work.place(collection.chat) if collection else None
    payer = Payer(
        surface=intent.surface,  # type: ignore[arg-type]  # one of them, as it was stored
        platform=who.platform,
        person=who.external,
        chat=place[1] if place else "",
        locale=who.member.locale or (place[0].locale if place else ""),
        ip=intent.ip,
    )
    return intent, title, payer
