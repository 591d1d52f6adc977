"""PayPal with the whole product behind it: the money is taken when the payer has approved, once, and counted once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.channels.paypal import PayPal
from tests.channels.paypal.server import Json, PayPalServer
from tests.dialogs.house import House


@pytest.fixture
async def house(paypal: PayPal, tmp_path: Path) -> AsyncIterator[House]:
    house = await House.build(tmp_path, channels=("paypal", "sandbox", "manual"))
    channels: Any = house.app.parts.channels
    channels["paypal"] = paypal
    yield house
    assert house.verify() == ()
    await house.leave()


@pytest.fixture
async def page(house: House) -> str:
    """Anna's own page; she owes 33.33 €."""
    await house.say("lin", "/collect 33.33 each EUR Hotpot")
    return await house.link("anna")


@pytest.fixture
async def order(house: House, server: PayPalServer, page: str) -> Json:
    """An order of Anna's."""
    await _start(house, page, "paypal")
    (order,) = server.orders.values()
    return order


async def _start(house: House, page: str, channel: str) -> None:
    answer = await house.web.post(f"{page}/start", data={"channel": channel, "amount": ""})
    assert answer.status_code == 303
    await house.app.settle()


async def _tell(house: House, hook: tuple[dict[str, str], bytes]) -> httpx.Response:
    answer = await house.web.post("/hooks/paypal", content=hook[1], headers=hook[0])
    await house.app.settle()
    await house.advance(seconds=4)
    return answer


async def test_the_page_leads_to_paypal(house: House, order: Json, page: str) -> None:
    state = (await house.web.get(f"{page}/state")).json()
    assert state["go"] == order["links"][1]["href"]


async def test_an_approval_that_paypal_tells_of_is_money_at_once(
    house: House, server: PayPalServer, order: Json
) -> None:
    hook = server.event("CHECKOUT.ORDER.APPROVED", server.approve(order["id"]))
    assert (await _tell(house, hook)).status_code == 200
    assert server.captured == 1
    assert "2/6" in house.card()


async def test_a_payer_who_comes_back_is_enough(house: House, server: PayPalServer, order: Json, page: str) -> None:
    server.approve(order["id"])
    answer = await house.web.get(f"{page}?back=1&token={order['id']}&PayerID=X")
    assert (answer.status_code, "back" in answer.headers["location"]) == (303, False)
    await house.app.settle()
    await house.advance(seconds=4)
    assert server.captured == 1
    assert "2/6" in house.card()


async def test_however_often_it_is_told_the_money_is_taken_and_counted_once(
    house: House, server: PayPalServer, order: Json, page: str
) -> None:
    approved = server.event("CHECKOUT.ORDER.APPROVED", server.approve(order["id"]))
    await asyncio.gather(
        *(house.web.get(f"{page}?back=1") for _ in range(3)),
        *(house.web.post("/hooks/paypal", content=approved[1], headers=approved[0]) for _ in range(3)),
    )
    await house.app.settle()
    (capture,) = server.captures.values()
    for _ in range(2):
        assert (await _tell(house, server.event("PAYMENT.CAPTURE.COMPLETED", capture))).status_code == 200
    assert server.captured == 1
    assert "2/6" in house.card()
    assert "€33.33" not in " ".join(house.phone("lin"))


async def test_coming_back_asks_at_most_once_a_minute(
    house: House, server: PayPalServer, order: Json, page: str
) -> None:
    asked = f"GET /v2/checkout/orders/{order['id']}"
    for _ in range(5):
        await house.web.get(f"{page}?back=1")
        await house.app.settle()
    assert server.calls.count(asked) == 1
    await house.advance(minutes=1)
    looked = server.calls.count(asked)  # the clock looks too
    await house.web.get(f"{page}?back=1")
    await house.app.settle()
    assert server.calls.count(asked) == looked + 1


async def test_a_payer_who_took_another_way_is_not_charged_by_paypal_too(
    house: House, server: PayPalServer, order: Json, page: str
) -> None:
    await _start(house, page, "sandbox")
    hook = server.event("CHECKOUT.ORDER.APPROVED", server.approve(order["id"]))
    assert (await _tell(house, hook)).status_code == 200
    assert server.captured == 0


async def test_a_webhook_whose_certificate_is_out_of_reach_is_to_come_again(
    house: House, server: PayPalServer, order: Json
) -> None:
    hook = server.event("CHECKOUT.ORDER.APPROVED", server.approve(order["id"]))
    certificate, server.certificate = server.certificate, b""
    assert (await _tell(house, hook)).status_code == 503
    assert server.captured == 0
    server.certificate = certificate
    assert (await _tell(house, hook)).status_code == 200
    assert server.captured == 1
