"""The whole way with UnionPay: from the group over our page and UnionPay's back into the group."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.channels.unionpay.conftest import brought, made
from tests.channels.unionpay.server import UnionPayGateway
from tests.dialogs.house import House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = await House.build(tmp_path, channels=("unionpay", "manual"))
    yield built
    assert built.verify() == ()
    await built.leave()


@pytest.fixture
async def gateway(house: House) -> AsyncIterator[UnionPayGateway]:
    async with UnionPayGateway(house.clock) as server:
        channel = made(server, house.clock)
        house.channels["unionpay"] = channel
        yield server
        await channel.aclose()
        assert server.violations == []


async def _told(house: House, body: bytes) -> bytes:
    answer = await house.web.post("/hooks/unionpay", content=body)
    await house.app.settle()
    return answer.content


async def _brought(house: House) -> str:
    """To UnionPay's page; the order's number."""
    link = await house.link("anna")
    assert (await house.web.post(f"{link}/start", data={"channel": "unionpay", "amount": ""})).status_code == 303
    await house.app.settle()
    channel = house.channels["unionpay"]
    where = (await house.web.get(f"{link}/state")).json()["go"]
    return (await brought(channel, where)).removeprefix("<html>00 ").removesuffix("</html>")  # type: ignore[arg-type]


async def test_a_member_pays_by_card_and_gets_a_part_back(house: House, gateway: UnionPayGateway) -> None:
    await house.say("lin", "/collect 50 each Hotpot @anna @ben")
    order = await _brought(house)
    gateway.end(order)
    notice = gateway.notice(order)
    assert await _told(house, notice.replace(b"txnAmt=5000", b"txnAmt=5001")) == b"not verified"
    for _ in range(2):
        assert await _told(house, notice) == b"ok"
    await house.advance(seconds=10)
    assert "1/2" in house.card()

    await house.say("lin", "/refund @anna 20")
    await house.press("lin", "Yes, do it")
    await house.app.settle()
    [refund] = [number for number, _ in gateway.found if number != order]
    gateway.end(refund)
    assert not any("went back to you" in words for words in house.phone("anna"))
    assert await _told(house, gateway.notice(refund)) == b"ok"
    await house.advance(seconds=10)
    assert sum("¥20.00 went back to you over UnionPay" in words for words in house.phone("anna")) == 1


async def test_a_lost_notice_is_made_up_for_by_asking(house: House, gateway: UnionPayGateway) -> None:
    await house.say("lin", "/collect 50 each Hotpot @anna")
    gateway.end(await _brought(house))
    await house.advance(minutes=20)
    assert "1/1" in house.card()
