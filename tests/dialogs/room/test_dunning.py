"""Reminders and the ladder, as members live through them on a clock that moves."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from bot.domain.policy import Quiet, Rung
from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

# -- reminders ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "reminder", "private", "summary"),
    [
        (
            "en",
            "/collect 200 equal Hotpot",
            "Reminder {} of 12",
            "#1 Hotpot, collected by Lin: you still have ¥33.34 to pay",
            ("the reminders are over", "1 of 6 settled, ¥33.33 of ¥200.00 received"),
        ),
        (
            "zh_CN",
            "收款 200 均摊 火锅",
            "第 {}/12 次提醒",
            "#1 火锅（Lin 收款）：你还差 ¥33.34",
            ("提醒已全部发完", "1/6 已结清，收到 ¥33.33（共 ¥200.00）"),
        ),
    ],
)
async def test_twelve_reminders_in_three_days_and_then_a_summary(
    build: Build, locale: str, line: str, reminder: str, private: str, summary: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    for slot in range(1, 13):
        heard = await house.advance(hours=6)
        assert heard.group.count(reminder.format(slot)) == 1
        assert private in heard["anna"]
        assert "Anna" not in heard.group, "who can be written to is not called out"
        for name in ("@Ben", "@Dora", "@Emil"):
            assert name in heard.group
        assert "lin" not in heard.phones or slot == 12
    for words in summary:
        assert words in heard["lin"]
    assert (await house.advance(days=7)).nothing


async def test_who_has_settled_is_not_mentioned_any_more(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.pay("ben")
    await house.say("emil", "/paid")
    await house.say("lin", "/waive @dora")
    await house.press("lin", "Yes, do it")
    await house.say("anna", "/stop_reminders")
    heard = await house.advance(hours=6)
    assert set(heard.phones) == {"xiaowang", "lin"}
    assert "Emil says ¥33.33 is paid" in heard["lin"], "a claim that waits nudges the organiser instead"
    for name in ("Ben", "Emil", "Dora", "Anna"):
        assert name not in heard.group


async def test_a_newcomer_is_reminded_from_the_next_fair_slot(house: House) -> None:
    await house.say("lin", "/collect 50 each @anna")
    await house.advance(hours=4)
    await house.press("ben", "I'm in")
    assert "Ben" not in (await house.advance(hours=2)).group
    assert "@Ben" in (await house.advance(hours=6)).group


async def test_many_are_mentioned_a_few_at_a_time_in_turn(build: Build) -> None:
    house = await build(mentions_per_message=2, messages_per_slot=1)
    await house.say("lin", "/collect 200 equal")
    first, second = (await house.advance(hours=6)).group, (await house.advance(hours=6)).group
    assert "Still to come: @Ben, @Dora and 1 more." in first
    assert "Still to come: @Emil, @Ben and 1 more." in second


@pytest.mark.parametrize("hours", [20, 50])
async def test_after_a_downtime_one_reminder_comes_and_no_burst(house: House, hours: int) -> None:
    await house.say("lin", "/collect 200 equal")
    heard = await house.away(hours=hours)
    assert heard.group.count("Reminder ") == 1
    assert f"Reminder {hours // 6} of 12" in heard.group
    assert heard["anna"].count("Reminder ") == 1


async def test_after_a_downtime_of_a_week_only_the_summary_comes(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    heard = await house.away(days=7)
    assert "Reminder" not in heard.group
    assert "the reminders are over" in heard["lin"]
    assert set(heard.phones) == {"lin"}


async def test_in_the_quiet_hours_of_the_group_nothing_is_said(build: Build) -> None:
    house = await build(quiet_chat=Quiet(time(22), time(8)))
    await house.say("lin", "/collect 200 equal")
    assert "Reminder 1 of 12" in (await house.advance(hours=6)).group
    assert (await house.advance(hours=12)).nothing, "22:00 and 4:00"
    assert "Reminder 4 of 12" in (await house.advance(hours=6)).group


# -- the ladder -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "number", "sms", "notice", "call"),
    [
        (
            "en",
            "/collect 200 equal Hotpot",
            "/sms +12025550102",
            "[Qunshou] ¥33.34 for #1 Hotpot is still open.",
            "#1 Hotpot: your payment of ¥33.34 is not finished.",
            "Hello, this is the collection assistant of Lin.",
        ),
        (
            "zh_CN",
            "收款 200 均摊 火锅",
            "/短信 +12025550102",
            "【群收】#1 火锅 还有 ¥33.34 未付",
            "#1 火锅：你的 ¥33.34 还没有付完",
            "您好，我是 Lin 的收款助手",
        ),
    ],
)
async def test_who_stalls_gets_an_sms_a_notice_and_a_call(
    build: Build, locale: str, line: str, number: str, sms: str, notice: str, call: str
) -> None:
    house = await build(locale=locale)
    await house.write("anna", number)
    await house.say("lin", line)
    link = await house.link("anna")
    assert (await house.advance(minutes=2, seconds=50)).nothing
    words = (await house.advance(seconds=10))["anna"]
    assert words.startswith("sms: ")
    assert sms in words
    assert link.rpartition("/")[0] in words, "with the way to the page"
    heard = await house.advance(minutes=12)
    assert heard["anna"].startswith("service_notice: ")
    assert notice in heard["anna"]
    heard = await house.advance(hours=24)
    assert "call: " in heard["anna"]
    assert call in heard["anna"]
    assert "sms: " not in heard["anna"]


async def test_without_consent_there_is_no_sms_and_without_a_private_chat_no_notice(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.link("anna")
    await house.link("ben")
    heard = await house.advance(hours=5)
    assert heard["anna"].startswith("private: 📱 Your payment for #1 got stuck. May I send an SMS")
    assert "service_notice: " in heard["anna"]
    assert "sms: " not in heard["anna"]
    assert heard["ben"] == ""
    await house.advance(hours=24)
    assert "call: " not in "".join(house.phone("anna"))


async def test_every_new_step_starts_the_ladder_anew_and_paying_ends_it(house: House) -> None:
    await house.write("anna", "/sms +12025550102")
    await house.say("lin", "/collect 200 equal")
    link = await house.link("anna")
    await house.advance(minutes=2)
    order = await house.start(link)
    assert (await house.advance(minutes=2)).nothing
    assert "sms: " in (await house.advance(minutes=1))["anna"]
    await house.at_bank(order, "success")
    assert (await house.advance(minutes=20)).nothing


@pytest.mark.parametrize("play", ["decline", "error"])
async def test_who_was_stopped_by_trouble_is_told_it_was_not_their_fault(house: House, play: str) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.at_bank(await house.start(await house.link("anna")), play)
    assert "it was not your fault" in (await house.advance(minutes=16))["anna"]
    assert "1 stopped by trouble" in (await house.say("lin", "/status")).group


async def test_an_sms_at_night_waits_until_eight(house: House) -> None:
    await house.write("anna", "/sms +12025550102")
    await house.say("lin", "/collect 200 equal")
    await house.advance(hours=11, minutes=30)
    await house.link("anna")
    heard = await house.advance(minutes=14)
    assert heard["anna"] == "", "the SMS is put off"
    heard = await house.advance(minutes=5)
    assert "service_notice: " in heard["anna"], "a notice makes no noise"


async def test_an_sms_at_night_waits_until_eight_where_nothing_else_follows(build: Build) -> None:
    house = await build(ladder=(Rung(timedelta(minutes=3), "sms"),))
    await house.write("anna", "/sms +12025550102")
    await house.say("lin", "/collect 200 equal")
    await house.advance(hours=11, minutes=30)
    await house.link("anna")
    assert "sms: " not in (await house.advance(hours=10, minutes=25))["anna"]
    assert "sms: " in (await house.advance(minutes=6))["anna"]


async def test_one_sms_a_day_is_enough(house: House) -> None:
    await house.write("anna", "/sms +12025550102")
    await house.say("lin", "/collect 200 equal")
    await house.link("anna")
    assert "sms: " in (await house.advance(minutes=4))["anna"]
    await house.link("anna")
    assert "sms: " not in (await house.advance(minutes=10))["anna"]


# -- resting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "ask", "line", "answer", "told", "reminded", "listed"),
    [
        (
            "en",
            "/collect 60 each Bus",
            "/promise tomorrow 12:00",
            "you pay by Wed 12:00. Thank you! One reminder comes Wed 12:00.",
            "Anna will pay by Wed 12:00",
            "🤝 You said Wed 12:00.",
            "Anna ¥60.00 · never opened · pays by Wed 12:00",
        ),
        (
            "zh_CN",
            "收款 60 每人 包车",
            "/承诺 明天12:00",
            "你会在 周三 12:00 前付。谢谢！到时提醒你一次。",
            "Anna 会在 周三 12:00 前付",
            "🤝 你说过 周三 12:00 付。",
            "Anna ¥60.00 · 没打开过 · 周三 12:00 前付",
        ),
    ],
)
async def test_who_promises_is_left_alone_until_then(
    build: Build, locale: str, ask: str, line: str, answer: str, told: str, reminded: str, listed: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", ask)
    heard = await house.say("anna", line)
    assert answer in heard.group
    assert told in heard["lin"]
    assert listed in (await house.write("lin", "/status"))["lin"]
    assert (await house.advance(hours=25, minutes=59))["anna"] == ""
    assert (await house.advance(minutes=1))["anna"].count(reminded) == 1
    assert (await house.advance(hours=3))["anna"] == ""


async def test_not_now_is_a_day(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    assert "no reminders to you for now" in (await house.say("anna", "/snooze")).group
    assert (await house.advance(hours=23))["anna"] == ""
    assert "¥60.00" in (await house.advance(hours=8))["anna"]


async def test_a_promise_needs_a_time_and_the_time_a_future(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    for line in ("/promise", "/promise soon", "/promise 2020-01-01"):
        assert "/promise fri 18:00" in (await house.say("anna", line)).group
