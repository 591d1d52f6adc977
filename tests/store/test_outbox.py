"""The outbox: in order within a lane, under a lease, and what may be sent once only is never sent twice."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.command import AskToPay, Close
from bot.domain.model import CollectionId
from bot.domain.notice import Medium, Notice
from bot.store import OutboxRow
from tests.store.town import NOON, Town

C = CollectionId("k")


def _sent(town: Town, row: OutboxRow) -> bool:
    return town.store.run(lambda work: work.sent(row, reference="msg"))


def test_a_row_is_leased_once(town: Town) -> None:
    town.say(town.tell("one"))
    assert town.claimed() == ["one"]
    assert town.claimed() == []


def test_one_lane_goes_out_one_after_the_other_and_others_beside_it(town: Town) -> None:
    town.say(town.tell("one"), town.tell("two"), Notice("private", Medium.PRIVATE, member=town.ann))
    private, one = town.claim()
    assert [r.notice.key for r in (private, one) if r.notice] == ["private", "one"]
    assert town.claimed() == []
    assert _sent(town, one)
    assert town.claimed() == ["two"]


def test_answers_to_presses_go_first_and_the_card_late(town: Town) -> None:
    answer = Notice("answer", Medium.ANSWER, press="p", member=town.ann)
    private = Notice("private", Medium.PRIVATE, member=town.bo)
    town.say(town.card(C), town.tell("chat"), private, answer)
    assert town.claimed() == ["answer", "private", "chat", "card"]


def test_no_more_is_leased_than_asked_for(town: Town) -> None:
    town.say(*[Notice(f"n{i}", Medium.PRIVATE, member=i) for i in range(5)])  # type: ignore[arg-type]
    assert len(town.claim(most=3)) == 3
    assert len(town.claim(most=3)) == 2


def test_a_lease_that_ran_out_is_taken_over_and_the_first_holder_has_no_say(town: Town) -> None:
    town.say(town.tell("one"))
    (mine,) = town.claim(lease=60)
    town.now += timedelta(seconds=61)
    (theirs,) = town.claim()
    assert (theirs.id, theirs.attempts) == (mine.id, 2)
    assert not _sent(town, mine)
    assert _sent(town, theirs)


def test_what_may_be_sent_once_becomes_unknown_and_frees_its_lane(town: Town) -> None:
    town.say(town.tell("reminder", once=True), town.tell("next"))
    assert town.claimed(lease=60) == ["reminder"]
    town.now += timedelta(seconds=61)
    assert town.claimed() == ["next"]
    assert town.store.run(lambda work: work.outbox_depth())["unknown"] == 1


def test_changes_of_a_card_that_waits_become_one(town: Town) -> None:
    town.say(town.card(C), town.card(C))
    town.say(town.card(C), town.card(CollectionId("other")))
    assert town.claimed() == ["card", "card"]


def test_a_change_while_the_card_is_being_sent_is_sent_after_it(town: Town) -> None:
    town.say(town.card(C))
    (first,) = town.claim()
    town.say(town.card(C))
    assert town.claimed() == []
    _sent(town, first)
    assert town.claimed() == ["card"]


def test_a_card_whose_lease_ran_out_gives_way_to_the_one_asked_for_meanwhile(town: Town) -> None:
    town.say(town.card(C))
    town.claim(lease=60)
    town.say(town.card(C))
    town.now += timedelta(seconds=61)
    assert town.claimed() == ["card"]
    assert town.store.run(lambda work: work.outbox_depth())["pending"] == 0


def test_a_row_that_is_put_off_waits_and_holds_its_lane(town: Town) -> None:
    town.say(town.tell("one"), town.tell("two"))
    (one,) = town.claim()
    later = NOON + timedelta(seconds=30)
    assert town.store.run(lambda work: work.postpone(one, later, "flood", counted=False))
    assert town.claimed() == []
    assert town.store.run(lambda work: work.next_instant()) == NOON
    town.now = later
    (again,) = town.claim()
    assert (again.id, again.attempts) == (one.id, 1)


def test_a_try_that_failed_counts(town: Town) -> None:
    town.say(town.tell("one"))
    (one,) = town.claim()
    town.store.run(lambda work: work.postpone(one, NOON, "down"))
    assert [row.attempts for row in town.claim()] == [2]


def test_a_card_that_is_put_off_waits_together_with_its_change(town: Town) -> None:
    town.say(town.card(C))
    (first,) = town.claim()
    town.say(town.card(C))
    later = NOON + timedelta(seconds=3)
    assert town.store.run(lambda work: work.postpone(first, later, "flood", counted=False))
    assert town.claimed() == []
    town.now = later
    assert town.claimed() == ["card"]


def test_what_is_given_up_is_kept_and_what_is_skipped_is_not_counted(town: Town) -> None:
    town.say(*[Notice(f"n{i}", Medium.PRIVATE, member=i) for i in range(3)])  # type: ignore[arg-type]
    dead, skipped, unknown = town.claim()
    town.store.run(lambda work: work.dead(dead, "blocked"))
    town.store.run(lambda work: work.skip(skipped, "settled"))
    town.store.run(lambda work: work.unknown(unknown, "timeout"))
    assert town.store.run(lambda work: work.outbox_depth()) == {"pending": 0, "sending": 0, "dead": 1, "unknown": 1}
    assert town.store.run(lambda work: work.oldest_outbox()) is None


def test_requests_to_channels_are_rows_of_their_own(town: Town) -> None:
    collection = town.collect()
    intent = town.start(collection, town.ann)
    (request,) = [row.request for row in town.claim() if row.request is not None]
    assert (request.operation, request.intent, request.channel) == ("create", intent.id, "sandbox")


def test_what_was_said_and_undone_is_never_sent(town: Town) -> None:
    collection = town.collect()
    town.claim()
    failing = town.store.submit(lambda work: (town.apply(work, town.on(Close, town.mei, collection)), 1 // 0))
    assert isinstance(failing.exception(), ZeroDivisionError)
    assert town.claimed() == []
    assert town.store.run(lambda work: work.collection(collection)).open  # type: ignore[union-attr]


def test_a_commit_with_something_to_send_wakes_whoever_waits(town: Town) -> None:
    collection, woken = town.collect(), []
    town.store.on_commit = lambda: woken.append(1)
    town.store.run(lambda work: work.outbox_depth())
    assert woken == []
    town.do(town.on(AskToPay, town.ann, collection))
    assert woken == [1]
