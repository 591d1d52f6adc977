"""What has come due: claimed once, moved in sets, and the next instant known."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain import command as c
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.model import CollectionId, Member, Mode
from bot.domain.policy import Ceilings, Policy
from bot.ports import Person
from bot.store import Store, Work
from tests.store.town import NOON, Town

HOUR = timedelta(hours=1)


def _sweep(work: Work, town: Town, most: int = 1000) -> list[tuple[CollectionId, Decision]]:
    """What one pass of the sweep decides and saves."""
    context = town.context()
    slices = work.ticks(town.now, town.policy, most=most)
    decided = [(tick.collection, decide(state, tick, context)) for tick, state in slices]
    work.save([decision for _, decision in decided], now=town.now)
    return decided


def _swept(town: Town, most: int = 1000) -> list[CollectionId]:
    return [collection for collection, _ in town.store.run(lambda work: _sweep(work, town, most))]


def _clocks(town: Town, collection: CollectionId) -> list[tuple[int, object]]:
    return [(d.slot, d.next_at) for d in town.store.run(lambda work: work.dues(collection))]


# -- due ------------------------------------------------------------------------------------------------------


def test_nothing_is_due_before_its_time(town: Town) -> None:
    town.collect()
    town.now += 6 * HOUR - timedelta(microseconds=1)
    assert _swept(town) == []


def test_all_dues_of_a_collection_move_on_together(town: Town) -> None:
    collection = town.collect()
    town.now += 6 * HOUR
    assert _swept(town) == [collection]
    assert _clocks(town, collection) == [(0, None), (1, NOON + 12 * HOUR), (1, NOON + 12 * HOUR)]
    assert _swept(town) == []


def test_who_is_settled_or_stalled_does_not_move_with_the_rest(town: Town) -> None:
    collection = town.collect()
    town.do(town.on(c.Claim, town.ann, collection))
    town.do(town.on(c.AskToPay, town.bo, collection))
    town.now += 6 * HOUR
    ((_, decision),) = town.store.run(lambda work: _sweep(work, town))
    assert [a.cohort.members for a in decision.advances] == [(town.ann,)]
    assert [d.member for d in decision.dues] == [town.bo]
    assert ("claimed", (town.ann,)) in [(x.reason, x.members) for x in decision.contacts]


def test_the_slice_says_who_stopped_and_who_can_be_written_to(town: Town) -> None:
    collection = town.collect()
    town.store.run(lambda work: work.reached(town.bo, can=True))
    muted = Member(town.ann, muted=True)
    town.store.run(lambda work: work.save([Decision(members=(muted,))], now=NOON))
    ((tick, state),) = town.store.run(lambda work: work.ticks(NOON + 6 * HOUR, town.policy, most=10))
    assert tick.collection == collection
    assert (set(state.muted), set(state.reachable)) == ({town.ann}, {town.bo})
    (cohort,) = state.cohorts
    assert cohort.members == (town.ann, town.bo)


def test_a_thousand_members_are_moved_by_one_statement(town: Town) -> None:
    crowd = [Person(f"c{n}", f"C{n}") for n in range(1000)]
    town.store.run(lambda work: work.see(town.chat.id, crowd, "room", NOON))
    collection = town.collect(500, Mode.EACH)
    town.now += 6 * HOUR
    ((_, decision),) = town.store.run(lambda work: _sweep(work, town))
    assert (len(decision.advances), len(decision.dues)) == (1, 0)
    assert _clocks(town, collection).count((1, NOON + 12 * HOUR)) == 1002


def test_a_pass_is_bounded_and_the_next_one_takes_the_rest(town: Town) -> None:
    all_of_them = {town.collect() for _ in range(3)}
    town.now += 6 * HOUR
    first = _swept(town, most=1)
    assert len(first) == 1
    assert {*first, *_swept(town), *_swept(town)} == all_of_them


def test_a_closed_collection_is_never_due(town: Town) -> None:
    collection = town.collect()
    town.do(town.on(c.Close, town.mei, collection))
    town.now += 6 * HOUR
    assert _swept(town) == []


@pytest.mark.parametrize(("minutes", "asked"), [(14, False), (15, True)])
def test_an_attempt_is_asked_about_when_its_time_has_come(town: Town, minutes: int, asked: bool) -> None:
    intent = town.start(town.collect(), town.ann)
    asks = town.store.run(lambda work: work.channel_asks(NOON + timedelta(minutes=minutes), most=10))
    assert asks == ([c.AskChannel(intent=intent.id)] if asked else [])


# -- next -----------------------------------------------------------------------------------------------------


def _following(town: Town) -> datetime | None:
    return town.store.run(lambda work: work.next_instant())


def _send_all(work: Work) -> None:
    while rows := work.claim(NOON, lease=HOUR, most=100):
        for row in rows:
            work.sent(row)


def test_the_next_instant_is_that_of_whatever_comes_first(town: Town) -> None:
    assert _following(town) is None
    collection = town.collect()
    assert _following(town) == NOON
    town.store.run(_send_all)
    assert _following(town) == NOON + 6 * HOUR
    town.start(collection, town.ann)
    town.store.run(_send_all)
    assert _following(town) == NOON + timedelta(minutes=3)


@pytest.mark.parametrize(("hours", "since"), [(5, None), (9, NOON + 6 * HOUR)])
def test_what_is_overdue_is_told(town: Town, hours: int, since: datetime | None) -> None:
    town.collect()
    assert town.store.run(lambda work: work.oldest_due(NOON + hours * HOUR)) == since


# -- two workers on PostgreSQL ----------------------------------------------------------------------------------


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Town]:
    store = Store.open(postgres_url, pool=4)
    yield Town(store)
    store.close()


@contextmanager
def _held(town: Town, collection: CollectionId) -> Iterator[None]:
    """Another worker is in the middle of a command on the collection."""
    holding, release = threading.Event(), threading.Event()

    def hold(work: Work) -> None:
        work.load(c.OpenDue(collection=collection, member=town.ann))
        holding.set()
        assert release.wait(10)

    other = town.store.submit(hold)
    assert holding.wait(10)
    try:
        yield
    finally:
        release.set()
        other.result()


@pytest.mark.postgres
def test_what_one_worker_has_claimed_another_passes_over(shared: Town) -> None:
    busy, free = shared.collect(), shared.collect()
    shared.now += 6 * HOUR
    with _held(shared, busy):
        assert _swept(shared) == [free]
    assert _swept(shared) == [busy]


@pytest.mark.postgres
def test_two_workers_at_once_remind_once(shared: Town) -> None:
    collections = {shared.collect() for _ in range(20)}
    shared.now += 6 * HOUR
    together = threading.Barrier(2)

    def sweep(work: Work) -> list[CollectionId]:
        together.wait(10)
        return [collection for collection, _ in _sweep(work, shared)]

    swept = [x for future in [shared.store.submit(sweep) for _ in range(2)] for x in future.result()]
    while more := _swept(shared):  # one collection of a chat in each pass
        swept += more
    assert sorted(swept) == sorted(collections)


@pytest.mark.postgres
def test_a_chat_that_one_worker_is_reminding_is_left_alone_by_the_other(shared: Town) -> None:
    first, second = shared.collect(), shared.collect()
    shared.now += 6 * HOUR
    holding, release = threading.Event(), threading.Event()

    def sweep(work: Work) -> list[CollectionId]:
        done = [collection for collection, _ in _sweep(work, shared)]
        holding.set()
        assert release.wait(10)
        return done

    other = shared.store.submit(sweep)
    assert holding.wait(10)
    assert _swept(shared) == []
    release.set()
    assert [*other.result(), *_swept(shared)] == [first, second]


@pytest.mark.postgres
def test_two_workers_never_lease_the_same_row(shared: Town) -> None:
    for _ in range(20):
        shared.collect()
    together = threading.Barrier(2)

    def claim(work: Work) -> list[int]:
        together.wait(10)
        return [row.id for row in work.claim(NOON, lease=HOUR, most=15)]

    first, second = (future.result() for future in [shared.store.submit(claim) for _ in range(2)])
    assert first
    assert not set(first) & set(second)


@pytest.mark.postgres
def test_the_same_charge_by_two_ways_at_once_counts_once(shared: Town) -> None:
    collection = shared.collect()
    charge = shared.charge(shared.start(collection, shared.ann), "ch-1")
    with _held(shared, collection):
        both: list[Future[Decision]] = [shared.store.submit(lambda work: shared.apply(work, charge)) for _ in range(2)]
        _wait_for_blocked(shared.store, 2)
    assert sorted(len(future.result().charges) for future in both) == [0, 1]
    assert shared.store.run(lambda work: list(work.verify())) == []


def _wait_for_blocked(store: Store, count: int) -> None:
    """Until that many transactions wait for a lock."""
    waiting = sa.text("SELECT count(*), pg_sleep(0.01) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(1000):
        if store.run(lambda work: work.connection.execute(waiting).one())[0] >= count:
            return
    raise TimeoutError


def test_a_long_collection_does_not_remember_every_single_contact(town: Town) -> None:
    for person in (town.ann, town.bo):
        town.store.run(lambda work, person=person: work.reached(person, can=True))  # type: ignore[misc]
    town.policy = Policy(every=6 * HOUR, lasting=timedelta(days=30))
    collection, seen = town.collect(), []
    for slot in range(1, 61):
        town.now = NOON + 6 * HOUR * slot
        ((_, state),) = town.store.run(lambda work: work.ticks(town.now, town.policy, most=10))
        seen.append(len(state.history))
        assert _swept(town) == [collection]
    assert max(seen) <= 5
    assert len(town.store.run(lambda work: work.history(work.collection(collection)))) == 60  # type: ignore[arg-type]


def test_where_the_contract_may_have_come_to_its_end_everything_is_remembered(town: Town) -> None:
    town.policy = Policy(every=6 * HOUR, lasting=timedelta(days=30), ceilings=Ceilings(a_day=1))
    collection = town.collect()
    for slot in range(1, 121):
        town.now = NOON + 6 * HOUR * slot
        assert _swept(town) == [collection]
    reminded = town.store.run(lambda work: work.history(work.collection(collection)))  # type: ignore[arg-type]
    assert len(reminded) == 31
