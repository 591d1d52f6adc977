"""Stripe with the whole product behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.channels.stripe import Stripe
from tests.channels.stripe.server import Json, StripeServer
from tests.dialogs.house import House


@pytest.fixture
async def house(stripe: Stripe, tmp_path: Path) -> AsyncIterator[House]:
    house = await House.build(tmp_path, channels=("stripe", "manual"))
    channels: Any = house.app.parts.channels
    channels["stripe"] = stripe
    yield house
    assert house.verify() == ()
    await house.leave()


@pytest.fixture
async def session(house: House, server: StripeServer) -> Json:
    """Anna's way to Stripe; she owes 33.33 €."""
    await house.say("lin", "/collect 33.33 each EUR Hotpot")
    await house.web.post(f"{await house.link('anna')}/start", data={"channel": "stripe", "amount": ""})
    await house.app.settle()
    (session,) = server.sessions.values()
    return session


async def _tell(house: House, hook: tuple[dict[str, str], bytes]) -> httpx.Response:
    answer = await house.web.post("/hooks/stripe", content=hook[1], headers=hook[0])
    await house.advance(seconds=4)
    return answer


async def test_money_counts_once_however_stripe_wraps_its_repeats(
    house: House, server: StripeServer, session: Json
) -> None:
    paid = server.pay(session["id"])
    for left in (2, 1, 1):
        hook = server.event("checkout.session.completed", paid, id="evt_1", pending_webhooks=left)
        assert (await _tell(house, hook)).status_code == 200
    assert "2/6" in house.card()


async def test_an_event_that_contradicts_itself_is_not_believed(
    house: House, server: StripeServer, session: Json
) -> None:
    paid = server.pay(session["id"])
    assert (await _tell(house, server.event("checkout.session.completed", paid, id="evt_1"))).status_code == 200
    other = server.event("checkout.session.completed", paid | {"amount_total": 1}, id="evt_1")
    assert (await _tell(house, other)).status_code == 409
    assert "2/6" in house.card()


async def test_a_payer_who_comes_back_before_the_webhook_is_counted(
    house: House, server: StripeServer, session: Json
) -> None:
    paid = server.pay(session["id"])
    await house.web.get(session["success_url"])
    await house.advance(seconds=4)
    assert "2/6" in house.card()
    assert (await _tell(house, server.event("checkout.session.completed", paid))).status_code == 200
    assert "2/6" in house.card()
