"""Payments among banks that fail, on a virtual clock: who pays, how soon, and whether anybody pays twice."""

from __future__ import annotations

import logging
import time

import structlog

from bot.store import Store
from tests.bench.setting import Setting, line, percentile
from tests.domain.test_janitor import janitor
from tests.faults.virtual import run as in_virtual_time
from tests.faults.world import Outcome, Plan, live

SEED = 7


def run(setting: Setting) -> None:
    payments = 500 if setting.quick else 10_000
    print(f"8. {payments:,} payments on three channels that fail now and then; seed {SEED}, virtual time")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        outcomes = {routing: _lived(setting, Plan(SEED, payments, routing=routing)) for routing in (True, False)}
    finally:
        structlog.reset_defaults()
    for routing, o in outcomes.items():
        who = "with the router" if routing else "without: payers choose by chance, and try again by themselves"
        p50, p95, p99 = (percentile(o.to_paid, share) for share in (0.5, 0.95, 0.99))
        line(f"{who}: paid within 15 min", f"{o.success:.2%}")
        line("· time to paid, p50 · p95 · p99", f"{p50:.0f} · {p95:.0f} · {p99:.0f} s")
        line(
            "· charged twice · lost · findings in the books",
            f"{len(o.charged_twice)} · {o.taken - o.received} · {o.findings}",
            "0 · 0 · 0",
        )
        line("· received = on dues + beside them, cents", f"{o.received:,}", f"{o.allocated:,} + {o.listed:,}")
        healed = o.troubled - o.for_a_person
        line(
            "· attempts with faults, settled by themselves",
            f"{healed:,}/{o.troubled:,}",
            f"{sum(o.injected.values()):,} faults",
        )
        ms = sorted(1000 * seconds for seconds in o.commits)
        p50, p95, p99 = (percentile(ms, share) for share in (0.5, 0.95, 0.99))
        line("· webhook → state committed, real time, p50 · p95 · p99", f"{p50:.1f} · {p95:.1f} · {p99:.1f} ms")
    lives = 1_000 if setting.quick else 10_000
    began = time.perf_counter()
    told = janitor(range(lives))
    line(
        f"the janitor, {lives:,} seeds: decided without the channel's word",
        "0",
        f"{told:,} told to a person, {time.perf_counter() - began:.0f} s",
    )


def _lived(setting: Setting, plan: Plan) -> Outcome:
    store = Store.open(setting.sqlite())
    try:
        return in_virtual_time(lambda loop: live(plan, loop, store))
    finally:
        store.close()
