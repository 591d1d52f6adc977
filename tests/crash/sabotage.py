"""Bugs to plant: a rig that does not find them proves nothing. Each is a function that changes the product."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from bot.domain.decision import RefundRequest
from bot.domain.model import Charge, Refund, RefundId
from bot.ports import Inbound, RawUpdate, RefundAnswer
from bot.service.deliver import Deliver
from bot.service.refunds import RefundDesk
from bot.service.updates import StoredInbox, Updates
from bot.store import OutboxRow, PendingUpdate, Work
from bot.store.rows import INBOX, OUTBOX


def no_dedupe() -> None:
    """An update that comes again is worked through again."""
    keep = Work.put

    def put(work: Work, source: str, updates: Sequence[RawUpdate], now: datetime) -> None:
        keep(work, source, updates, now)
        for update in updates:
            mine = sa.update(INBOX).where(INBOX.c.source == source, INBOX.c.event_id == update.id)
            work.connection.execute(mine.values(state="pending", body=update.body))

    Work.put = put  # type: ignore[method-assign]


def done_later() -> None:
    """An update is marked as done in a transaction of its own, after that of its effects."""

    async def one(self: Any, row: PendingUpdate, events: Sequence[Inbound]) -> None:
        admins = [await self._is_admin(event) for event in events]

        def work(work: Work) -> None:
            for event, admin in zip(events, admins, strict=True):
                self._intake.take(work, self._port.name, event, admin=admin, bot_names=self._port.bot_names)

        await asyncio.wrap_future(self._store.submit(work))
        await asyncio.wrap_future(self._store.submit(lambda work: work.update_done(row.source, row.id)))

    Updates._one = one  # type: ignore[method-assign]


def ack_early() -> None:
    """The platform is told that an update is safe before it is."""

    async def put(self: Any, source: str, updates: Sequence[RawUpdate]) -> None:
        now = self._handler.clock.now()
        self._handler.store.submit(lambda work: work.put(source, updates, now))

    StoredInbox.put = put  # type: ignore[method-assign]


def again_and_again() -> None:
    """What may be said only once is tried again like everything else when its lease runs out."""
    forget = Work._expire

    def expire(work: Work, now: int) -> None:
        mine = sa.update(OUTBOX).where(OUTBOX.c.state == "sending", OUTBOX.c.leased_until < now, OUTBOX.c.once)
        work.connection.execute(mine.values(state="pending"))
        forget(work, now)

    Work._expire = expire  # type: ignore[method-assign]


def sent_before_sending() -> None:
    """A row is marked as sent, and then it is sent."""
    carry_out = Deliver._carry_out

    async def marked(self: Any, row: OutboxRow) -> None:
        if row.notice is not None and row.notice.medium.value in ("chat", "answer"):
            await self._do(lambda work: work.sent(row))
        await carry_out(self, row)

    Deliver._carry_out = marked  # type: ignore[method-assign]


def another_key() -> None:
    """A refund that is asked for again is asked for under another key."""
    keep = RefundDesk._answer

    async def answer(
        channel: Any, request: RefundRequest, attempts: int, refund: Refund, charge: Charge
    ) -> RefundAnswer:
        known = refund if attempts == 1 else replace(refund, id=RefundId(f"{refund.id}-{attempts}"))
        return await keep(channel, request, attempts, known, charge)

    RefundDesk._answer = staticmethod(answer)  # type: ignore[method-assign,assignment]


SABOTAGE: Final[dict[str, Callable[[], None]]] = {
    act.__name__: act for act in (no_dedupe, done_later, ack_early, again_and_again, sent_before_sending, another_key)
}
