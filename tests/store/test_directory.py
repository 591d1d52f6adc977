"""Who and where: platform ids and our numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.command import Actor, Collect
from bot.domain.decision import Decision
from bot.domain.model import CollectionId, MemberId, Mode
from bot.domain.notice import Reply
from bot.ports import Person, Place
from bot.store import Store
from bot.store.directory import OFFERED_FOR
from tests.store.town import ANN, BO, GROUP, MEI, NOON, Town, chat_of


def _see(town: Town, *people: Person) -> tuple[MemberId, ...]:
    return tuple(m.id for m in town.store.run(lambda work: work.see(town.chat.id, people, "room", NOON)))


def _leave(town: Town, member: MemberId) -> tuple[CollectionId, ...]:
    return town.store.run(lambda work: work.leave(town.chat.id, member, NOON))


def _roster(town: Town) -> tuple[MemberId, ...]:
    said = Collect(chat=town.chat.id, mode=Mode.EQUAL, currency="CNY", by=Actor(town.mei), reply=Reply(town.chat.id))
    return town.store.run(lambda work: work.load(said)).roster


# -- chats ----------------------------------------------------------------------------------------------------


def test_a_chat_is_made_once_with_the_given_defaults(store: Store) -> None:
    first, second = store.run(chat_of), store.run(chat_of)
    assert first == second
    assert (first.locale, first.timezone, first.currency, first.title) == ("en", "UTC", "CNY", "Trip")
    assert store.run(lambda work: work.place(first.id)) == (first, "-100")


def test_a_title_follows_the_platform_and_is_not_forgotten(store: Store) -> None:
    store.run(chat_of)
    assert store.run(lambda work: chat_of(work, replace(GROUP, title="Beach"))).title == "Beach"
    assert store.run(lambda work: chat_of(work, replace(GROUP, title=""))).title == "Beach"


def test_a_chat_that_is_heard_from_is_active_again(town: Town) -> None:
    gone = Decision(chat=replace(town.chat, active=False))
    town.store.run(lambda work: work.save([gone], now=NOON))
    assert town.store.run(chat_of).active


def test_the_same_id_on_two_platforms_is_two_chats(store: Store) -> None:
    here = store.run(chat_of)
    there = store.run(
        lambda work: work.chat_of("telegram", GROUP, now=NOON, locale="zh", timezone="UTC", currency="CNY")
    )
    assert here.id != there.id


# -- people ---------------------------------------------------------------------------------------------------


def test_a_person_keeps_their_number_and_their_latest_name(town: Town) -> None:
    renamed = town.store.run(lambda work: work.member_of("room", replace(ANN, name="Annie", username="")))
    assert (renamed.id, renamed.name, renamed.username) == (town.ann, "Annie", "ann")


def test_a_language_that_was_chosen_is_not_overwritten_by_the_platform(town: Town) -> None:
    chosen = town.store.run(lambda work: work.member_of("room", replace(ANN, locale="zh")))
    again = town.store.run(lambda work: work.member_of("room", replace(ANN, locale="de")))
    assert (chosen.locale, again.locale) == ("zh", "zh")


def test_people_are_known_in_the_order_they_came_without_bots(town: Town) -> None:
    assert _see(town, Person("9", "Robot", bot=True), Person("8", "Cai"), BO) == (4, town.bo)
    assert _roster(town) == (town.mei, town.ann, town.bo, 4)


def test_a_crowd_with_doubles_is_seen_once(town: Town) -> None:
    assert _see(town, ANN, ANN, Person("8", "Cai"), Person("8", "Cai")) == (town.ann, town.ann, 4, 4)


def test_who_left_is_not_on_the_roster_until_they_come_back(town: Town) -> None:
    collection = town.collect()
    assert _leave(town, town.ann) == (collection,)
    assert _leave(town, town.ann) == ()
    assert _roster(town) == (town.mei, town.bo)
    _see(town, ANN)
    assert _roster(town) == (town.mei, town.ann, town.bo)


def test_who_can_be_written_to_is_remembered(town: Town) -> None:
    town.store.run(lambda work: work.reached(town.ann, can=True))
    assert town.store.run(lambda work: work.members([town.ann]))[town.ann].reachable
    town.store.run(lambda work: work.reached(town.ann, can=False))
    assert not town.store.run(lambda work: work.members([town.ann]))[town.ann].reachable


def test_being_seen_again_changes_nothing_that_a_member_set(town: Town) -> None:
    town.store.run(lambda work: work.give_phone(town.ann, "+86138"))
    town.store.run(lambda work: work.reached(town.ann, can=True))
    before = town.store.run(lambda work: work.members([town.ann]))[town.ann]
    _see(town, replace(ANN, name="Annie"))
    after = town.store.run(lambda work: work.members([town.ann]))[town.ann]
    assert after == replace(before, name="Annie")


def test_our_numbers_lead_back_to_the_platforms_ids(town: Town) -> None:
    found = town.store.run(lambda work: work.whereabouts([town.mei, town.ann, town.bo]))
    assert {m: (who.platform, who.external) for m, who in found.items()} == {
        town.mei: ("room", MEI.id),
        town.ann: ("room", "2"),
        town.bo: ("room", "3"),
    }


# -- finding --------------------------------------------------------------------------------------------------


def _find(town: Town, name: str) -> list[str]:
    return [m.name for m in town.store.run(lambda work: work.find(town.chat.id, name))]


@pytest.mark.parametrize("name", ["@ann", "@ANN", "Ann", "ann", "#2"])
def test_somebody_is_found_by_handle_name_or_number(town: Town, name: str) -> None:
    assert _find(town, name) == ["Ann"]


@pytest.mark.parametrize("name", ["@nobody", "", "@", "#99", "#٢", "#" + "9" * 30, "%"])
def test_nobody_is_found_by_what_is_nobodys(town: Town, name: str) -> None:
    assert _find(town, name) == []


def test_names_in_every_script_are_found_in_any_case(town: Town) -> None:
    _see(town, Person("7", "Жанна"), Person("8", "小明"))
    assert _find(town, "ЖАННА") == ["Жанна"]
    assert _find(town, "小明") == ["小明"]


def test_a_handle_decides_between_namesakes_and_otherwise_all_are_shown(town: Town) -> None:
    _see(town, Person("7", "Ann", "other"), Person("8", "bo", "bo"))
    assert len(_find(town, "Bo")) == 1
    assert len(_find(town, "Ann")) == 1
    _see(town, Person("9", "Twin"), Person("10", "Twin"))
    assert len(_find(town, "twin")) == 2


def test_people_of_other_chats_are_not_found(town: Town) -> None:
    elsewhere = town.store.run(lambda work: chat_of(work, Place("-200", "Other")))
    town.store.run(lambda work: work.see(elsewhere.id, [Person("7", "Cai")], "room", NOON))
    assert _find(town, "Cai") == []


def test_who_left_is_found_when_nobody_else_is_meant(town: Town) -> None:
    _leave(town, town.bo)
    assert _find(town, "Bo") == ["Bo"]
    _see(town, Person("7", "Bo"))
    assert town.store.run(lambda work: work.find(town.chat.id, "Bo"))[0].id != town.bo


# -- numbered answers -----------------------------------------------------------------------------------------


def test_a_number_means_what_was_offered_there_last(store: Store) -> None:
    store.run(lambda work: work.offer("wechat", "room-1", ("pay.a", "paid.a", "share.a"), NOON))
    store.run(lambda work: work.offer("wechat", "room-2", ("yes.b", "no.b"), NOON))

    def choice(place: str, number: int) -> str | None:
        return store.run(lambda work: work.choice("wechat", place, number, NOON))

    assert [choice("room-1", n) for n in (0, 1, 3, 4, 99)] == [None, "pay.a", "share.a", None, None]
    assert choice("room-2", 2) == "no.b"
    assert choice("room-3", 1) is None
    store.run(lambda work: work.offer("wechat", "room-1", ("yes.c",), NOON))
    assert [choice("room-1", n) for n in (1, 2)] == ["yes.c", None]


def test_a_number_loses_its_meaning_after_days(store: Store) -> None:
    store.run(lambda work: work.offer("wechat", "room-1", ("pay.a",), NOON))
    later = NOON + OFFERED_FOR
    assert store.run(lambda work: work.choice("wechat", "room-1", 1, later)) == "pay.a"
    assert store.run(lambda work: work.choice("wechat", "room-1", 1, later + timedelta(seconds=1))) is None
