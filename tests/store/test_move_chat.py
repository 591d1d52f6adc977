"""A group becomes a supergroup: everything moves to its new id, whichever id was heard from first."""

from __future__ import annotations

from bot.domain.command import Actor, AskStatus, Which
from bot.domain.notice import Medium, Notice, Reply
from bot.ports import Person, Place
from bot.store import Store, Work
from tests.store.town import ANN, NOON, Town, chat_of

NEW = Place("-1001", "Trip")


def _move(store: Store) -> None:
    store.run(lambda work: work.move_chat("room", "-100", NEW.id))


def _new(work: Work) -> int:
    return chat_of(work, NEW).id


def test_the_chat_keeps_its_number_under_its_new_id(town: Town) -> None:
    _move(town.store)
    assert town.store.run(lambda work: work.place(town.chat.id))[1] == NEW.id
    assert town.store.run(_new) == town.chat.id


def test_a_move_that_is_told_twice_or_of_a_stranger_changes_nothing(town: Town) -> None:
    _move(town.store)
    _move(town.store)
    town.store.run(lambda work: work.move_chat("room", "-7", "-8"))
    assert town.store.run(_new) == town.chat.id


def test_a_move_to_where_it_is_already_changes_nothing(town: Town) -> None:
    _move(town.store)
    town.store.run(lambda work: work.move_chat("room", NEW.id, NEW.id))
    assert town.store.run(_new) == town.chat.id


def test_the_same_id_on_another_platform_stays(town: Town) -> None:
    town.store.run(lambda work: work.move_chat("telegram", "-100", NEW.id))
    assert town.store.run(lambda work: work.place(town.chat.id))[1] == "-100"


class Moved(Town):
    """A town whose new id was heard from, and collected in, before the move was told."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.before = self.collect()
        old, self.chat = self.chat, store.run(lambda work: chat_of(work, NEW))
        self.other = self.chat.id
        (cai,) = store.run(lambda work: work.see(self.other, [Person("4", "Cai")], "room", NOON))
        store.run(lambda work: work.see(self.other, [ANN], "room", NOON))
        self.cai = cai.id
        self.after = self.collect(200)
        self.chat = old
        _move(store)


def test_what_the_new_id_gathered_is_joined_to_the_old_chat(store: Store) -> None:
    town = Moved(store)
    assert store.run(_new) == town.chat.id
    moved = store.run(lambda work: work.collection(town.after))
    assert moved is not None
    assert (moved.chat, moved.number) == (town.chat.id, 2)
    assert {m.name for m in store.run(lambda work: work.find(town.chat.id, "Cai"))} == {"Cai"}
    assert store.run(lambda work: list(work.verify())) == []


def test_the_next_collection_is_numbered_on(store: Store) -> None:
    town = Moved(store)
    third = town.collect()
    assert store.run(lambda work: work.collection(third)).number == 3  # type: ignore[union-attr]


def test_both_collections_are_open_to_choose_from(store: Store) -> None:
    town = Moved(store)
    asked = AskStatus(by=Actor(town.mei), reply=Reply(town.chat.id), which=Which(town.chat.id))
    assert store.run(lambda work: work.load(asked)).open_numbers == (1, 2)


def test_what_waited_to_be_sent_to_the_new_id_goes_to_the_chat_and_in_order(store: Store) -> None:
    town = Moved(store)
    told: list[Notice] = []
    while rows := town.claim():
        told += [row.notice for row in rows if row.notice and row.notice.medium is Medium.CHAT]
        store.run(lambda work, rows=rows: [work.sent(row) for row in rows])  # type: ignore[misc]
    assert [(notice.chat, notice.collection) for notice in told] == [
        (town.chat.id, town.before),
        (town.chat.id, town.after),
    ]


def test_a_member_who_left_the_old_group_and_is_in_the_new_one_is_present(store: Store) -> None:
    town = Town(store)
    other = store.run(lambda work: chat_of(work, NEW))
    store.run(lambda work: work.leave(town.chat.id, town.ann, NOON))
    store.run(lambda work: work.see(other.id, [ANN], "room", NOON))
    _move(store)
    collection = town.collect()
    assert town.ann in {d.member for d in store.run(lambda work: work.dues(collection))}
