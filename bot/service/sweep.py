"""What the clock owes: due reminders and rungs, attempts to ask about; decided in sets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.command import Lapse
from bot.domain.decide import decide
from bot.service.handle import Handler
from bot.store import Work

MOST_ROWS: Final = 5_000
"""Due rows per transaction: bounds the time the writer is held."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one pass did: collections ticked, attempts and refunds asked about, gatherings whose time was over."""

    ticks: int
    asks: int
    lapses: int = 0


class Sweep:
    """Runs through everything that has come due. Safe to run at any time and by several workers at once."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._store = handler.store

    def run(self) -> Swept:
        """Deal with all that is due now, in bounded transactions."""
        ticks = asks = lapses = 0
        while done := self._store.run(self._lapses):
            lapses += done
        while done := self._store.run(self._ticks):
            ticks += done
        while done := self._store.run(self._asks):
            asks += done
        while done := self._store.run(self._refund_asks):
            asks += done
        while self._store.run(self._payees):
            pass
        return Swept(ticks, asks, lapses)

    def next_instant(self, after: datetime | None = None) -> datetime | None:
        """When something comes due next, as the database knows it; later than ``after`` when that is given."""
        return self._store.read(lambda work: work.next_instant(after)).result()

    def _ticks(self, work: Work) -> int:
        context = self._handler.context()
        slices = work.ticks(context.now, context.policy, most=MOST_ROWS)
        fresh = self._handler.fresh
        decided = [decide(state, command, replace(context, fresh=(fresh(),))) for command, state in slices]
        work.save(decided, now=context.now)
        return len(slices)

    def _lapses(self, work: Work) -> int:
        lapsed = work.lapsed(self._handler.clock.now(), most=100)
        for collection in lapsed:
            self._handler.apply(work, Lapse(collection=collection))
        return len(lapsed)

    def _asks(self, work: Work) -> int:
        asks = work.channel_asks(self._handler.clock.now(), most=100)
        for command in asks:
            self._handler.apply(work, command)
        return len(asks)

    def _payees(self, work: Work) -> int:
        switches = work.payee_switches(self._handler.clock.now(), most=100)
        for command in switches:
            self._handler.apply(work, command)
        return len(switches)

    def _refund_asks(self, work: Work) -> int:
        asks = work.refund_asks(self._handler.clock.now(), most=100)
        for command in asks:
            self._handler.apply(work, command)
        return len(asks)
