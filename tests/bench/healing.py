"""What the bot gets over by itself: a payer for every scenario of creating and paying, who taps Pay once."""

from __future__ import annotations

import logging

import structlog

from bot.domain.interruption import Act
from bot.store import Store
from tests.bench.setting import Setting, line, percentile
from tests.faults.healing import STAYS, heal, played
from tests.faults.virtual import run as in_virtual_time

SEED = 7


def run(setting: Setting) -> None:
    scenarios = played()[:: 16 if setting.quick else 1]
    print(f"9. {len(scenarios)} faults of the catalogue, one a payer; paid within {STAYS / 60:.0f} min without anybody")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    store = Store.open(setting.sqlite())
    try:
        healed = in_virtual_time(lambda loop: heal(SEED, loop, store, scenarios))
    finally:
        structlog.reset_defaults()
        store.close()
    for act in Act:
        if met := healed[act].met:
            after = sorted(healed[act].after)
            took = f"{percentile(after, 0.5):.0f} · {percentile(after, 0.95):.0f} s" if after else "left to the payer"
            line(f"{act.value}: resolved, time to paid p50 · p95", f"{len(after)}/{met}", took)
    met, well = sum(h.met for h in healed.values()), sum(len(h.after) for h in healed.values())
    line("all", f"{well}/{met}", f"{well / met:.0%}")
