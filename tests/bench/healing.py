"""What the bot gets over by itself: a payer for every scenario of the catalogue that stops a payment or a refund."""

from __future__ import annotations

import logging

import structlog

from bot.domain.interruption import Act, Stage
from bot.store import Store
from tests.bench.setting import Setting, line, percentile
from tests.faults.healing import STAYS, Healed, heal
from tests.faults.sick import cases
from tests.faults.virtual import run as in_virtual_time

SEED = 7


def run(setting: Setting) -> None:
    patients = list(cases())[:: 16 if setting.quick else 1]
    banks = len({case.channel for case in patients})
    print(f"9. {len(patients)} faults of the catalogue at {banks} banks, one a payer who stays {STAYS / 60:.0f} min")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    store = Store.open(setting.sqlite())
    try:
        found = in_virtual_time(lambda loop: heal(SEED, loop, store, patients))
    finally:
        structlog.reset_defaults()
        store.close()
    for stage in Stage:
        _print(f"stage {stage.value}", found.of(stage=stage))
    for act in Act:
        _print(f"act {act.value}", found.of(act=act))
    _print("all", found.of())
    o = found.outcome
    line("charged twice · lost · findings", f"{len(o.charged_twice)} · {o.taken - o.received} · {o.findings}")
    line("sent back by banks, less what the books know", f"{found.returned - found.known_returned}")
    line("attempts still open · of unknown end", f"{o.unfinished} · {o.for_a_person}")
    line("neither resolved nor handed to the organiser", f"{len(found.forgotten)}", " ".join(found.forgotten[:9]))
    unheard = [x.ill.id for x, h in found.patients if x.ill.act is Act.HAND_OVER and not h.handed]
    line("to be handed over, and the organiser never heard", f"{len(unheard)}", " ".join(unheard[:9]))
    assert found.sound


def _print(name: str, healed: Healed) -> None:
    if not healed.met:
        return
    alone, tapped, after = len(healed.alone), len(healed.tapped), sorted(healed.alone)
    took = f"p50 · p95 {percentile(after, 0.5):.0f} · {percentile(after, 0.95):.0f} s, " if after else ""
    told = f"{took}with one tap more {alone + tapped}, organiser told of {healed.handed}"
    line(name, f"{alone}/{healed.met} {alone / healed.met:.0%}", told)
