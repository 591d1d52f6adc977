"""From the group to WeChat Pay and back: the whole product, with WeChat Pay's wire at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.wechatpay.merchant import channel_for
from tests.channels.wechatpay.server import WeChatPayServer
from tests.dialogs.house import House, seen

HOOK = "/hooks/wechatpay"
PHONE = {"user-agent": "Mozilla/5.0 (Linux; Android 15) Mobile Safari"}
INSIDE = {"user-agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0"}


@pytest.fixture(params=["en", "zh_CN"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[House, WeChatPayServer]]:
    house = await House.build(tmp_path, locale=request.param, channels=("wechatpay", "manual"))
    async with WeChatPayServer(house.clock) as pay:
        channels: Any = house.app.parts.channels
        channels["wechatpay"] = channel = channel_for(pay)
        house._door.open(house.app)
        yield house, pay
        await house.leave()
        await channel.aclose()
    assert pay.violations == []


async def begin(house: House, headers: dict[str, str]) -> str:
    """Anna's page, on which she has chosen WeChat Pay."""
    await house.say("lin", "/collect 60 each Bus" if house.locale == "en" else "收款 60 每人 大巴")
    link = await house.link("anna")
    answer = await house.web.post(f"{link}/start", data={"channel": "wechatpay"}, headers=headers)
    assert answer.status_code == 303
    await house.app.settle()
    return link


async def test_a_code_is_scanned_and_the_group_sees_it(home: tuple[House, WeChatPayServer]) -> None:
    house, pay = home
    link = await begin(house, {})
    page = await house.web.get(link)
    assert "<svg" in page.text
    assert ("Scan this code with WeChat Pay" if house.locale == "en" else "用微信支付扫一扫付款") in seen(page.text)
    (number,) = pay.ledger.orders
    pay.pay(number)
    headers, body = pay.notice(number)
    for _ in range(2):
        told = await house.web.post(HOOK, content=body, headers=headers)
        assert (told.status_code, told.json()["code"]) == (200, "SUCCESS")
    await house.advance(seconds=4)
    assert ("Paid. Thank you!" if house.locale == "en" else "已付清") in await house.page(link)
    assert "2/6" in house.card()
    assert not house.verify()


async def test_what_is_forged_changes_nothing(home: tuple[House, WeChatPayServer]) -> None:
    house, pay = home
    link = await begin(house, {})
    (number,) = pay.ledger.orders
    pay.pay(number)
    headers, body = pay.notice(number)
    before = (await house.web.get(f"{link}/state")).json()["version"]
    for told, sent in ((headers, body[:-1]), ({}, body), (headers | {"wechatpay-timestamp": "1"}, body)):
        assert (await house.web.post(HOOK, content=sent, headers=told)).status_code == 400
    assert (await house.web.get(f"{link}/state")).json()["version"] == before


async def test_when_no_notice_comes_the_money_is_found_by_asking(home: tuple[House, WeChatPayServer]) -> None:
    """The attempt's time is over: it is closed, and turns out to have been paid."""
    house, pay = home
    link = await begin(house, {})
    (number,) = pay.ledger.orders
    pay.pay(number)
    await house.advance(hours=1, minutes=1)
    await house.app.settle()
    assert ("Paid. Thank you!" if house.locale == "en" else "已付清") in await house.page(link)


@pytest.mark.parametrize("headers", [PHONE, INSIDE], ids=["phone", "inside"])
async def test_a_phone_is_sent_on(home: tuple[House, WeChatPayServer], headers: dict[str, str]) -> None:
    house, pay = home
    link = await begin(house, headers)
    go = (await house.web.get(f"{link}/state")).json()["go"]
    answer = await house.web.get(go)
    assert answer.status_code == 303
    wanted = "https://wx.tenpay.com/" if headers is PHONE else f"{pay.url}/connect/oauth2/authorize?"
    assert answer.headers["location"].startswith(wanted)
    assert bool(pay.ledger.orders) is (headers is PHONE)
