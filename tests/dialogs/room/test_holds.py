"""Large payments wait for the organiser's tap, and nothing is asked of a channel before."""

from __future__ import annotations

import pytest

from bot.domain.money import Money
from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build
from tests.dialogs.ways import Scripted

WORDS = {
    "en": {
        "ask": "Anna wants to pay ¥60.00. That is more than may go through without a look.",
        "page": "This is a large payment. Lin is asked to let it through first",
        "yes": "Let it through",
        "no": "No",
        "let": "Lin has let your ¥60.00 through.",
        "back": "Lin would rather not take ¥60.00 this way. Nothing was charged",
        "late": "nobody has looked at your ¥60.00 in time, so nothing was charged.",
        "alert": "✅ ¥60.00 by Anna may go through.",
    },
    "zh_CN": {
        "ask": "Anna 要付 ¥60.00。单笔金额较大，需要你看一眼。",
        "page": "这笔金额较大，已请 Lin 先确认",
        "yes": "放行",
        "no": "不放行",
        "let": "Lin 已放行你的 ¥60.00",
        "back": "Lin 不想这样收 ¥60.00，没有扣款。",
        "late": "你的 ¥60.00 一直没有人确认，没有扣款。",
        "alert": "✅ 已放行 Anna 的 ¥60.00。",
    },
}


@pytest.fixture
def alipay() -> Scripted:
    return Scripted("alipay")


@pytest.fixture(params=["en", "zh_CN"])
async def house(request: pytest.FixtureRequest, build: Build, alipay: Scripted) -> House:
    made = await build(locale=request.param, extra={"alipay": alipay}, hold_above=(Money(5000, "CNY"),))
    await made.say("lin", "/collect 60 each Bus" if request.param == "en" else "收款 60 每人 车费")
    return made


async def _start(house: House, link: str, amount: str = "") -> str:
    await house.web.post(f"{link}/start", data={"channel": "alipay", "amount": amount})
    await house.advance(seconds=4)
    return await house.page(link)


async def test_a_large_payment_waits_for_the_tap_and_then_goes_on(house: House, alipay: Scripted) -> None:
    words, link = WORDS[house.locale], await house.link("anna")
    assert words["page"] in await _start(house, link)
    assert alipay.asked == []
    assert words["ask"] in house.phone("lin")[-1]
    heard = await house.press("lin", words["yes"])
    assert words["alert"] in heard.answer
    assert words["let"] in heard["anna"]
    assert alipay.asked == ["create"]
    assert (await house.web.get(f"{link}/state")).json()["go"].startswith("https://alipay.example/")


async def test_a_no_is_said_kindly_and_nothing_is_ever_asked_of_the_channel(house: House, alipay: Scripted) -> None:
    words = WORDS[house.locale]
    await _start(house, await house.link("anna"))
    assert words["back"] in (await house.press("lin", words["no"]))["anna"]
    assert alipay.asked == []


async def test_nobody_waits_longer_than_a_day(house: House, alipay: Scripted) -> None:
    words = WORDS[house.locale]
    await _start(house, await house.link("anna"))
    assert words["late"] in (await house.advance(hours=25))["anna"]
    assert alipay.asked == []


async def test_a_small_payment_just_goes_through(house: House, alipay: Scripted) -> None:
    await _start(house, await house.link("anna"), "50")
    assert alipay.asked == ["create"]


async def test_only_who_is_in_charge_lets_through_and_only_once(house: House, alipay: Scripted) -> None:
    words = WORDS[house.locale]
    await _start(house, await house.link("anna"))
    data = house.data("lin", words["yes"])
    await house.forge("anna", data, private=True)
    assert alipay.asked == []
    await house.forge("lin", data, private=True)
    await house.forge("lin", data, private=True)
    assert alipay.asked == ["create"]


async def test_many_small_payments_within_an_hour_are_held_too(build: Build, alipay: Scripted) -> None:
    house = await build(extra={"alipay": alipay}, hold_hour=(Money(10_000, "CNY"),))
    await house.say("lin", "/collect 60 each Bus")
    await _start(house, await house.link("anna"))
    assert alipay.asked == ["create"]
    await _start(house, await house.link("ben"))
    assert alipay.asked == ["create"]
    assert "With it more is paid within an hour" in house.phone("lin")[-1]
    await house.advance(hours=1)
    await _start(house, await house.link("dora"))
    assert alipay.asked.count("create") == 2
