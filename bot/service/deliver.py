"""The only sender: outbox → render → adapter.

Rows are leased. What happens to a row after trouble depends on which trouble (``ports.Outside``) and on whether the
notice may be said twice: reminders, SMS and calls are at most once, everything else at least once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.domain import press
from bot.domain.command import ChatLost, Command
from bot.domain.decision import Decision
from bot.domain.model import ChatId, CollectionId
from bot.domain.notice import Medium, Notice
from bot.ports import (
    ChatGone,
    ChatPort,
    Declined,
    MessageGone,
    Moved,
    Notifier,
    Outside,
    Rendered,
    Unavailable,
    Unknown,
    Unreachable,
)
from bot.service.channels import ChannelDesk
from bot.service.envelope import Envelope, Envelopes
from bot.service.handle import Handler
from bot.service.pace import Pace
from bot.store import OutboxRow, Work, faults

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=60)
BATCH: Final = 64
SPARE: Final = 32
"""Places beyond the batch that only answers may take: a press waits seconds, a message its turn."""
POLL: Final = 1.0
CARD_EVERY: Final = timedelta(seconds=3)
"""At most one edit of a card in this time (Telegram counts edits like messages)."""
PROGRESS_EVERY: Final = timedelta(seconds=15)
"""How often the card tells how far a large round of reminders is."""
MOST_TRIES: Final = 12
BACKOFF: Final = (1, 2, 5, 15, 60, 300, 900)
"""Seconds before another try, by tries made; the last one repeats."""


def backoff(tries: int) -> timedelta:
    return timedelta(seconds=BACKOFF[min(tries, len(BACKOFF)) - 1])


@dataclass(slots=True)
class Tallies:
    """What was sent and what failed, by medium, since the start (for ``/metrics``)."""

    sent: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def count(into: dict[str, int], medium: str) -> None:
        into[medium] = into.get(medium, 0) + 1


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said where, and the platform's or provider's id of it."""

    reference: str
    to: str
    rendered: Rendered
    fixed: bool = False
    """It cannot be changed any more."""


class Deliver:
    """Claims outbox rows and carries them out, each lane in order, lanes side by side."""

    def __init__(
        self,
        handler: Handler,
        envelopes: Envelopes,
        chats: Mapping[str, ChatPort],
        notifiers: Mapping[str, Notifier],
        channels: ChannelDesk,
        *,
        card_every: timedelta = CARD_EVERY,
    ) -> None:
        self._handler = handler
        self._store = handler.store
        self._envelopes = envelopes
        self._chats = chats
        self._notifiers = notifiers
        self._channels = channels
        self._card_every = card_every
        self._paces = {name: Pace(port.traits.per_second, port.traits.per_minute) for name, port in chats.items()}
        self._shown: dict[CollectionId, datetime] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.wake = asyncio.Event()
        self.tallies = Tallies()

    async def run(self) -> None:
        """Deliver until cancelled: at once when ``wake`` is set, and every second for what was put off."""
        while True:
            self.wake.clear()
            if not await self._start():
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self.wake.wait()

    async def drain(self) -> int:
        """Carry out all that can be carried out now, and wait for it; how many rows that were."""
        total = 0
        while started := await self._start() or len(self._running):
            total += started
            await self._settle()
        return total

    async def stop(self) -> None:
        """Let what is being sent finish; nothing new is claimed."""
        if self._running:
            await asyncio.wait(self._running)

    async def _settle(self) -> None:
        if self._running:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _start(self) -> int:
        crowded = len(self._running) >= BATCH
        free = BATCH + (SPARE if crowded else 0) - len(self._running)
        if free <= 0:
            return 0
        now = self._handler.clock.now()
        claimed = self._store.submit(lambda work: work.claim(now, lease=LEASE, most=free, answers_only=crowded))
        rows = await asyncio.wrap_future(claimed)
        for row in rows:
            task = asyncio.create_task(self._carry_out(row))
            self._running.add(task)
            task.add_done_callback(self._finished)
        return len(rows)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.wake.set()

    # -- one row ------------------------------------------------------------------------------------------

    async def _carry_out(self, row: OutboxRow) -> None:
        medium = row.notice.medium.value if row.notice else "channel"
        try:
            if row.request is not None:
                await self._channels.ask(row)
            else:
                await self._send(row)
        except Outside as trouble:
            Tallies.count(self.tallies.failed, medium)
            await self._trouble(row, trouble)
        except Exception:
            Tallies.count(self.tallies.failed, medium)
            log.exception("deliver.bug", row=row.id, medium=medium, key=row.notice.key if row.notice else "")
            await self._again(row, "bug", backoff(row.attempts))
        else:
            Tallies.count(self.tallies.sent, medium)

    async def _send(self, row: OutboxRow) -> None:
        assert row.notice is not None
        envelope = await self._envelopes.address(row.notice, row.id)
        if envelope is None:
            await self._do(lambda work: work.skip(row, "nobody to tell any more"))
            return
        later = self._hold(row, envelope)
        if later is not None:
            await self._do(lambda work: work.postpone(row, later, "", counted=False))
            return
        faults.point("before-send")
        if row.notice.medium.value == "card":
            await self._card(row, envelope)
            return
        said = await self._hand_over(envelope)
        faults.point("after-send")

        def record(work: Work) -> None:
            work.sent(row, reference=said.reference)
            self._offer(work, envelope.platform, said.to, said.rendered)
            self._question(work, row, envelope.platform, said)
            self._show(work, row)

        await self._do(record)

    def pace(self, platform: str, pace: Pace) -> None:
        """Write to ``platform`` no faster than that."""
        self._paces[platform] = pace

    def _hold(self, row: OutboxRow, envelope: Envelope) -> datetime | None:
        """Until when a reminder waits, so that the platform is not written to faster than it allows; None to send."""
        assert row.notice is not None
        medium, now, pace = row.notice.medium.value, self._handler.clock.now(), self._paces.get(envelope.platform)
        if pace is None or medium not in ("chat", "private", "card", "edit"):
            return None
        group = "" if medium == "private" else envelope.to
        if not row.once:
            pace.count(group, now)
            return None
        at = pace.book(row.id, group, now)
        return at if at > now else None

    def _show(self, work: Work, row: OutboxRow) -> None:
        """Bring the card up to date while a large round is going out, and when it is over."""
        notice, now = row.notice, self._handler.clock.now()
        if notice is None or not notice.spread or notice.collection is None:
            return
        shown = self._shown.get(notice.collection)
        over = work.round(notice.collection) is None
        if over or shown is None or now - shown >= PROGRESS_EVERY:
            self._shown = {} if over else {**self._shown, notice.collection: now}
            card = Notice("card", Medium.CARD, chat=notice.chat, collection=notice.collection)
            work.save([Decision(notices=(card,))], now=now)

    def _offer(self, work: Work, platform: str, to: str, said: Rendered) -> None:
        """Where there are no buttons, remember what the numbers under the message mean."""
        port = self._chats.get(platform)
        if port is not None and not port.traits.buttons and said.buttons:
            choices = [button.data for row in said.buttons for button in row]
            work.offer(platform, to, choices, self._handler.clock.now())

    def _question(self, work: Work, row: OutboxRow, platform: str, said: _Said) -> None:
        """Where messages can be changed, remember which one puts a question: its buttons go when it is answered."""
        port = self._chats.get(platform)
        if port is None or not port.traits.edits or said.fixed or not said.reference:
            return
        if asked := press.proposals(button.data for line in said.rendered.buttons for button in line):
            work.keep_question(asked, row.id, said.to)

    async def _hand_over(self, envelope: Envelope) -> _Said:
        notice, port = envelope.notice, self._chats.get(envelope.platform)
        if notice.medium.value in ("sms", "service_notice", "call"):
            return _Said(await self._errand(envelope), envelope.to, envelope.rendered)
        if port is None:
            raise Declined("platform not configured")
        if notice.medium.value == "answer":
            await port.answer(notice.press, envelope.rendered)
            return _Said("", envelope.to, envelope.rendered)
        if notice.amends is not None:
            with suppress(MessageGone):
                await port.edit(envelope.to, notice.amends.message, envelope.rendered)
            return _Said(notice.amends.message, envelope.to, envelope.rendered)
        if notice.medium.value == "chat":
            reference = await port.post(envelope.to, envelope.rendered, reply_to=notice.reply_to)
            return _Said(reference, envelope.to, envelope.rendered)
        return await self._private(port, envelope)

    async def _errand(self, envelope: Envelope) -> str:
        notifier = self._notifiers.get(envelope.notice.medium.value)
        if notifier is None or envelope.contactee is None or envelope.errand is None:
            raise Declined("no notifier configured")
        return await notifier.notify(envelope.contactee, envelope.errand)

    async def _private(self, port: ChatPort, envelope: Envelope) -> _Said:
        """Write to the member; where that is not possible, say in the chat what may be said there."""
        notice = envelope.notice
        assert notice.member is not None
        member = notice.member
        try:
            return _Said(await port.write(envelope.to, envelope.rendered), envelope.to, envelope.rendered)
        except Unreachable:
            await self._do(lambda work: work.reached(member, can=False))
            if envelope.fallback is None:
                raise
            instead = envelope.fallback
            if notice.confidential and notice.reply_to and port.traits.whispers:
                whispered = await self._whisper(port, instead.to, envelope)
                if whispered is not None:
                    return whispered
            reference = await port.post(instead.to, instead.rendered, reply_to=notice.reply_to)
            return _Said(reference, instead.to, instead.rendered)

    async def _whisper(self, port: ChatPort, group: str, envelope: Envelope) -> _Said | None:
        """Show it in the group to whoever has just asked there; None where that does not work."""
        reply_to = envelope.notice.reply_to
        try:
            shown = await port.whisper(group, envelope.to, envelope.rendered, reply_to=reply_to)
        except Declined as trouble:
            log.info("deliver.no_whisper", code=trouble.code)
            return None
        return _Said(shown, envelope.to, envelope.rendered, fixed=True)

    async def _card(self, row: OutboxRow, envelope: Envelope) -> None:
        """One living message: posted once, then edited, at most once in three seconds."""
        collection, port = envelope.collection, self._chats.get(envelope.platform)
        if port is None or collection is None:
            raise Declined("platform not configured")
        now, card = self._handler.clock.now(), envelope.card
        if card is not None and card.edited_at is not None and now - card.edited_at < self._card_every:
            soon = card.edited_at + self._card_every
            await self._do(lambda work: work.postpone(row, soon, "", counted=False))
            return
        message = card.message_id if card else ""
        if message and not port.traits.edits:
            await self._do(lambda work: work.skip(row, "a card here is not changed, and not said again"))
            return
        try:
            if message:
                await port.edit(envelope.to, message, envelope.rendered)
            else:
                message = await port.post(envelope.to, envelope.rendered)
        except MessageGone:
            message = await port.post(envelope.to, envelope.rendered)
        faults.point("after-send")

        def record(work: Work) -> None:
            work.set_card(collection, message, now)
            work.sent(row, reference=message)
            self._offer(work, envelope.platform, envelope.to, envelope.rendered)

        await self._do(record)

    # -- trouble ------------------------------------------------------------------------------------------

    async def _trouble(self, row: OutboxRow, trouble: Outside) -> None:
        log.warning("deliver.trouble", row=row.id, kind=type(trouble).__name__, code=trouble.code, tries=row.attempts)
        if isinstance(trouble, Moved):
            await self._moved(row, trouble)
        elif isinstance(trouble, Unavailable) and trouble.retry_after:
            until = self._handler.clock.now() + timedelta(seconds=trouble.retry_after)
            await self._do(lambda work: work.postpone(row, until, trouble.code, counted=False))
        elif isinstance(trouble, Unavailable):
            await self._again(row, trouble.code, backoff(row.attempts))
        elif isinstance(trouble, Unreachable):
            await self._do(lambda work: work.skip(row, "unreachable"))
        elif isinstance(trouble, Unknown):
            if row.once:
                await self._do(lambda work: work.unknown(row, trouble.code))
            else:
                await self._again(row, trouble.code, backoff(row.attempts))
        else:
            await self._do(lambda work: work.dead(row, f"{type(trouble).__name__} {trouble.code}"))
            if isinstance(trouble, ChatGone) and row.notice is not None and row.notice.chat is not None:
                await self._command(ChatLost(chat=row.notice.chat))

    async def _again(self, row: OutboxRow, code: str, wait: timedelta) -> None:
        until = self._handler.clock.now() + wait
        if row.attempts >= MOST_TRIES:
            await self._do(lambda work: work.dead(row, f"gave up: {code}"))
        else:
            await self._do(lambda work: work.postpone(row, until, code))

    async def _moved(self, row: OutboxRow, trouble: Moved) -> None:
        chat = row.notice.chat if row.notice else None
        now = self._handler.clock.now()

        def work(work: Work) -> None:
            place = work.place(chat or ChatId(0))
            if place is not None:
                work.move_chat(place[0].platform, place[1], trouble.to)
            work.postpone(row, now, trouble.code, counted=False)

        await self._do(work)

    async def _command(self, command: Command) -> None:
        await asyncio.wrap_future(self._handler.submit(command))

    async def _do(self, work: Callable[[Work], object]) -> None:
        await asyncio.wrap_future(self._store.submit(work))
