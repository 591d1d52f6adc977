"""Handing over, co-treasurers, and those who leave with money in it."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "collect", "hand", "asked", "yes", "only", "done"),
    [
        (
            "en",
            "/collect 200 equal",
            "/handover @anna",
            "Anna: Lin would like you to take over #1. You would answer questions, confirm payments and make changes. "
            "The money still goes to Lin. Do you?",
            "Yes, do it",
            "This one is for Anna only.",
            "#1 is looked after by Anna now, no longer by Lin. The money still goes to Lin.",
        ),
        (
            "zh_CN",
            "收款 200 均摊",
            "/移交 @anna",
            "Anna：Lin 想把 #1 移交给你，以后由你答疑、确认付款和改动。钱仍付给 Lin。你愿意吗？",
            "是，就这样",
            "Anna",
            "#1 由 Lin 移交给 Anna 负责。钱仍付给 Lin。",
        ),
    ],
)
async def test_a_collection_is_handed_over_and_accepted_before_all(
    build: Build, locale: str, collect: str, hand: str, asked: str, yes: str, only: str, done: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", collect)
    assert asked in (await house.say("lin", hand)).group
    assert only in (await house.press("ben", yes)).answer
    assert done in (await house.press("anna", yes)).group
    assert "Anna" in house.card()
    heard = await house.say("ben", "/paid" if locale == "en" else "我付了")
    assert heard["anna"], "the new organiser is asked"
    assert heard["lin"], "so is she whose account it is"


@pytest.mark.parametrize(
    ("locale", "collect", "helper", "named", "adjust", "yes", "line", "off", "gone"),
    [
        (
            "en",
            "/collect 50 each",
            "/helper @anna",
            "Anna helps with #1 now, says Lin: they may confirm, change and close it as Lin may, under their own name.",
            "/adjust @ben 80",
            "Yes, do it",
            "#1: Anna changed Ben's share from ¥50.00 to ¥80.00.",
            "/helper off @anna",
            "Anna no longer helps with #1.",
        ),
        (
            "zh_CN",
            "收款 50 每人",
            "/协助 @anna",
            "Lin 请 Anna 协助 #1：可以像 Lin 一样确认、改动和结束，记录里写各自的名字。",
            "/调整 @ben 80",
            "是，就这样",
            "#1：Anna 把 Ben 的份额从 ¥50.00 改为 ¥80.00。",
            "/协助 @anna 关",
            "Anna 不再协助 #1。",
        ),
    ],
)
async def test_a_co_treasurer_acts_under_their_own_name(
    build: Build,
    locale: str,
    collect: str,
    helper: str,
    named: str,
    adjust: str,
    yes: str,
    line: str,
    off: str,
    gone: str,
) -> None:
    house = await build(locale=locale)
    await house.say("lin", collect)
    no = "Only Lin or an admin" if locale == "en" else "只有 Lin 或群管理员可以。"
    assert no in (await house.say("anna", helper)).group
    assert named in (await house.say("lin", helper)).group
    await house.say("anna", adjust)
    assert line in (await house.press("anna", yes)).group
    claimed = await house.say("ben", "/paid" if locale == "en" else "我付了")
    assert claimed["anna"]
    assert claimed["lin"]
    assert gone in (await house.say("lin", off)).group
    assert no in (await house.say("anna", adjust)).group


@pytest.mark.parametrize(
    ("locale", "collect", "told", "keep", "asked", "yes", "kept"),
    [
        (
            "en",
            "/collect 200 equal not @dora",
            "Anna left the chat. In #1 they still owe ¥40.00. I will not write to them any more.\n"
            "What shall become of it? I show you what would happen first.",
            "Keep asking in private",
            "Go on reminding Anna of #1 (¥40.00)? In private only, at most 11 more, until",
            "Yes, do it",
            "I go on reminding Anna in private",
        ),
        (
            "zh_CN",
            "收款 200 均摊 不含 @dora",
            "Anna 退群了。#1 里对方还差 ¥40.00，我不会再打扰对方。\n怎么处理？选了会先给你看后果。",
            "继续私下提醒",
            "继续提醒 Anna 付 #1（¥40.00）？只在私聊里，最多再 11 次",
            "是，就这样",
            "会继续私下提醒 Anna",
        ),
    ],
)
async def test_the_organiser_chooses_what_becomes_of_somebody_who_left(
    build: Build, locale: str, collect: str, told: str, keep: str, asked: str, yes: str, kept: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", collect)
    heard = await house.leaves("anna")
    assert told in heard["lin"]
    assert not heard.group
    assert not (await house.advance(hours=5))["anna"]
    assert asked in (await house.press("lin", keep))["lin"]
    assert kept in (await house.press("lin", yes)).answer
    assert (await house.advance(hours=7))["anna"]


async def test_somebody_who_left_after_paying_is_taken_off_with_a_preview(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 200 equal not @dora")
    await house.pay("anna")
    heard = await house.leaves("anna")
    assert "Anna left the chat. In #1 they have paid ¥40.00." in heard["lin"]
    preview = (await house.press("lin", "Take them off"))["lin"]
    assert "Take Anna off #1?" in preview
    assert "Lin, Ben, 小王, Emil: ¥40.00 → ¥50.00" in preview
    heard = await house.press("lin", "Yes, do it")
    assert "Lin took Anna off the list" in heard.group
    await chinese.say("lin", "收款 50 每人")
    await chinese.leaves("ben")
    assert "没有和我私聊过" in (await chinese.press("lin", "继续私下提醒")).answer
    assert "不再向 Ben 收款，免去 ¥50.00" in (await chinese.press("lin", "免收"))["lin"]
