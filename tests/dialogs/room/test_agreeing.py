"""Two people for large sums, before everybody's eyes."""

from __future__ import annotations

import pytest

from bot.domain.money import Money
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "collect", "helper", "waive", "yes", "asked", "agree", "same", "only", "agreed", "done"),
    [
        (
            "en",
            "/collect 50 each",
            "/helper @anna",
            "/waive @ben ill",
            "Yes, do it",
            "Lin wants this: asked no more Ben, ¥50.00 (ill). Above ¥20.00 somebody else in charge has to agree.",
            "I agree",
            "It needs a second person.",
            "Only Lin or an admin",
            "#1: asked by Lin, agreed by Anna.",
            "Lin waived ¥50.00 for Ben: ill.",
        ),
        (
            "zh_CN",
            "收款 50 每人",
            "/协助 @anna",
            "/免收 @ben 病了",
            "是，就这样",
            "Lin 想要：免收 Ben，¥50.00（病了）。超过 ¥20.00 需要另一位负责人同意。",
            "我同意",
            "需要另一个人来同意",
            "只有 Lin 或群管理员可以",
            "#1：Lin 提出，Anna 同意。",
            "Lin 免去 Ben 的 ¥50.00：病了。",
        ),
    ],
)
async def test_a_large_sum_is_let_go_when_a_second_person_agrees(
    build: Build,
    locale: str,
    collect: str,
    helper: str,
    waive: str,
    yes: str,
    asked: str,
    agree: str,
    same: str,
    only: str,
    agreed: str,
    done: str,
) -> None:
    house = await build(locale=locale, second_person=(Money(2_000, "CNY"),))
    await house.say("lin", collect)
    await house.say("lin", helper)
    await house.say("lin", waive)
    assert asked in (await house.press("lin", yes)).group
    assert "1/6" in house.card()
    assert same in (await house.press("lin", agree)).answer
    assert only in (await house.press("ben", agree)).answer
    heard = await house.press("anna", agree)
    assert agreed in heard.group
    assert done in heard.group
    assert "2/6" in house.card()


@pytest.mark.parametrize(
    ("locale", "collect", "close", "no", "declined"),
    [
        ("en", "/collect 50 each", "/close", "No", "Lin does not agree to what Anna asked. Nothing was changed."),
        ("zh_CN", "收款 50 每人", "/结束", "不", "Lin 不同意 Anna 的提议，没有任何改动。"),
    ],
)
async def test_a_no_leaves_everything_as_it_is(
    build: Build, locale: str, collect: str, close: str, no: str, declined: str
) -> None:
    house = await build(locale=locale, second_person=(Money(2_000, "CNY"),))
    await house.say("anna", collect)
    await house.pay("ben")
    await house.say("anna", close)
    said = house.data("lin", no)
    assert declined in (await house.press("lin", no)).group
    gone = "That is no longer on offer." if locale == "en" else "这个已经失效了。"
    assert (await house.forge("lin", said)).answer == gone


@pytest.mark.parametrize(
    ("locale", "collect", "lower", "yes", "asked"),
    [
        (
            "en",
            "/collect 50 each",
            "/adjust @{} 38",
            "Yes, do it",
            "¥12.00; with what they let go of in the last 24 hours it is ¥24.00. Above ¥20.00 somebody else",
        ),
        (
            "zh_CN",
            "收款 50 每人",
            "/调整 @{} 38",
            "是，就这样",
            "¥12.00；加上 24 小时内已经少收或退回的，合计 ¥24.00。超过 ¥20.00 需要另一位负责人同意。",
        ),
    ],
)
async def test_small_steps_of_one_person_are_added_up(
    build: Build, locale: str, collect: str, lower: str, yes: str, asked: str
) -> None:
    house = await build(locale=locale, second_person=(Money(2_000, "CNY"),))
    await house.say("lin", collect)
    await house.say("lin", lower.format("ben"))
    await house.press("lin", yes)
    await house.advance(hours=23)
    await house.say("lin", lower.format("dora"))
    assert asked in (await house.press("lin", yes)).group
    await house.advance(hours=1, minutes=1)
    await house.say("lin", lower.format("dora"))
    assert asked not in (await house.press("lin", yes)).group
