"""Target 3: ``/collect`` for a thousand members and more, from the text to the commit."""

from __future__ import annotations

import statistics
import time
from functools import partial

import sqlalchemy as sa

from bot.domain.policy import Policy
from bot.ports import FakeClock, Person, Place, Said
from bot.service.flood import FloodGate
from bot.service.handle import Handler
from bot.service.intake import Defaults, Intake
from bot.store import Store, Work
from bot.store.tables import metadata
from tests.bench import baselines
from tests.bench.setting import START, Setting, line, opened

GROUP = Place("g", "Town")


def run(setting: Setting) -> None:
    print("3. /collect, from the text to the commit")
    thousand = _collect(setting.sqlite(), 1_000, times=15)
    engine = sa.create_engine(setting.sqlite())
    metadata.create_all(engine)
    orm = statistics.median(baselines.orm_collect(engine, n, 1_000) for n in range(1, 8))
    engine.dispose()
    line("SQLite, 1,000 members", f"{thousand * 1000:.1f} ms", "(target 25 ms)")
    line(
        "  SQLModel objects, 1,000 members (without reading or deciding)",
        f"{orm * 1000:.1f} ms",
        f"{orm / thousand:.1f}x (target 8x)",
    )
    postgres = _collect(setting.postgres(), 1_000, times=15)
    line("PostgreSQL, 1,000 members", f"{postgres * 1000:.1f} ms")
    if not setting.quick:
        large = _collect(setting.sqlite(), 100_000, times=3)
        line(
            "SQLite, 100,000 members",
            f"{large:.2f} s",
            f"{large / thousand / 100:.2f} per member of 1,000 (target: linear)",
        )


def _collect(url: str, members: int, *, times: int) -> float:
    with opened(url) as store:
        numbers = iter(range(10**9))
        policy = Policy(most_minor=10**12)
        clock = FakeClock(START)
        handler = Handler(store, clock, policy, lambda: f"{next(numbers):016d}")
        people = [Person(f"p{n}", f"Member {n}") for n in range(members)]
        store.run(lambda work: _settle(work, people))
        took = []
        for n in range(times + 1):
            intake = Intake(handler, Defaults(), FloodGate())
            said = Said(GROUP, people[0], text=f"/collect {members * 2} equal round {n}", message=str(n))
            start = time.perf_counter()
            store.run(partial(_take, intake, said))
            took.append(time.perf_counter() - start)
        assert _collections(store) == times + 1
        return statistics.median(took[1:])  # the first compiles the statements


def _take(intake: Intake, said: Said, work: Work) -> None:
    intake.take(work, "bench", said, admin=False, bot_names=frozenset())


def _settle(work: Work, people: list[Person]) -> None:
    chat = work.chat_of("bench", GROUP, now=START, locale="en", timezone="UTC", currency="CNY")
    for at in range(0, len(people), 10_000):
        work.see(chat.id, people[at : at + 10_000], "bench", START)


def _collections(store: Store) -> int:
    return len(store.read(lambda work: work.collections()).result())
