"""The inbox: events die here the second time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.ports import RawUpdate
from bot.store import Conflict, Store
from tests.store.town import NOON


def _put(store: Store, *ids: str, source: str = "telegram", body: bytes = b"{}") -> None:
    store.run(lambda work: work.put(source, [RawUpdate(i, body) for i in ids], NOON))


def _taken(store: Store, source: str = "telegram", most: int = 100) -> list[str]:
    return [u.id for u in store.run(lambda work: work.take_updates(source, most=most))]


def test_an_event_is_new_once(store: Store) -> None:
    assert store.run(lambda work: work.first_time("sandbox", "e1", b"body"))
    assert not store.run(lambda work: work.first_time("sandbox", "e1", b"body"))
    assert store.run(lambda work: work.first_time("elsewhere", "e1", b"body"))


def test_an_event_whose_work_was_undone_is_new_again(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        store.run(lambda work: work.first_time("sandbox", "e1") and 1 // 0)
    assert store.run(lambda work: work.first_time("sandbox", "e1"))


def test_the_same_id_with_another_content_is_a_conflict(store: Store) -> None:
    store.run(lambda work: work.first_time("sandbox", "e1", b"ten"))
    with pytest.raises(Conflict):
        store.run(lambda work: work.first_time("sandbox", "e1", b"a thousand"))


def test_an_update_is_kept_once_and_in_the_order_of_its_number(store: Store) -> None:
    _put(store, "10", "9", "11")
    _put(store, "9", "8")
    assert _taken(store) == ["8", "9", "10", "11"]
    assert _taken(store, most=2) == ["8", "9"]


def test_updates_without_a_number_keep_the_order_they_came_in(store: Store) -> None:
    for n, id_ in enumerate(["zebra", "ape", "٣", "9" * 30]):
        update = RawUpdate(id_, b"{}")
        store.run(lambda work, u=update, n=n: work.put("room", [u], NOON + timedelta(seconds=n)))  # type: ignore[misc]
    assert _taken(store, "room") == ["zebra", "ape", "٣", "9" * 30]


def test_sources_do_not_see_each_others_updates(store: Store) -> None:
    _put(store, "1", source="room")
    assert _taken(store) == []


def test_an_update_is_done_once_and_its_body_dropped(store: Store) -> None:
    _put(store, "1")
    assert store.run(lambda work: work.update_done("telegram", "1"))
    assert not store.run(lambda work: work.update_done("telegram", "1"))
    assert _taken(store) == []
    _put(store, "1")
    assert _taken(store) == []


def test_a_body_comes_back_byte_for_byte(store: Store) -> None:
    _put(store, "1", body=bytes(range(256)))
    assert store.run(lambda work: work.take_updates("telegram", most=1))[0].body == bytes(range(256))


def test_an_update_that_fails_too_often_is_set_aside_and_kept(store: Store) -> None:
    _put(store, "1", "2")
    failed = [store.run(lambda work: work.update_failed("telegram", "1", "KeyError", most_tries=3)) for _ in range(3)]
    assert failed == [False, False, True]
    assert _taken(store) == ["2"]
    assert store.run(lambda work: work.inbox_depth()) == {"pending": 1, "dead": 1}


def test_an_update_that_failed_comes_again_and_remembers_it(store: Store) -> None:
    _put(store, "1")
    store.run(lambda work: work.update_failed("telegram", "1", "KeyError", most_tries=3))
    (update,) = store.run(lambda work: work.take_updates("telegram", most=1))
    assert (update.attempts, update.body) == (1, b"{}")


def test_where_ids_are_no_numbers_the_given_order_counts(store: Store) -> None:
    updates = [RawUpdate(id_, b"{}", order) for id_, order in (("zz", 3), ("yy", 1), ("xx", 2))]
    store.run(lambda work: work.put("wechat", updates, NOON))
    assert _taken(store, "wechat") == ["yy", "xx", "zz"]
