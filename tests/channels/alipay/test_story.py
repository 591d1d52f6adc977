"""The whole way with Alipay: a group collects, a member scans, Alipay tells, the group sees it, a part goes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.channels.alipay.conftest import made
from tests.channels.alipay.server import AlipayGateway
from tests.dialogs.house import House

PHONE = "Mozilla/5.0 (Linux; Android 16) Mobile"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = await House.build(tmp_path, channels=("alipay", "manual"))
    yield built
    assert built.verify() == ()
    await built.leave()


@pytest.fixture
async def gateway(house: House) -> AsyncIterator[AlipayGateway]:
    async with AlipayGateway(house.clock) as server:
        alipay = made(server, house.clock)
        house.channels["alipay"] = alipay
        yield server
        await alipay.aclose()
        assert server.violations == []


async def _told(house: House, body: bytes) -> bytes:
    answer = await house.web.post("/hooks/alipay", content=body)
    await house.app.settle()
    return answer.content


async def test_a_member_scans_and_the_group_sees_it_once(house: House, gateway: AlipayGateway) -> None:
    await house.say("lin", "/collect 50 each Hotpot & tea @anna @ben")
    link = await house.link("anna")
    assert (await house.web.post(f"{link}/start", data={"channel": "alipay", "amount": ""})).status_code == 303
    await house.app.settle()
    assert "<svg" in (await house.web.get(link)).text
    [order] = gateway.orders.values()
    assert (order.amount, order.subject, order.notify_url) == (
        "50.00",
        "Hotpot tea",
        "https://pay.example/hooks/alipay",
    )

    gateway.pay(order.number)
    notice = gateway.notice(order.number, charset="gbk")
    assert await _told(house, notice.replace(b"50.00", b"51.00")) == b"not verified"
    for again in (notice, notice, gateway.notice(order.number, notify_time="2026-11-24 10:30:00")):
        assert await _told(house, again) == b"success"
    await house.advance(seconds=10)
    assert "¥50.00" in house.card()
    assert "1/2" in house.card()
    assert sum("¥50.00 received" in words for words in house.phone("anna")) == 1

    await house.say("lin", "/refund @anna 20")
    await house.press("lin", "Yes, do it")
    await house.app.settle()
    assert order.refunded == 2000
    assert await _told(house, gateway.notice(order.number)) == b"success"
    await house.advance(seconds=10)
    assert sum("¥20.00 went back to you over Alipay" in words for words in house.phone("anna")) == 1


async def test_on_a_phone_a_lost_notice_is_made_up_for_by_asking(house: House, gateway: AlipayGateway) -> None:
    await house.say("lin", "/collect 50 each Hotpot @anna")
    link = await house.link("anna")
    form = {"channel": "alipay", "amount": ""}
    await house.web.post(f"{link}/start", data=form, headers={"user-agent": PHONE})
    await house.app.settle()
    where = (await house.web.get(f"{link}/state")).json()["go"]
    order = await gateway.open(where)
    gateway.pay(order.number)
    await house.advance(minutes=20)
    assert "1/1" in house.card()
