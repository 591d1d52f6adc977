"""A bank that never says what became of a payment: whoever collects looks, and answers with one tap."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.command import RecordCharge
from bot.domain.model import IntentId
from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build
from tests.dialogs.ways import Scripted

WORDS = {
    "en": {
        "ask": "nobody can tell what became of a payment of ¥60.00 by Anna on Alipay. Please look into that account",
        "yes": "It arrived",
        "no": "Not there",
        "thanks": "¥60.00 received. Thank you!",
        "anew": "your ¥60.00 over Alipay did not reach Lin. Nothing was booked, so you may pay anew.",
        "less": "Alipay now says that ¥50.00 came from Anna. ¥60.00 was booked when you saw it, ¥10.00 more.",
        "history": "the channel told of it as well",
        "history?": "/history",
    },
    "zh_CN": {
        "ask": "Anna 通过 支付宝 的一笔 ¥60.00 一直查不到结果。请到该账户看一眼",
        "yes": "收到了",
        "no": "没收到",
        "thanks": "收到 ¥60.00，谢谢！",
        "anew": "你通过 支付宝 付的 ¥60.00，Lin 没有收到。这笔没有入账，可以重新付款",
        "less": "支付宝 现在说 Anna 付来的是 ¥50.00，而你确认时记的是 ¥60.00，多记了 ¥10.00。",
        "history": "渠道也已确认",
        "history?": "/历史",
    },
}


@pytest.fixture
def alipay() -> Scripted:
    return Scripted("alipay")


@pytest.fixture(params=["en", "zh_CN"])
async def house(request: pytest.FixtureRequest, build: Build, alipay: Scripted) -> House:
    """Anna's payment has been unclear for a week."""
    made = await build(locale=request.param, extra={"alipay": alipay}, most_switches=0)
    await made.say("lin", "/collect 60 each Bus" if request.param == "en" else "收款 60 每人 车费")
    link = await made.link("anna")
    await made.web.post(f"{link}/start", data={"channel": "alipay", "amount": ""})
    await made.app.settle()
    alipay.mood = "mute"
    assert WORDS[made.locale]["ask"] in (await made.advance(days=8))["lin"]
    return made


async def _tells(house: House, alipay: Scripted, minor: int) -> None:
    """The bank speaks after all."""
    (order,) = alipay.orders
    at = house.clock.now()
    charge = RecordCharge(
        channel="alipay", reference="A-1", intent=IntentId(order), amount=minor, currency="CNY", at=at
    )
    handler = house.app.handler
    await asyncio.wrap_future(house.store.submit(lambda work: handler.apply(work, charge)))
    await house.app.settle()


async def test_it_arrived_counts_once_whatever_the_bank_says_later(house: House, alipay: Scripted) -> None:
    words = WORDS[house.locale]
    heard = await house.press("lin", words["yes"])
    assert "¥60.00" in heard.answer
    assert words["thanks"] in heard["anna"]
    assert "2/6" in house.card()
    before = house.phone("anna"), house.phone("lin")
    await _tells(house, alipay, 6000)
    await _tells(house, alipay, 6000)
    assert (house.phone("anna"), house.phone("lin")) == before
    assert words["history"] in (await house.say("lin", words["history?"])).group
    assert "2/6" in house.card()


async def test_less_than_was_seen_is_told(house: House, alipay: Scripted) -> None:
    words = WORDS[house.locale]
    await house.press("lin", words["yes"])
    await _tells(house, alipay, 5000)
    assert words["less"] in house.phone("lin")[-1]


async def test_what_did_not_come_may_be_paid_anew_and_what_comes_late_is_kept(house: House, alipay: Scripted) -> None:
    words = WORDS[house.locale]
    heard = await house.press("lin", words["no"])
    assert words["anew"] in heard["anna"]
    alipay.mood = "well"
    await house.pay("anna")
    assert "2/6" in house.card()
    await _tells(house, alipay, 6000)
    assert "¥60.00" in house.phone("lin")[-1]
    assert "2/6" in house.card()
