"""The doors under a private reminder, and what waits for the organiser, in both languages."""

from __future__ import annotations

import pytest

from bot.domain.policy import GENTLE, GENTLE_HOURS
from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

ENGLISH = {"ask": "/collect 60 each Bus"}
CHINESE = {"ask": "收款 60 每人 包车"}


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            ENGLISH
            | {
                "door": "Not me",
                "told": "Anna says this is not theirs to pay (¥60.00).",
                "keep": "They owe it",
                "kept": "Lin has looked at it and counts you in, with ¥60.00.",
                "let_go": "Let go",
                "group": "Anna",
            },
        ),
        (
            "zh_CN",
            CHINESE
            | {
                "door": "不是我",
                "told": "Anna 说这笔（¥60.00）不该由自己付。",
                "keep": "还是要付",
                "kept": "Lin 看过了，还是算你一份：¥60.00。",
                "let_go": "不用付了",
                "group": "Anna",
            },
        ),
    ],
)
async def test_not_me_pauses_and_the_organiser_answers_with_one_tap(
    build: Build, locale: str, words: dict[str, str]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", words["ask"])
    await house.advance(hours=6)
    heard = await house.press("anna", words["door"])
    assert words["told"] in heard["lin"]
    assert "#1" in heard.answer
    assert (await house.advance(hours=6))["anna"] == ""
    assert words["kept"] in (await house.press("lin", words["keep"]))["anna"]
    assert "¥60.00" in (await house.advance(hours=6))["anna"]
    await house.press("anna", words["door"])
    heard = await house.press("lin", words["let_go"])
    assert words["group"] in heard.group
    assert (await house.advance(hours=48))["anna"] == ""
    assert not house.verify()


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            ENGLISH | {"door": "I need more time", "how": "How long", "pause": "3 days", "told": "Anna needs more"},
        ),
        ("zh_CN", CHINESE | {"door": "晚些再付", "how": "要我多久不提醒你", "pause": "3 天", "told": "Anna 想晚些付"}),
    ],
)
async def test_more_time_is_a_choice_of_pauses_and_told_to_the_organiser(
    build: Build, locale: str, words: dict[str, str]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", words["ask"])
    await house.advance(hours=6)
    assert words["how"] in (await house.press("anna", words["door"]))["anna"]
    heard = await house.press("anna", words["pause"])
    assert words["told"] in heard["lin"]
    assert (await house.advance(hours=71))["anna"] == ""


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            ENGLISH
            | {
                "paid": "/paid",
                "nudge": "these wait for you",
                "one": "Anna says ¥60.00 is paid",
                "each": "Anna",
                "all": "All of these arrived",
                "done": "Confirmed: 2 payments, ¥120.00 in all.",
            },
        ),
        (
            "zh_CN",
            CHINESE
            | {
                "paid": "我付了",
                "nudge": "这些在等你答复",
                "one": "Anna 说已付 ¥60.00",
                "each": "Anna",
                "all": "这些都收到了",
                "done": "已确认 2 笔，共 ¥120.00。",
            },
        ),
    ],
)
async def test_claims_that_wait_nudge_the_organiser_with_one_tap_for_each_and_one_for_all(
    build: Build, locale: str, words: dict[str, str]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", words["ask"])
    for person in ("anna", "ben", "dora"):
        await house.say(person, words["paid"])
    heard = await house.advance(hours=6)
    assert words["nudge"] in heard["lin"]
    assert words["one"] in heard["lin"]
    assert heard["anna"] == ""
    everything = house.data("lin", words["all"])
    heard = await house.press("lin", words["each"])
    assert "¥60.00" in heard["anna"]
    heard = await house.forge("lin", everything, private=True)
    assert words["done"] in heard.answer
    assert not house.verify()


async def test_all_of_these_is_for_the_organiser_alone_and_once(house: House) -> None:
    await house.say("lin", ENGLISH["ask"])
    for person in ("anna", "ben"):
        await house.say(person, "/paid")
    await house.advance(hours=6)
    everything = house.data("lin", "All of these arrived")
    await house.forge("ben", everything, private=True)
    assert "2/6" not in house.card()
    await house.forge("lin", everything, private=True)
    again = await house.forge("lin", everything, private=True)
    assert "Confirmed" not in again.answer


async def test_my_share_in_private_has_the_doors(house: House) -> None:
    await house.say("lin", ENGLISH["ask"])
    await house.write("anna", "/my")
    assert house.buttons("anna") == ["💳 Pay", "🙋 I've paid", "🙅 Not me", "🕰 I need more time", "❔ Why me?"]


async def test_one_reminder_speaks_for_all_that_is_open_here(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.advance(hours=1)
    await house.say("lin", "/collect 12 each Cake")
    heard = await house.advance(hours=5)
    assert "Also open here: #2 ¥12.00" in heard["anna"]
    assert (await house.advance(hours=2))["anna"] == "", "the reminder of #2 is folded into that of #1"


async def test_gently_there_is_one_message_a_day_in_waking_hours_and_three_in_all(build: Build) -> None:
    house = await build(ceilings=GENTLE, gentle_hours=GENTLE_HOURS)
    heard = await house.say("lin", "/collect 60 each Bus")
    assert "At most 3 reminders each" in heard.group
    came = []
    for hour in range(1, 24 * 5):
        if "🔔" in (await house.advance(hours=1))["anna"]:
            came.append((10 + hour) % 24)
    assert len(came) == 3
    assert all(9 <= hour <= 21 for hour in came)


async def test_who_was_reached_on_the_phone_gets_no_call(house: House) -> None:
    await house.write("anna", "/sms +12025550102")
    await house.say("lin", "/collect 200 equal")
    await house.link("anna")
    assert "No call to them for 7 days" in (await house.say("lin", "/reached @anna")).group
    await house.advance(hours=30)
    assert "call: " not in "".join(house.phone("anna"))
