"""Target 2: what it costs to look when nothing is due."""

from __future__ import annotations

import resource
import time
from datetime import timedelta

from bot.domain.policy import Policy
from bot.store import Store
from tests.bench.setting import START, Setting, line, opened, percentile, settle_town

LOOKS = 2_000


def run(setting: Setting) -> None:
    print("2. A sweep with nothing due, by how much is pending")
    few, many = 10_000, 1_000_000 if setting.quick else 10_000_000
    for name, url in (("SQLite", setting.sqlite), ("PostgreSQL", setting.postgres)):
        with opened(url()) as store:
            settle_town(store, collections=few // 1000, members=1000, due_at=START + timedelta(hours=6))
            small = _looks(store)
        with opened(url()) as store:
            settle_town(store, collections=many // 1000, members=1000, due_at=START + timedelta(hours=6))
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            large = _looks(store)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        line(f"{name}, {few:,} pending, p99", f"{small * 1000:.2f} ms")
        line(f"{name}, {many:,} pending, p99", f"{large * 1000:.2f} ms", f"{large / small:.1f}x (targets 5 ms, 3x)")
        line(f"{name}, memory grown while looking", f"{grown / 1024:.1f} MiB")


def _looks(store: Store) -> float:
    """p99 of claiming what is due and asking when something will be, in one transaction each."""
    took = []
    for _ in range(LOOKS):
        start = time.perf_counter()
        assert store.run(lambda work: work.ticks(START, Policy(), most=5000)) == []
        assert store.run(lambda work: work.next_instant()) is not None
        took.append(time.perf_counter() - start)
    return percentile(took, 0.99)
