"""Works through the raw updates in the inbox: parse, ask who is an admin, take; each done in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from bot.commands import Enclosed, takes_a_file
from bot.ports import ChatPort, Inbound, Outside, RawUpdate, Said
from bot.service import lists
from bot.service.handle import Handler
from bot.service.intake import Intake, wants_admin
from bot.store import PendingUpdate, Work

log = structlog.get_logger(__name__)

BATCH: Final = 100
MOST_TRIES: Final = 5
POLL: Final = 5.0
URGENT: Final = ":urgent"
"""Behind a platform's name: the source of what may not wait behind messages. It has a worker of its own."""


class StoredInbox:
    """The ``Inbox`` port: commits what receivers got, and wakes the worker."""

    def __init__(self, handler: Handler, sources: Iterable[str]) -> None:
        self._handler = handler
        self.arrived = {source: asyncio.Event() for source in sources}

    async def put(self, source: str, updates: Sequence[RawUpdate]) -> None:
        now = self._handler.clock.now()
        lanes = {source: [u for u in updates if not u.urgent], source + URGENT: [u for u in updates if u.urgent]}

        def work(work: Work) -> None:
            for lane, some in lanes.items():
                work.put(lane, some, now)

        await asyncio.wrap_future(self._handler.store.submit(work))
        for lane, some in lanes.items():
            if some:
                self.arrived[lane].set()


class Updates:
    """The worker of one source: a chat platform, or what is urgent there. Order is kept per chat; a poison update is
    set aside, not retried for ever."""

    def __init__(
        self, handler: Handler, intake: Intake, port: ChatPort, arrived: asyncio.Event, *, source: str = ""
    ) -> None:
        self._store = handler.store
        self._intake = intake
        self._port = port
        self._arrived = arrived
        self._source = source or port.name

    async def run(self) -> None:
        """Work until cancelled; what was left by an earlier process comes first. Trouble of our own (the
        database away) is logged and tried again: the updates are safe in the inbox."""
        while True:
            self._arrived.clear()
            try:
                await self.drain()
            except Exception:
                log.exception("updates.trouble", platform=self._source)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._arrived.wait()

    async def drain(self) -> int:
        """Work through all that is pending; how many updates that were."""
        total = 0
        while rows := await self._pending():
            lanes: dict[str, list[tuple[PendingUpdate, Sequence[Inbound]]]] = {}
            for row in rows:
                events = await self._parse(row)
                if events is not None:
                    lanes.setdefault(events[0].place.id if events else "", []).append((row, events))
            await asyncio.gather(*(self._lane(lane) for lane in lanes.values()))
            total += len(rows)
        return total

    async def _pending(self) -> Sequence[PendingUpdate]:
        future = self._store.read(lambda work: work.take_updates(self._source, most=BATCH))
        return await asyncio.wrap_future(future)

    async def _parse(self, row: PendingUpdate) -> Sequence[Inbound] | None:
        try:
            return self._port.parse(row.body)
        except ValueError as error:
            await self._failed(row, error, most_tries=1)
            return None

    async def _lane(self, lane: Sequence[tuple[PendingUpdate, Sequence[Inbound]]]) -> None:
        for row, events in lane:
            try:
                await self._one(row, events)
            except Exception as error:  # noqa: BLE001 - whatever an update breaks, the others go on; it is logged and counted
                await self._failed(row, error, most_tries=MOST_TRIES)

    async def _one(self, row: PendingUpdate, events: Sequence[Inbound]) -> None:
        admins = [await self._is_admin(event) for event in events]
        files = [await self._enclosed(event) for event in events]
        names = self._port.bot_names

        def work(work: Work) -> None:
            if work.update_done(row.source, row.id):
                for event, admin, file in zip(events, admins, files, strict=True):
                    self._intake.take(work, self._port.name, event, admin=admin, bot_names=names, enclosed=file)

        await asyncio.wrap_future(self._store.submit(work))

    async def _is_admin(self, event: Inbound) -> bool:
        if event.sender is None or not wants_admin(event):
            return False
        try:
            return await self._port.is_admin(event.place.id, event.sender.id)
        except Outside as trouble:
            log.warning("admin.unknown", platform=self._port.name, code=trouble.code)
            return False

    async def _enclosed(self, event: Inbound) -> Enclosed | None:
        """The file that came with a command that takes one, read; what is wrong with it is told in its place."""
        if not isinstance(event, Said) or event.document is None:
            return None
        if not takes_a_file(event.text, self._port.bot_names):
            return None
        name = event.document.name
        try:
            data = await self._port.document(event.document.id, most=lists.MOST_BYTES)
            return Enclosed(name, await asyncio.to_thread(lists.cells, data))
        except lists.NotAList as error:
            return Enclosed(name, trouble=error.code)
        except Outside as trouble:
            log.warning("document.unknown", platform=self._port.name, code=trouble.code)
            return Enclosed(name, trouble="GONE")

    async def _failed(self, row: PendingUpdate, error: Exception, *, most_tries: int) -> None:
        what = f"{type(error).__name__}: {error}"[:200]
        future = self._store.submit(lambda work: work.update_failed(row.source, row.id, what, most_tries=most_tries))
        quarantined = await asyncio.wrap_future(future)
        log.error("update.failed", platform=row.source, update_id=row.id, quarantined=quarantined, exc_info=error)
