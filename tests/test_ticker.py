"""The ticker: what it asks of the scheduler, and that sweeps never run beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import ticker as module
from bot.ports import FakeClock
from bot.ticker import SAFETY, SOONEST, Ticker

WALL = datetime(2026, 3, 2, 12, tzinfo=UTC)
PRODUCT = WALL + timedelta(days=30)
"""The demo's clock may be far ahead of the scheduler's."""


@dataclass
class Scheduler:
    """Notes what is asked of it instead of doing it."""

    running: bool = False
    paused: bool = False
    jobs: list[tuple[Callable[[], Any], str, dict[str, Any]]] = field(default_factory=list)

    def add_job(self, job: Callable[[], Any], trigger: str, **options: Any) -> None:
        self.jobs.append((job, trigger, options))

    def start(self) -> None:
        self.running = True

    def pause(self) -> None:
        self.paused = True

    def shutdown(self, *, wait: bool) -> None:
        self.running = False

    def ran_at(self) -> list[datetime]:
        return [options["run_date"] for _, trigger, options in self.jobs if trigger == "date"]


class House:
    """A ticker on a scheduler that only takes notes, and a list of what is due."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.due: datetime | None = None
        self.sweeps, self.at_once, self.most_at_once = 0, 0, 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.ticker = Ticker(self.sweep, self.next_instant, FakeClock(PRODUCT), FakeClock(WALL))

    async def sweep(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.go_on.wait()
        self.sweeps += 1
        self.at_once -= 1

    async def next_instant(self) -> datetime | None:
        return self.due

    async def run(self, index: int = -1) -> None:
        """Do what the scheduler would do with a job."""
        await self.scheduler.jobs[index][0]()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    scheduler = Scheduler()
    monkeypatch.setattr(module, "AsyncIOScheduler", lambda timezone: scheduler)
    house = House(scheduler)
    house.ticker.start()
    return house


async def test_it_sweeps_at_once_and_on_a_safety_interval(house: House) -> None:
    ((_, trigger, options),) = house.scheduler.jobs
    assert (trigger, options["seconds"], options["next_run_time"]) == ("interval", SAFETY.total_seconds(), WALL)
    assert options["misfire_grace_time"] is None
    await house.run()
    assert house.sweeps == 1


async def test_it_wakes_at_the_next_instant_by_the_schedulers_clock(house: House) -> None:
    house.due = PRODUCT + timedelta(seconds=7)
    await house.run()
    assert house.scheduler.ran_at() == [WALL + timedelta(seconds=7)]
    assert house.scheduler.jobs[-1][2]["id"] == "due"
    assert house.scheduler.jobs[-1][2]["replace_existing"]


async def test_what_is_overdue_comes_soon_but_never_in_a_loop_without_pause(house: House) -> None:
    house.due = PRODUCT - timedelta(days=10)
    await house.run()
    assert house.scheduler.ran_at() == [WALL + SOONEST]


@pytest.mark.parametrize("due", [None, PRODUCT + SAFETY, PRODUCT + timedelta(days=3)])
async def test_what_is_far_off_is_left_to_the_safety_interval(house: House, due: datetime | None) -> None:
    house.due = due
    await house.run()
    assert house.scheduler.ran_at() == []


async def test_a_burst_of_changes_is_one_look_at_what_is_due(house: House) -> None:
    for _ in range(100):
        house.ticker.replan()
    assert house.scheduler.ran_at() == [WALL + SOONEST]
    await house.run()
    house.ticker.replan()
    assert len(house.scheduler.ran_at()) == 2


async def test_sweeps_asked_for_meanwhile_are_one_more_and_never_beside_the_first(house: House) -> None:
    house.go_on.clear()
    first = asyncio.create_task(house.run(0))
    await asyncio.sleep(0)
    for _ in range(5):
        await house.run(0)
    assert house.sweeps == 0
    house.go_on.set()
    await first
    assert (house.sweeps, house.most_at_once) == (2, 1)


async def test_after_a_sweep_that_failed_the_next_one_runs(house: House) -> None:
    async def fails() -> None:
        raise OSError("the database is away")

    working, house.ticker._sweep = house.ticker._sweep, fails
    with pytest.raises(OSError, match="away"):
        await house.run(0)
    house.ticker._sweep = working
    await house.run(0)
    assert house.sweeps == 1


async def test_after_the_stop_nothing_is_planned(house: House) -> None:
    await house.ticker.stop()
    house.ticker.replan()
    await house.ticker.stop()
    assert house.scheduler.ran_at() == []


async def test_the_stop_lets_a_running_sweep_finish(house: House) -> None:
    house.go_on.clear()
    sweeping = asyncio.create_task(house.run(0))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(house.ticker.stop())
    await asyncio.sleep(0)
    assert (house.scheduler.paused, house.scheduler.running, stopping.done()) == (True, True, False)
    house.go_on.set()
    await stopping
    assert (house.sweeps, sweeping.done(), house.scheduler.running) == (1, True, False)
