"""Statements of channels, read when they are ready: so the books stay true when every webhook was lost.

Each line goes the way of a webhook; it is applied once, however often its day is read. What nobody can decide by
itself changes nothing, and is told.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog

from bot.domain.command import Command, StatementFailed, StatementRead
from bot.domain.errors import Refusal, TooSoon
from bot.domain.model import DIFFERENCES, Charge, Difference, Match, Refund
from bot.domain.money import Money
from bot.ports import Outside, PaymentChannel, Settling, StatementLine, Unknown
from bot.service.handle import Handled, Handler
from bot.service.reconciling import matched
from bot.store import Conflict, Work

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(minutes=10)
MOST_DAYS: Final = 14
"""How far back days are read that nobody has read."""
AT_ONCE: Final = 200
"""Lines that are looked up and applied together."""
EDGE: Final = timedelta(hours=2)
"""Money so near to the end of a day may stand in the statement of the next one."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one day: lines by what they are to the books, and what does not agree with them."""

    channel: str
    day: date
    counts: Mapping[Match, int]
    differences: tuple[Difference, ...]


class Statements:
    """Reads them. Safe to run at any time, and by several workers at once."""

    def __init__(self, handler: Handler, channels: Mapping[str, PaymentChannel]) -> None:
        self._handler, self._store = handler, handler.store
        self._channels = channels
        self._first: dict[str, date] = {}
        self._turn = asyncio.Lock()

    async def run(self) -> int:
        """Read all that can be read now; how many days that was. Only days since a channel was used first."""
        read = 0
        async with self._turn:
            for name in self._names():
                try:
                    read += await self._catch_up(name)
                except Exception:
                    log.exception("statement.failed", channel=name)  # the others shall not stay unread for it
        return read

    async def _catch_up(self, name: str) -> int:
        """The same of one channel."""
        read = 0
        for day in await asyncio.wrap_future(self._store.read(lambda work: self._due(work, name))):
            try:
                await self.read(name, day)
                read += 1
            except Outside as trouble:
                await self._failed(name, day, trouble)
            except Exception:  # one day shall not keep the others unread; the operators hear of it in the end
                log.exception("statement.bug", channel=name, day=day.isoformat())
                await self._failed(name, day, Unknown("bug"))
        return read

    def next_instant(self, after: datetime) -> datetime | None:
        """When one can be read next, later than ``after``."""
        return self._store.read(lambda work: min(self._instants(work, after), default=None)).result()

    def settling(self, name: str) -> Settling | None:
        """The days of a channel's statement; None: it is not configured, or gives none."""
        return self._channels[name].traits.settling if name in self._channels else None

    async def read(self, name: str, day: date) -> Reading:
        """Read one day, apply its lines, tell what does not agree. ``Outside`` when the channel does not give it."""
        stated = await self._channels[name].statement(day)
        lines = await asyncio.wrap_future(self._store.read(lambda work: _without_called_off(work, stated)))
        counts: Counter[Match] = Counter({Match.KNOWN: len(stated) - len(lines)})
        ours: list[tuple[str, str]] = []
        taken: set[Refund] = set()
        found: list[Difference] = []
        for chunk in _chunks(lines):
            for line, what in zip(chunk, await self._apply(name, chunk, taken), strict=True):
                counts[what] += 1
                if what is not Match.FOREIGN and (what is not Match.REFUSED or line.kind == "charge"):
                    ours.append((line.kind, line.reference))
                if what in DIFFERENCES:
                    found.append(Difference(what, line.reference, line.amount, line.at))
        ours += (("refund", refund.reference) for refund in taken if refund.reference)
        missing = await asyncio.wrap_future(self._store.read(lambda work: self._missing(work, name, day, lines)))
        counts[Match.MISSING] += len(missing)
        found += (Difference(Match.MISSING, c.at_channel, Money(c.amount, c.currency), c.at) for c in missing)
        reading = Reading(name, day, +counts, tuple(found))
        await self._note(reading, tuple(ours))
        return reading

    # -- which days -------------------------------------------------------------------------------------------

    def _days(self, work: Work, name: str, now: datetime) -> tuple[date, date] | None:
        """The first and the last day that can be read; None: none yet."""
        first, newest = self._first_day(work, name), self._settling(name).newest(now)
        return None if first is None else (max(first, newest - (MOST_DAYS - 1) * _DAY), newest)

    def _first_day(self, work: Work, name: str) -> date | None:
        """On which the channel was used first; it is looked up until it was."""
        if name not in self._first and (used := work.first_used(name)) is not None:
            self._first[name] = self._settling(name).day_of(used)
        return self._first.get(name)

    def _due(self, work: Work, name: str) -> list[date]:
        """The days that are to be read now, in order."""
        now = self._handler.clock.now()
        days = self._days(work, name, now)
        if days is None:
            return []
        known = work.statements(name, *days)
        all_days = [days[0] + n * _DAY for n in range((days[1] - days[0]).days + 1)]
        return [day for day in all_days if day not in known or ((at := known[day].next_at) is not None and at <= now)]

    def _instants(self, work: Work, after: datetime) -> Iterator[datetime]:
        for name in self._names():
            days = self._days(work, name, after)
            if days is None:
                continue
            yield self._settling(name).ready_at(max(days[0], days[1] + _DAY))
            yield from (s.next_at for s in work.statements(name, *days).values() if s.next_at and s.next_at > after)

    def _names(self) -> list[str]:
        """Of the channels that give statements."""
        return [name for name in self._channels if self.settling(name) is not None]

    def _settling(self, name: str) -> Settling:
        settling = self.settling(name)
        assert settling is not None
        return settling

    # -- one day ----------------------------------------------------------------------------------------------

    async def _apply(self, name: str, lines: Sequence[StatementLine], taken: set[Refund]) -> list[Match]:
        """Look the lines up, and apply what they tell; what each was to the books before."""
        known = await asyncio.wrap_future(self._store.read(lambda work: work.on_record(name, lines)))
        taken |= {refund for record in known for refund in record.refunds}
        found = [matched(name, line, record, taken) for line, record in zip(lines, known, strict=True)]
        asked = [
            None if command is None else self._submit(name, command, _event(line))
            for line, (_, command) in zip(lines, found, strict=True)
        ]
        return [
            what if future is None or await self._done(name, line, future) else Match.REFUSED
            for line, (what, _), future in zip(lines, found, asked, strict=True)
        ]

    def _submit(self, name: str, command: Command, event: str) -> Future[Handled]:
        kind = type(command).__name__.lower()
        return self._handler.submit(
            command, source=name, event_id=f"statement:{kind}:{event}", body=repr(command).encode()
        )

    async def _done(self, name: str, line: StatementLine, future: Future[Handled]) -> bool:
        try:
            handled = await asyncio.wrap_future(future)
        except (Conflict, Refusal, TooSoon) as trouble:
            reason = trouble.key if isinstance(trouble, Refusal) else type(trouble).__name__.lower()
            log.error("statement.refused", channel=name, kind=line.kind, reference=line.reference, reason=reason)
            return False
        for kept in handled.decision.strays:
            log.error("statement.stray", channel=name, reference=line.reference, reason=kept.why.value)
        return True

    def _missing(self, work: Work, name: str, day: date, lines: Iterable[StatementLine]) -> list[Charge]:
        """What the books have and neither this statement nor one before it has. The end of a day is judged with the
        next one; so is its beginning where the day before was not read."""
        settling = self._settling(name)
        before = work.statement(name, day - _DAY)
        whole = self._first_day(work, name) == day or (before is not None and before.read_at is not None)
        since = settling.start(day) - EDGE if whole else settling.start(day) + EDGE
        stated = {line.reference for line in lines if line.kind == "charge"}
        booked = work.unstated(name, since, settling.start(day + _DAY) - EDGE)
        return [charge for charge in booked if charge.at_channel not in stated]

    # -- its end ----------------------------------------------------------------------------------------------

    async def _note(self, reading: Reading, ours: tuple[tuple[str, str], ...]) -> None:
        """That it was read. Read again it is noted only if something else does not agree."""
        day, counts = reading.day.isoformat(), {what.value: n for what, n in reading.counts.items()}
        for one in reading.differences:
            log.error("statement.difference", channel=reading.channel, day=day, what=one.what, reference=one.reference)
        log.info("statement.read", channel=reading.channel, day=day, **counts)
        digest = sha256(repr(sorted((d.what.value, d.reference) for d in reading.differences)).encode()).hexdigest()
        command = StatementRead(
            channel=reading.channel, day=reading.day, counts=counts, ours=ours, differences=reading.differences
        )
        event = f"statement:{day}:{digest[:16]}"
        await asyncio.wrap_future(self._handler.submit(command, source=reading.channel, event_id=event))

    async def _failed(self, name: str, day: date, trouble: Outside) -> None:
        log.warning("statement.not_read", channel=name, day=day.isoformat(), code=trouble.code)
        wait = timedelta(seconds=trouble.retry_after)
        cause = trouble.code or type(trouble).__name__.lower()
        command = StatementFailed(channel=name, day=day, cause=cause, wait=wait)
        await asyncio.wrap_future(self._handler.submit(command))


def _without_called_off(work: Work, lines: Sequence[StatementLine]) -> Sequence[StatementLine]:
    """Money that came for an attempt that had been called off, and went back whole the same day: the channel gave it
    back by itself, and it never was here."""
    back = {(line.charge, line.amount) for line in lines if line.kind == "refund" and line.charge}
    came = {x.reference: x.intent for x in lines if x.kind == "charge" and (x.reference, x.amount) in back}
    called_off = work.called_off(came.values()) if came else set()
    never = {reference for reference, intent in came.items() if intent in called_off}
    return [line for line in lines if (line.charge or line.reference) not in never]


def _event(line: StatementLine) -> str:
    """What goes back and comes again has one reference."""
    return f"{line.kind}:{line.reference}:undone" if line.undone else f"{line.kind}:{line.reference}"


def _chunks(lines: Sequence[StatementLine]) -> Iterator[Sequence[StatementLine]]:
    """What came before what went back."""
    for came in (True, False):
        these = [line for line in lines if (line.kind == "charge") is came]
        for at in range(0, len(these), AT_ONCE):
            yield these[at : at + AT_ONCE]
