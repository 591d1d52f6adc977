"""What is kept about somebody: told, handed over, erased, and let go of with time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.service.retention import Keep, Retention
from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


def handed_over(house: House, person: str) -> dict[str, object]:
    """The file that came last on the person's phone."""
    message = house.room.board.phones[person][-1]
    attachment = house.room.board.files[message.file.rpartition("/")[2]]
    assert (attachment.name, attachment.media_type) == (message.file_name, "application/json")
    return dict(json.loads(attachment.data))


def counted(house: House, table: str, where: str) -> int:
    """How many rows there are."""
    count = sa.text(f"SELECT COUNT(*) FROM {table} WHERE {where}")
    return int(house.store.run(lambda work: work.connection.execute(count).scalar_one()))


@pytest.mark.parametrize(("locale", "ask", "word"), [("en", "/mydata", "/forget"), ("zh_CN", "我的数据", "/忘记我")])
async def test_a_file_says_everything_that_is_kept(build: Build, locale: str, ask: str, word: str) -> None:
    house = await build(locale=locale)
    await house.say("lin", "/collect 60 each Bus @Anna @Ben")
    await house.pay("anna")
    assert word in (await house.write("anna", ask))["anna"]
    kept = handed_over(house, "anna")
    assert kept["person"]["name"] == "Anna"  # type: ignore[index]
    (due,) = kept["dues"]  # type: ignore[misc]
    assert (due["collection"], due["amount"], due["paid"], due["state"]) == ("#1 Bus", "60.00", "60.00", "paid")
    (payment,) = kept["payments"]  # type: ignore[misc]
    assert (payment["channel"], payment["amount"]) == ("sandbox", "60.00")
    assert "Ben" not in json.dumps(kept)


async def test_asked_in_the_group_the_file_still_comes_in_private(house: House) -> None:
    heard = await house.say("anna", "/mydata")
    assert not heard.group
    assert "Anna" in json.dumps(handed_over(house, "anna"))


@pytest.mark.parametrize(("locale", "ask", "yes"), [("en", "/forget", "Yes, do it"), ("zh_CN", "忘记我", "是，就这样")])
async def test_who_asks_to_be_forgotten_is_a_number_in_books_that_still_hold(
    build: Build, locale: str, ask: str, yes: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", "/collect 60 each Bus @Anna @Ben")
    await house.pay("anna")
    await house.write("anna", "/sms +8613800138000")
    await house.write("anna", ask)
    await house.press("anna", yes)
    names = house.phone("lin") + (await house.write("lin", "/status"))["lin"].splitlines()
    assert not any("Anna" in line for line in names[-8:])
    assert not counted(house, "person", "phone LIKE '%13800138000'")
    assert house.verify() == ()


async def test_in_the_group_nobody_is_forgotten(house: House) -> None:
    assert "private" in (await house.say("anna", "/forget")).group


async def test_what_is_old_is_let_go_of(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus @Anna @Ben")
    await house.start(await house.link("anna"))
    await house.write("anna", "/sms +8613800138000")
    await house.pay("anna")
    await house.pay("ben")
    keep = Keep(*(timedelta(days=n) for n in (1, 30, 90, 30)))
    retention = Retention(house.store, house.clock, house.pictures, keep)

    assert counted(house, "intent", "ip != ''")
    await retention.run()
    assert counted(house, "intent", "ip != ''")
    house.clock.move_to(house.clock.now() + timedelta(days=2))
    await retention.run()
    assert not counted(house, "intent", "ip != ''")
    assert counted(house, "person", "phone LIKE '%13800138000'")
    house.clock.move_to(house.clock.now() + timedelta(days=40))
    await retention.run()
    assert not counted(house, "person", "phone LIKE '%13800138000'")
    assert not counted(house, "outbox", "state = 'sent'")
    assert house.verify() == ()


async def test_a_number_is_kept_while_its_owner_still_owes(house: House) -> None:
    await house.write("anna", "/sms +8613800138000")
    await house.say("lin", "/collect 60 each Bus @Anna @Ben")
    house.clock.move_to(house.clock.now() + timedelta(days=400))
    await Retention(house.store, house.clock, house.pictures, Keep()).run()
    assert "13800138000" in json.dumps(await _data(house))


async def _data(house: House) -> dict[str, object]:
    await house.write("anna", "/mydata")
    return handed_over(house, "anna")


async def test_in_private_the_bot_answers_in_the_language_that_new_chats_start_with(chinese: House) -> None:
    assert "每笔钱都对得上" in (await chinese.write("lin", "/款项"))["lin"]
