"""Verified webhooks of payment channels → commands. The acknowledgement comes after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import structlog

from bot.domain.command import AskChannel, ChannelAnswered, Command, RecordCharge, RecordReturn
from bot.domain.errors import Refusal, TooSoon
from bot.domain.model import IntentId, RefundId
from bot.ports import ChannelAnswer, HookEvent, Outside, PaymentChannel, ReturnFact, Unverified
from bot.service.handle import Handler
from bot.service.refunds import refund_answered
from bot.store import Conflict

log = structlog.get_logger(__name__)

Answer = tuple[int, bytes, str]
_PLAIN = "text/plain; charset=utf-8"


def command_of(channel: str, intent: IntentId, answer: ChannelAnswer, operation: str = "") -> Command:
    """What a channel's answer means: money that arrived, or news of an attempt. ``operation`` is what was asked."""
    if answer.charge is not None:
        fact = answer.charge
        return RecordCharge(
            channel=channel,
            reference=fact.reference,
            intent=intent,
            amount=fact.amount.minor,
            currency=fact.amount.currency,
            at=fact.at,
            fee=fact.fee.minor if fact.fee else None,
        )
    return ChannelAnswered(
        intent=intent,
        state=answer.state,
        operation=operation,
        reference=answer.reference,
        action=answer.action,
        cause=answer.cause,
        expires_at=answer.expires_at,
    )


def return_of(channel: str, intent: str, fact: ReturnFact) -> RecordReturn:
    return RecordReturn(
        channel=channel,
        charge=fact.charge,
        reference=fact.reference,
        amount=fact.amount.minor,
        currency=fact.amount.currency,
        at=fact.at,
        intent=IntentId(intent) if intent else None,
        kind=fact.kind,
        total=fact.total,
        undone=fact.undone,
    )


def _meanings(channel: str, event: HookEvent) -> Iterator[Command]:
    """The commands that a webhook's event may make, the likeliest first: the first that is not refused is it."""
    if event.refunded is not None:
        yield refund_answered(RefundId(event.refund), event.refunded)
    if event.returned is not None:
        yield return_of(channel, event.intent, event.returned)
    if event.moved:
        yield AskChannel(intent=IntentId(event.intent), prompted=True)
    if event.answer is not None:
        yield command_of(channel, IntentId(event.intent), event.answer)


def _said(event: HookEvent) -> bytes:
    """What an event says, whatever it is wrapped in: by this a repeat is told from a contradiction. (Stripe counts its
    own deliveries inside of the event.)"""
    return repr(event).encode()


class Hooks:
    """The door for channels."""

    def __init__(self, handler: Handler, channels: Mapping[str, PaymentChannel]) -> None:
        self._handler = handler
        self._channels = channels

    async def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Verify, commit, acknowledge. 400 what is not genuine, 409 what contradicts an event we have, 503 what cannot
        be checked now; trouble of our own is raised, so that the channel tries again."""
        channel = self._channels.get(name)
        if channel is None:
            return 404, b"no such channel", _PLAIN
        try:
            await channel.prepare(headers)
            events = channel.verify(headers, body, self._handler.clock.now())
        except Unverified as reason:
            log.warning("hook.unverified", channel=name, reason=str(reason))
            return 400, b"not verified", _PLAIN
        except Outside as trouble:
            log.warning("hook.unprepared", channel=name, code=trouble.code)
            return 503, b"try again", _PLAIN
        for event in events:
            try:
                await self._take(name, event)
            except Conflict:
                log.error("hook.conflict", channel=name, event_id=event.id)
                return 409, b"a different event has this id", _PLAIN
            except TooSoon as reason:
                log.warning("hook.too_soon", channel=name, event_id=event.id, reason=str(reason))
                return 503, b"try again", _PLAIN
        return channel.acknowledge()

    async def _take(self, name: str, event: HookEvent) -> None:
        """Apply the first of an event's meanings that is not refused."""
        for command in _meanings(name, event):
            try:
                future = self._handler.submit(command, source=name, event_id=event.id, body=_said(event))
                handled = await asyncio.wrap_future(future)
            except Refusal as refusal:  # not about anything of ours
                log.warning("hook.unmatched", channel=name, event_id=event.id, reason=refusal.key)
                continue
            for kept in handled.decision.strays:
                log.error("hook.stray", channel=name, event_id=event.id, reason=kept.why.value)
            return
