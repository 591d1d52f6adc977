"""The clock: the only importer of APScheduler.

The database is the list of what is due; the scheduler only wakes the sweep, at the next due instant and on a safety
interval. Its jobs live in memory: losing them loses nothing. ``misfire_grace_time=None`` because the default of one
second drops a tick that comes late (seen: no job fired when a pass took over a second).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.ports import Clock

SAFETY: Final = timedelta(seconds=30)
SOONEST: Final = timedelta(milliseconds=50)
"""Two plans closer than this are one: a burst of commits does not become a burst of sweeps."""
_JOB: Final[dict[str, Any]] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 8}


class Ticker:
    """Calls ``sweep`` when something is due, and each of ``chores`` soon after the start and then as often as it says.

    ``clock`` is the product's time, ``wall`` the scheduler's.
    """

    def __init__(
        self,
        sweep: Callable[[], Awaitable[object]],
        next_instant: Callable[[], Awaitable[datetime | None]],
        clock: Clock,
        wall: Clock,
        chores: Sequence[tuple[timedelta, Callable[[], Awaitable[object]]]] = (),
    ) -> None:
        self._sweep, self._next_instant = sweep, next_instant
        self._clock, self._wall = clock, wall
        self._chores = chores
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._running: set[asyncio.Task[Any]] = set()
        self._planning = self._sweeping = self._asked_again = False

    def start(self) -> None:
        now = self._wall.now()
        self._job(self._tick, "interval", seconds=SAFETY.total_seconds(), next_run_time=now)
        for every, chore in self._chores:
            self._job(chore, "interval", seconds=every.total_seconds(), next_run_time=now + SAFETY)
        self._scheduler.start()

    async def stop(self) -> None:
        """Start nothing more, and let what runs finish: the scheduler by itself would cut it off."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    def _job(self, work: Callable[[], Awaitable[object]], *trigger: str, **when: Any) -> None:
        """Have ``work`` done when the trigger says so; ``stop`` waits for it."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                await work()
            finally:
                self._running.discard(task)

        self._scheduler.add_job(run, *trigger, **when, **_JOB)

    def replan(self) -> None:
        """Something changed: look soon at when the next thing is due."""
        if not self._planning and self._scheduler.running:
            self._planning = True
            self._job(self._plan, "date", run_date=self._wall.now() + SOONEST)

    async def _plan(self) -> None:
        self._planning = False
        at = await self._next_instant()
        if at is None:
            return
        wait = max(SOONEST, at - self._clock.now())  # never in a loop without pause
        if wait < SAFETY:
            self._job(self._tick, "date", run_date=self._wall.now() + wait, id="due", replace_existing=True)

    async def _tick(self) -> None:
        """Sweep; what is asked for meanwhile is one more sweep, not a second one beside it."""
        self._asked_again = True
        if self._sweeping:
            return
        self._sweeping = True
        try:
            while self._asked_again:
                self._asked_again = False
                await self._sweep()
        finally:
            self._sweeping = False
        await self._plan()
