"""A few hundred payments among banks that fail: nobody pays twice, nothing is lost, and the books know it all. The same
with ten thousand is ``python -m tests.bench faults``."""

from __future__ import annotations

import pytest

from bot.domain.decide import moves
from bot.store import Store
from tests.faults.virtual import run
from tests.faults.world import Outcome, Plan, live


def _lived(plan: Plan) -> Outcome:
    store = Store.open("sqlite://")
    try:
        return run(lambda loop: live(plan, loop, store))
    finally:
        store.close()


def _holds(outcome: Outcome) -> None:
    assert outcome.charged_twice == []
    assert outcome.taken == outcome.received == outcome.allocated + outcome.listed
    assert (outcome.findings, outcome.unfinished) == (0, 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_banks_do_nobody_pays_twice_and_no_money_is_lost(seed: int) -> None:
    outcome = _lived(Plan(seed, 150))
    _holds(outcome)
    assert outcome.success > 0.9
    assert {"lost_before", "lost_after", "broken_before", "hook_lost", "hook_twice", "hook_late"} <= set(
        outcome.injected
    )


def test_with_a_router_more_payers_arrive() -> None:
    with_router, without = (_lived(Plan(3, 150, routing=routing)) for routing in (True, False))
    _holds(without)
    assert with_router.success > without.success


def test_the_same_seed_is_the_same_run() -> None:
    first, again = (_lived(Plan(4, 40)) for _ in range(2))
    assert (first.to_paid, first.injected, first.taken) == (again.to_paid, again.injected, again.taken)


def test_a_switch_that_closes_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug that all of this is about, planted: the other way is opened while the first can still be paid."""
    monkeypatch.setattr(moves.Moves, "start", lambda self, fresh, _: self.create(fresh))
    outcome = _lived(Plan(1, 150))
    assert len(outcome.charged_twice) > 3
    assert outcome.listed > 0
