"""Attempts in the store: what happened around one that stops, and the latest of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import command as c
from bot.domain.decision import Decision, Lately
from bot.domain.model import CollectionId, Intent, IntentId, IntentState, MemberId
from tests.store.town import Town

HOUR = timedelta(hours=1)


def _keep(town: Town, first: Intent, id_: str, **fields: object) -> Intent:
    """One more attempt, like ``first`` but for ``fields``."""
    kept = replace(first, id=IntentId(id_), created_at=town.now, **fields)  # type: ignore[arg-type]
    town.store.run(lambda work: work.save([Decision(intents=(kept,))], now=town.now))
    return kept


def _lately(town: Town, stopped: Intent, cause: str) -> Lately:
    return town.store.run(lambda work: work.lately(stopped, cause, town.now - HOUR))


def _latest(town: Town, collection: CollectionId, member: MemberId | None = None) -> dict[MemberId, IntentId]:
    found = town.store.run(lambda work: work.latest_attempts(collection, member))
    return {whose: attempt.id for whose, attempt in found.items()}


def test_an_attempt_that_stops_alone_has_nothing_around_it(town: Town) -> None:
    mine = town.start(town.collect(), town.ann)
    town.do(c.ChannelAnswered(intent=mine.id, state=IntentState.FAILED, cause="no"))
    assert _lately(town, mine, "no") == Lately()


def test_what_the_bot_began_what_stopped_and_what_stopped_alike_are_counted_each(town: Town) -> None:
    mine = town.start(town.collect(), town.ann)
    _keep(town, mine, "by-itself", tried=("sandbox",), state=IntentState.PENDING)
    _keep(town, mine, "declined", state=IntentState.FAILED, cause="no")
    _keep(town, mine, "unclear", state=IntentState.UNKNOWN, cause="timeout", tried=("sandbox",))
    _keep(town, mine, "bo-s", member=town.bo, state=IntentState.FAILED, cause="no", tried=("sandbox",))
    assert _lately(town, mine, "no") == Lately(by_itself=2, stopped=2, alike=2)
    assert _lately(town, mine, "timeout") == Lately(by_itself=2, stopped=2, alike=1)


def test_what_payers_ended_themselves_is_no_trouble(town: Town) -> None:
    mine = town.start(town.collect(), town.ann)
    for number, cause in enumerate(("", "replaced", "paid_before")):
        _keep(town, mine, f"ended-{number}", state=IntentState.CLOSED, cause=cause)
    assert _lately(town, mine, "no") == Lately()


def test_another_channel_another_collection_and_what_is_long_past_do_not_count(town: Town) -> None:
    mine = town.start(town.collect(), town.ann)
    elsewhere = town.start(town.collect(500), town.ann)
    _keep(town, elsewhere, "elsewhere", state=IntentState.FAILED, cause="no", tried=("sandbox",))
    _keep(town, mine, "by-another", channel="manual", member=town.bo, state=IntentState.FAILED, cause="no")
    town.now -= HOUR
    _keep(town, mine, "an-hour-ago", state=IntentState.FAILED, cause="no", tried=("sandbox",))
    town.now += HOUR
    assert _lately(town, mine, "no") == Lately()


def test_the_latest_attempt_of_each_is_the_newest_and_of_one_instant_the_furthest(town: Town) -> None:
    collection = town.collect()
    assert _latest(town, collection) == {}
    mine, theirs = town.start(collection, town.ann), town.start(collection, town.bo)
    assert _latest(town, collection) == {town.ann: mine.id, town.bo: theirs.id}
    _keep(town, mine, "at-once", tried=("sandbox",))
    assert _latest(town, collection, town.ann) == {town.ann: "at-once"}
    town.now += timedelta(seconds=1)
    _keep(town, mine, "again")
    assert _latest(town, collection) == {town.ann: "again", town.bo: theirs.id}
    assert _latest(town, town.collect(500)) == {}


def test_what_ended_lately_on_a_due_is_what_its_channels_said_yes_or_no_to_the_oldest_first(town: Town) -> None:
    mine = town.start(town.collect(), town.ann)
    town.now -= HOUR
    _keep(town, mine, "an-hour-ago", state=IntentState.FAILED, cause="no")
    town.now += HOUR
    _keep(town, mine, "unclear", state=IntentState.UNKNOWN, cause="timeout")
    _keep(town, mine, "replaced", state=IntentState.CLOSED, cause="replaced")
    _keep(town, mine, "bo-s", member=town.bo, state=IntentState.FAILED, cause="no")
    town.now += timedelta(minutes=1)
    _keep(town, mine, "declined", state=IntentState.FAILED, cause="no")
    _keep(town, mine, "paid", state=IntentState.PAID, tried=("sandbox",))
    found = town.store.run(lambda work: work.ended_lately(mine.collection, town.ann, town.now - HOUR))
    assert [i.id for i in found] == ["unclear", "declined", "paid"]
