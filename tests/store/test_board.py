"""The facts of the organiser's board, on each kind of database."""

from __future__ import annotations

from bot.domain.decision import Decision
from bot.domain.model import CollectionId, Intent, IntentId, IntentState
from bot.ports.board import BoardView
from bot.store import Store, Work
from tests.store.town import NOON, Town

CHANNELS = ("alipay", "manual")


def test_it_sorts_people_and_finds_attempts_with_those_before_them(store: Store) -> None:
    town = Town(store)
    collection = town.collect()
    attempts = [
        Intent(IntentId(f"i{n}"), collection, town.ann, "alipay", 100, "CNY", NOON, state, tried=("x",) * n)
        for n, state in enumerate((IntentState.FAILED, IntentState.HELD))
    ]

    def work(work: Work) -> None:
        work.save([Decision(intents=tuple(attempts))], now=NOON)
        facts = work.board(collection, town.mei, BoardView(page=7, past=7), CHANNELS)
        assert facts is not None
        assert dict(facts.counts) == {"never_opened": 2, "settled": 1}
        assert (facts.view, facts.pages, facts.past_pages) == (BoardView(), 1, 1)
        assert [due.member for due in facts.dues] == [town.ann, town.bo, town.mei]
        assert [i.id for i in facts.routed] == ["i1", "i0"]
        assert facts.before == {"i1": attempts[0]}
        assert facts.held == (attempts[1],)
        only = work.board(collection, town.mei, BoardView("settled"), CHANNELS)
        assert only is not None
        assert [due.member for due in only.dues] == [town.mei]

    store.run(work)


def test_nobody_sees_what_is_not_there(store: Store) -> None:
    town = Town(store)
    assert store.run(lambda work: work.board(CollectionId("none"), town.mei, BoardView(), CHANNELS)) is None
