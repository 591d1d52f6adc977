"""A payer a kind of fault: what the bot gets over by itself. All scenarios are ``python -m tests.bench healing``."""

from __future__ import annotations

from bot.domain.interruption import Act
from bot.store import Store
from tests.faults.healing import heal, played
from tests.faults.virtual import run


def test_a_fresh_order_and_another_way_bring_the_money_without_a_person() -> None:
    scenarios = [next(s for s in played() if s.act is act) for act in (Act.RENEW, Act.SWITCH, Act.HAND_OVER, Act.NONE)]
    store = Store.open("sqlite://")
    try:
        healed = run(lambda loop: heal(7, loop, store, scenarios))
    finally:
        store.close()
    assert {act: len(healed[act].after) for act in Act if healed[act].met} == {
        Act.RENEW: 1,
        Act.SWITCH: 1,
        Act.HAND_OVER: 1,
        Act.NONE: 0,
    }
    assert max(healed[Act.SWITCH].after) < 60
