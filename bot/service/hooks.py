"""Verified webhooks of payment channels → commands. The acknowledgement comes after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from bot.domain.command import AskChannel, ChannelAnswered, Command, RecordCharge
from bot.domain.errors import Refusal
from bot.domain.model import IntentId, RefundId
from bot.ports import ChannelAnswer, HookEvent, Outside, PaymentChannel, Unverified
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


def _meaning(channel: str, event: HookEvent) -> Command | None:
    """The command that a webhook's event makes; None when it says nothing."""
    if event.refunded is not None:
        return refund_answered(RefundId(event.refund), event.refunded)
    if event.moved:
        return AskChannel(intent=IntentId(event.intent), prompted=True)
    return None if event.answer is None else command_of(channel, IntentId(event.intent), event.answer)


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
            command = _meaning(name, event)
            if command is None:
                continue
            try:
                future = self._handler.submit(command, source=name, event_id=event.id, body=_said(event))
                handled = await asyncio.wrap_future(future)
            except Conflict:
                log.error("hook.conflict", channel=name, event_id=event.id)
                return 409, b"a different event has this id", _PLAIN
            except Refusal as refusal:  # a refund that was made elsewhere: there is nothing to change here, ever
                log.error("hook.unmatched", channel=name, event_id=event.id, reason=refusal.key)
                continue
            for kept in handled.decision.strays:
                log.error("hook.stray", channel=name, event_id=event.id, reason=kept.why.value)
        return channel.acknowledge()
