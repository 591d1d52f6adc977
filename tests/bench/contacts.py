"""The contact policy in figures: a thousand random groups (``tests.simulation``), usual and gentle, audited."""

from __future__ import annotations

import statistics
import time
from collections import Counter

from bot.store import Store
from tests.bench.setting import Setting, line, percentile
from tests.simulation.life import Life, Lived, Plan, plan
from tests.simulation.worlds import Memory, Stored, World


def run(setting: Setting) -> None:
    groups, stored = (100, 10) if setting.quick else (1000, 100)
    print(f"7. Contacts: {groups:,} random groups × 72 h and a week after, {stored} of them again in a store")
    for gentle in (False, True):
        start = time.perf_counter()
        lives = [_lived(seed, gentle=gentle) for seed in range(groups)]
        elapsed = time.perf_counter() - start
        again = [_kept(seed, gentle=gentle) for seed in range(0, groups, groups // stored)]
        assert [x.contacts for x in again] == [x.contacts for x in lives[:: groups // stored]]
        _report("gentle" if gentle else "usual", lives, elapsed)


def _lived(seed: int, *, gentle: bool) -> Lived:
    return _play(plan(seed, gentle=gentle), seed, None)


def _kept(seed: int, *, gentle: bool) -> Lived:
    store = Store.open("sqlite://")
    try:
        return _play(plan(seed, gentle=gentle), seed, store)
    finally:
        store.close()


def _play(planned: Plan, seed: int, store: Store | None) -> Lived:
    drawn = planned.people, planned.policy, planned.zone, planned.start
    world: World = Memory(*drawn) if store is None else Stored(store, *drawn)
    return Life(world, planned, seed).play()


def _report(name: str, lives: list[Lived], elapsed: float) -> None:
    contacts = [float(n) for life in lives for n in life.contacts]
    figures: Counter[tuple[str, str]] = sum((life.auditor.figures for life in lives), Counter())
    line(f"{name}: groups, members who owed", f"{len(lives):,}, {len(contacts):,}", f"{elapsed:.1f} s, 0 rules broken")
    mean, most = statistics.mean(contacts), int(max(contacts))
    line(
        "  contacts a member (mean, median, 95 %, most)",
        f"{mean:.2f}, {percentile(contacts, 0.5):.0f}, {percentile(contacts, 0.95):.0f}, {most}",
    )
    slots = {why: n for (kind, why), n in figures.items() if kind == "slots"}
    line("  reminder slots", f"{sum(slots.values()):,}", "by what became of them:")
    for why, many in sorted(slots.items(), key=lambda each: -each[1]):
        line(f"    {why}", f"{many:,}", f"{many / sum(slots.values()):.1%}")
    ladder = {k: n for k, n in figures.items() if k[0] in ("sms", "service_notice", "call")}
    sent = ", ".join(f"{ladder[k]} {k[0]}" for k in sorted(ladder) if k[1] == "sent")
    line("  of the ladder", f"{sum(n for n in ladder.values()):,}", f"sent: {sent}")
    line("  nudges to organisers instead", f"{figures['organiser', 'sent']:,}")
