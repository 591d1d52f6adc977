"""A gateway on loopback, and the adapter that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import lru_cache

import httpx
import pytest

from adapters.channels.alipay import Alipay, Keys
from bot.domain.model import CollectionId, Intent, IntentId, MemberId
from bot.ports import FakeClock
from tests.channels.alipay.keys import APP_ID, SELLER_ID, private_pem, public_pem
from tests.channels.alipay.server import AlipayGateway

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@lru_cache
def keys() -> Keys:
    return Keys.plain(private_pem("app"), public_pem("alipay"))


def made(gateway: AlipayGateway, clock: FakeClock, own: Keys | None = None) -> Alipay:
    return Alipay(
        app_id=APP_ID,
        seller_id=SELLER_ID,
        keys=own or keys(),
        notify_url="https://pay.example/hooks/alipay",
        clock=clock,
        client=httpx.AsyncClient(timeout=30),
        base_url=gateway.url,
    )


def intent(number: int = 1, *, amount: int = 3333, surface: str = "web", currency: str = "CNY") -> Intent:
    return Intent(
        id=IntentId(f"INTENT234567ABC{number}"),
        collection=CollectionId("c1"),
        member=MemberId(1),
        channel="alipay",
        amount=amount,
        currency=currency,
        created_at=NOW,
        surface=surface,
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def gateway(clock: FakeClock) -> AsyncIterator[AlipayGateway]:
    async with AlipayGateway(clock) as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def alipay(gateway: AlipayGateway, clock: FakeClock) -> AsyncIterator[Alipay]:
    channel = made(gateway, clock)
    yield channel
    await channel.aclose()
