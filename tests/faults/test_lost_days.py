"""A day on which every webhook is lost and no question is answered: the statements tell what the banks really took."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from bot.store import Store
from tests.faults.banks import Faults
from tests.faults.virtual import START, Prompt, VirtualLoop, run
from tests.faults.world import Outcome, Plan, World

LOST = Faults(hook_lost=1.0, deaf=True)
HOURS = 3600.0
FIRST = START.date()


def _holds(outcome: Outcome) -> None:
    assert outcome.taken == outcome.received == outcome.allocated + outcome.listed
    assert (outcome.charged_twice, outcome.findings) == ([], 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_when_every_word_of_a_day_is_lost_the_books_come_to_the_cent_and_nobody_is_counted_twice(seed: int) -> None:
    async def lived(loop: VirtualLoop) -> None:
        world = World(Plan(seed, 60, faults=LOST, statements=True), loop, Prompt(store._engine))
        outcome = await world.live()
        _holds(outcome)
        assert len(outcome.to_paid) > 40
        assert outcome.to_paid[0] > 12 * HOURS, "no word came before the statement"
        read = store.run(lambda work: work.newest_statements())
        assert {s.channel for s in read} == set(world.banks)

        for name, bank in world.banks.items():  # and now every word comes after all, and some come twice
            for order in [order for order in bank.orders.values() if order.paid_at]:
                for _ in range(2):
                    assert (await world.hooks.receive(name, {}, bank.event(order)))[0] == 200
        for name in world.banks:
            for day in (FIRST, FIRST + timedelta(days=1)):
                again = await world.statements.read(name, day)
                assert set(again.counts) <= {"known"}
        world.outcome = Outcome()
        world._audit()
        _holds(world.outcome)
        assert world.outcome.taken == outcome.taken

    store = Store.open("sqlite://")
    try:
        run(lived)
    finally:
        store.close()


def test_on_an_ordinary_day_statements_have_nothing_to_add_but_what_was_lost() -> None:
    async def lived(loop: VirtualLoop) -> None:
        world = World(Plan(3, 60, statements=True), loop, Prompt(store._engine))
        outcome = await world.live()
        _holds(outcome)
        counts: Counter[str] = Counter()
        for name in world.banks:
            read = store.run(lambda work, name=name: work.statements(name, FIRST, FIRST + timedelta(days=9)))
            assert FIRST in read
            for statement in read.values():
                counts.update(statement.counts)
        assert counts["known"] > 40
        assert counts["missing"] == counts["amount"] == counts["stray"] == counts["foreign"] == 0

    store = Store.open("sqlite://")
    try:
        run(lived)
    finally:
        store.close()
