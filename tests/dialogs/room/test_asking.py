"""Questions, and what people set for themselves: status, details, tools, help, language, SMS, reminders."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.ports import RawUpdate
from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

NAMES = ("Anna", "Ben", "小王", "Dora", "Emil")

# -- status -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "status", "group", "names"),
    [
        (
            "en",
            "/collect 200 equal Hotpot",
            "/status",
            (
                "#1 Hotpot · open",
                "2/6 settled · ¥66.67 of ¥200.00",
                "1 looked, then silent",
                "3 never opened",
                "Tue 16:00",
            ),
            ("✅ Anna ¥33.34 · paid", "👀 Ben ¥33.34 · looked, then silent", "⚪ Dora ¥33.33 · never opened"),
        ),
        (
            "zh_CN",
            "收款 200 均摊 火锅",
            "状态",
            (
                "#1 火锅 · 进行中",
                "2/6 已结清 · 已收 ¥66.67，共 ¥200.00",
                "看过没动 1 人",
                "没打开过 3 人",
                "周二 16:00",
            ),
            ("✅ Anna ¥33.34 · 已付", "👀 Ben ¥33.34 · 看过没动", "⚪ Dora ¥33.33 · 没打开过"),
        ),
    ],
)
async def test_the_group_sees_counts_and_the_organiser_names(
    build: Build, locale: str, line: str, status: str, group: tuple[str, ...], names: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.pay("anna")
    await house.link("ben")
    heard = await house.say("lin", status)
    for words in group:
        assert words in heard.group
    for words in names:
        assert words in heard["lin"]
    for name in NAMES:
        assert name not in heard.group
    assert house.has_picture()


async def test_others_see_counts_only(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    heard = await house.say("anna", "/status")
    assert "1/6 settled" in heard.group
    assert heard.phones == {}
    heard = await house.write("anna", "/status #1")
    assert heard.group == ""


@pytest.mark.parametrize(
    ("locale", "lines", "status", "which", "one", "said"),
    [
        (
            "en",
            ("/collect 200 equal", "/collect 50 each"),
            "/status",
            "Several are open: #1, #2. Please add the number to what you said",
            "/status #2",
            "#2 · open",
        ),
        (
            "zh_CN",
            ("收款 200 均摊", "收款 50 每人"),
            "/状态",
            "有几笔收款：#1、#2。请带上编号",
            "/状态 #2",
            "#2 · 进行中",
        ),
    ],
)
async def test_of_several_one_says_which(
    build: Build, locale: str, lines: tuple[str, ...], status: str, which: str, one: str, said: str
) -> None:
    house = await build(locale=locale)
    for line in lines:
        await house.say("lin", line)
    assert which in (await house.say("ben", status)).group
    assert said in (await house.say("ben", one)).group


async def test_with_none_open_it_says_how_to_begin(house: House, chinese: House) -> None:
    assert (
        "Nothing is being collected here. Start with /collect 200 equal." in (await house.say("ben", "/status")).group
    )
    assert "There is no #7 here." in (await house.say("ben", "/status #7")).group
    assert "这里没有进行中的收款" in (await chinese.say("ben", "状态")).group


@pytest.mark.parametrize(
    ("locale", "line", "status", "names", "pay", "page"),
    [
        ("en", "/collect 200 equal", "/status", "⚪ Anna ¥33.34 · never opened", "/pay", "¥33.34"),
        ("zh_CN", "收款 200 均摊", "状态", "⚪ Anna ¥33.34 · 没打开过", "怎么付", "¥33.34"),
    ],
)
async def test_in_private_it_finds_the_only_collection_one_has(
    build: Build, locale: str, line: str, status: str, names: str, pay: str, page: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert names in (await house.write("lin", status))["lin"]
    heard = await house.write("anna", pay)
    assert page in heard["anna"]
    assert heard.group == ""
    assert "Ben" not in (await house.write("anna", status))["anna"]


# -- details, tools, why ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "button", "words"),
    [
        (
            "en",
            "/collect 200 equal",
            "Details",
            ("#1 by Lin. At most 12 reminders each, until Fri 10:00.", "/stop_reminders"),
        ),
        ("zh_CN", "收款 200 均摊", "说明", ("#1 由 Lin 收款。每人最多提醒 12 次，到 周五 10:00 为止。", "/停止提醒")),
    ],
)
async def test_the_details_say_how_often_it_will_remind_and_who_sees_what(
    build: Build, locale: str, line: str, button: str, words: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    heard = await house.press("ben", button)
    assert heard.alert
    for word in words:
        assert word in heard.answer


@pytest.mark.parametrize(
    ("locale", "line", "manage", "hint", "no", "preview", "words"),
    [
        (
            "en",
            "/collect 200 equal",
            "Manage",
            "Sent to you privately.",
            "Only Lin or an admin of this chat can do that.",
            "Preview",
            ("what will be sent in the next 72 h", "Tue 16:00 · group reminder × 3", "private reminder × 2"),
        ),
        (
            "zh_CN",
            "收款 200 均摊",
            "管理",
            "已私下发给你。",
            "只有 Lin 或群管理员可以。",
            "预览提醒",
            ("未来 72 小时会发这些", "周二 16:00 · 群提醒 × 3", "私聊提醒 × 2"),
        ),
    ],
)
async def test_the_tools_are_the_organisers_and_show_what_will_be_sent(
    build: Build, locale: str, line: str, manage: str, hint: str, no: str, preview: str, words: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    heard = await house.press("ben", manage)
    assert (heard.answer, heard.alert) == (no, True)
    heard = await house.press("lin", manage)
    assert heard.answer == hint
    assert len(house.buttons("lin")) == 5
    heard = await house.press("lin", preview)
    for word in words:
        assert word in heard["lin"]


@pytest.mark.parametrize(
    ("locale", "line", "why", "owing", "paid"),
    [
        (
            "en",
            "/collect 200 equal",
            "Why me?",
            "Lin collects for #1 and ¥33.34 was open: reminder 1, every 6 h (Tue 16:00).\n"
            "Next: group reminder Tue 22:00. 1 of at most 15 so far.",
            "Nothing more comes: it is paid.",
        ),
        (
            "zh_CN",
            "收款 200 均摊",
            "为什么提醒我",
            "Lin 在收 #1，你还有 ¥33.34 未付：每 6 小时一次，这是第 1 次（周二 16:00）。\n下次：周二 22:00，",
            "之后不再提醒：已经付清了",
        ),
    ],
)
async def test_a_reminder_says_why_it_came(
    build: Build, locale: str, line: str, why: str, owing: str, paid: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.advance(hours=6)
    assert owing in (await house.press("ben", why)).answer
    await house.pay("anna")
    assert paid in (await house.press("anna", why)).answer


async def test_two_workers_at_the_same_press_do_it_once(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    press = {"kind": "pressed", "as": "lin", "data": house.data("lin", "Manage"), "press": "1000"}
    await house.app.inbox.put("room", [RawUpdate("1000", json.dumps(press).encode())])
    worker, before = house.app.updates["room"], len(house.phone("lin"))
    await asyncio.gather(worker.drain(), worker.drain())
    await house.advance(seconds=4)
    assert len(house.phone("lin")) == before + 1


# -- help, start, privacy, language ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "words"),
    [
        (
            "en",
            "/help",
            ("/collect 200 equal Hotpot", "/status", "/pay", "/stop_reminders", "/privacy", "/language zh"),
        ),
        ("en", "/start", ("Hello Anna.", "/collect 200 equal", "/help")),
        ("en", "/privacy", ("What I keep: your name", "I hold no money", "/sms off")),
        ("zh_CN", "帮助", ("收款 200 均摊 火锅", "/状态", "/付款", "/停止提醒", "/language en")),
        ("zh_CN", "/开始", ("你好 Anna", "收款 200 均摊", "/帮助")),
        ("zh_CN", "/隐私", ("我保存：你在本平台的名字", "我不经手钱", "/短信 关")),
    ],
)
async def test_texts_that_need_no_collection(build: Build, locale: str, line: str, words: tuple[str, ...]) -> None:
    house = await build(locale=locale)
    in_private = (await house.write("anna", line))["anna"]
    in_group = (await house.say("anna", line)).group
    for word in words:
        assert word in in_private
        assert word in in_group


async def test_the_language_of_the_group_is_its_admins_choice(house: House) -> None:
    assert "Only an admin of this chat can do that." in (await house.say("ben", "/language zh")).group
    assert "好的，现在用中文。" in (await house.say("lin", "/language zh")).group
    await house.say("lin", "收款 200 均摊")
    assert "Lin 收款" in house.card()
    assert "I speak English now." in (await house.say("lin", "/语言 en")).group
    await house.advance(hours=6)
    assert "collected by Lin" in house.card()


async def test_everybody_has_a_language_of_their_own_in_private(house: House) -> None:
    assert "好的，现在用中文。" in (await house.write("anna", "/language 中文"))["anna"]
    await house.say("lin", "/collect 200 equal")
    heard = await house.advance(hours=6)
    assert "你还差 ¥33.34" in heard["anna"]
    assert "collected by Lin" in heard["xiaowang"]
    assert (await house.press("anna", "My share")).answer.startswith("#1：你的份额 ¥33.34")


async def test_other_languages_are_not_spoken(house: House, chinese: House) -> None:
    assert "I speak English and Chinese." in (await house.write("anna", "/language fr"))["anna"]
    assert "我会中文和英文。" in (await chinese.write("anna", "/语言 fr"))["anna"]


# -- oneself ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "stop", "stopped", "back", "again"),
    [
        (
            "en",
            "/collect 200 equal",
            "/stop_reminders",
            "No more reminders to you",
            "/resume_reminders",
            "Reminders to you are on again.",
        ),
        ("zh_CN", "收款 200 均摊", "停止提醒", "不再给你发任何提醒", "/恢复提醒", "已恢复给你的提醒。"),
    ],
)
async def test_one_word_stops_all_reminders_and_another_brings_them_back(
    build: Build, locale: str, line: str, stop: str, stopped: str, back: str, again: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert stopped in (await house.write("anna", stop))["anna"]
    assert stopped in (await house.say("ben", stop)).group
    heard = await house.advance(hours=6)
    assert heard["anna"] == ""
    assert "Ben" not in heard.group
    assert "Dora" in heard.group
    assert again in (await house.write("anna", back))["anna"]
    assert again in (await house.say("ben", back)).group
    heard = await house.advance(hours=6)
    assert "#1" in heard["anna"]
    assert "Ben" in heard.group


@pytest.mark.parametrize(
    ("locale", "line", "off", "told", "given", "taken", "no_number"),
    [
        (
            "en",
            "/sms +8613800138077",
            "/sms off",
            "please tell me in a private message",
            "the number ending in 77",
            "Your number is erased.",
            "That is no phone number.",
        ),
        ("zh_CN", "/短信 +86 138 0013 8077", "/短信 关", "请私下发给我", "尾号 77", "你的手机号已删除", "这不是手机号"),
    ],
)
async def test_a_phone_number_is_given_in_private_and_taken_back(
    build: Build, locale: str, line: str, off: str, told: str, given: str, taken: str, no_number: str
) -> None:
    house = await build(locale=locale)
    assert told in (await house.say("anna", line)).group
    assert given in (await house.write("anna", line))["anna"]
    assert taken in (await house.write("anna", off))["anna"]
    assert no_number in (await house.write("anna", line.replace("+86", "me:")))["anna"]


async def test_a_button_that_is_none_of_ours_is_answered(house: House, chinese: House) -> None:
    assert (await house.forge("ben", "💣")).answer == "This button is old. Please use the newest message."
    assert (await chinese.forge("ben", "pay")).answer == "这个按钮已经过期，请用最新的消息。"
    assert "Nothing is being collected here" in (await house.forge("ben", "pay.aaaaaaaaaaaaaaaa")).answer


@pytest.mark.parametrize(
    ("locale", "first", "second", "paid", "checked", "share"),
    [
        ("en", "/collect 30 each @anna @ben", "/collect 20 each @ben", "/paid", "Noted for #1", "/my"),
        ("zh_CN", "收款 30 每人 @anna @ben", "收款 20 每人 @ben", "我付了", "#1 记下了", "我的金额"),
    ],
)
async def test_who_owes_in_one_of_several_need_not_say_which(
    build: Build, locale: str, first: str, second: str, paid: str, checked: str, share: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", first)
    await house.say("lin", second)
    mine = (await house.say("anna", share))["anna"]
    assert "¥30.00" in mine
    assert "asked" not in mine
    assert "未打开" not in mine
    assert checked in (await house.say("anna", paid)).group
    assert "#1" in (several := (await house.say("ben", paid)).group)
    assert "#2" in several
    assert checked.replace("1", "2") in (await house.say("ben", f"{paid} #2")).group
