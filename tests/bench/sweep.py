"""Target 1: due reminders claimed, advanced and put into the outbox."""

from __future__ import annotations

import asyncio
import time

import sqlalchemy as sa

from bot.app.running import spare_the_collector
from bot.domain.policy import Policy
from bot.ports import FakeClock
from bot.service.handle import Handler
from bot.service.sweep import Sweep
from bot.store import Store
from tests.bench import baselines
from tests.bench.setting import START, Setting, line, median, opened, settle_town


def run(setting: Setting) -> None:
    print("1. Reminders that have come due: claimed, advanced, in the outbox")
    few = 10_000
    many = 10_000 if setting.quick else 100_000
    ours_few = median(lambda: _sweep(setting.sqlite(), few, members=1000))
    groups = median(lambda: _sweep(setting.sqlite(), few, members=25))
    theirs = baselines.apscheduler(setting.sqlite(), few)
    orm = median(lambda: baselines.orm_sweep(setting.sqlite(), few))
    line(f"SQLite, {few:,} dues, 1,000 a collection", f"{ours_few:.3f} s")
    line(f"SQLite, {few:,} dues, 25 a collection", f"{groups:.3f} s")
    line(
        f"  APScheduler, a job per member (SQLite WAL), {few:,}",
        f"{theirs:.2f} s",
        f"{theirs / ours_few:.0f}x (target 60x)",
    )
    line(f"  SQLModel objects (SQLite), {few:,}", f"{orm:.2f} s", f"{orm / ours_few:.0f}x")
    queue = baselines.procrastinate(setting.postgres(), few)
    postgres_few = median(lambda: _sweep(setting.postgres(), few, members=1000))
    line(f"PostgreSQL, {few:,} dues", f"{postgres_few:.3f} s")
    line(f"  Procrastinate, one worker, {few:,}", f"{queue:.2f} s", _times(queue, postgres_few, 100))
    postgres_many = median(lambda: _sweep(setting.postgres(), many, members=1000))
    stored = baselines.apscheduler(setting.postgres(), many)
    line(f"PostgreSQL, {many:,} dues", f"{postgres_many:.3f} s")
    line(
        f"  APScheduler, a job per member (PostgreSQL), {many:,}",
        f"{stored:.1f} s",
        f"{stored / postgres_many:.0f}x (target 100x)",
    )
    if not setting.quick:
        million = _sweep(setting.postgres(), 1_000_000, members=1000)
        rate = (1_000_000 / million) / (many / postgres_many)
        line("PostgreSQL, 1,000,000 dues", f"{million:.2f} s", f"{rate:.2f} of the rate at 100,000 (target 0.7)")
    line("longest pause of the event loop during a sweep", f"{_pause(setting, many) * 1000:.0f} ms", "(target 50 ms)")


def _times(theirs: float, ours: float, target: int) -> str:
    return f"{theirs / ours:.0f}x (target {target}x)"


def _sweep(url: str, dues: int, *, members: int) -> float:
    with opened(url) as store:
        settle_town(store, collections=dues // members, members=members, due_at=START)
        start = time.perf_counter()
        _sweeper(store).run()
        elapsed = time.perf_counter() - start
        _check(store, dues, collections=dues // members)
        return elapsed


def _sweeper(store: Store) -> Sweep:
    numbers = iter(range(10**9))
    return Sweep(Handler(store, FakeClock(START), Policy(), lambda: f"{next(numbers):016d}"))


def _check(store: Store, dues: int, *, collections: int) -> None:
    """Each due was moved on once, and each collection got one round of reminders."""
    moved = "SELECT count(*) FROM due WHERE slot = 1 AND next_at > 0"
    said = 'SELECT count(*) FROM outbox WHERE payload LIKE \'%"key":"reminder"%\''
    with_counts = store.run(lambda work: [work.connection.execute(sa.text(q)).scalar_one() for q in (moved, said)])
    assert with_counts == [dues, collections], with_counts


def _pause(setting: Setting, dues: int) -> float:
    """The longest gap between two beats that should come every millisecond while a sweep runs in a thread."""
    with opened(setting.sqlite()) as store:
        settle_town(store, collections=dues // 1000, members=1000, due_at=START)
        sweep = _sweeper(store)

        async def both() -> float:
            longest, last = 0.0, time.perf_counter()
            running = asyncio.ensure_future(asyncio.to_thread(sweep.run))
            while not running.done():
                await asyncio.sleep(0.001)
                now = time.perf_counter()
                longest, last = max(longest, now - last), now
            await running
            return longest

        spare_the_collector()  # as the product does when it starts
        return asyncio.run(both())
