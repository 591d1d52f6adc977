"""A Bot API server of our own, and the channels that ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from adapters.channels.telegram_invoice import TelegramPayments, TelegramStars, Wire
from bot.domain.model import CollectionId, Intent, IntentId, MemberId
from bot.ports import FakeClock
from tests.botapi.payments import PROVIDER_TOKEN
from tests.botapi.server import BotApi
from tests.botapi.world import User

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def wire(api: BotApi, transport: httpx.AsyncBaseTransport | None = None) -> Wire:
    client = httpx.AsyncClient(trust_env=False, timeout=5, transport=transport)
    return Wire(api.token, client, api.base_url.removesuffix("/bot"))


def attempt(number: int = 1, *, currency: str = "CNY", amount: int = 3_333) -> Intent:
    return Intent(
        id=IntentId(f"INTENT234567ABC{number}"),
        collection=CollectionId("c1"),
        member=MemberId(1),
        channel="any",
        amount=amount,
        currency=currency,
        created_at=NOW,
    )


@pytest.fixture
async def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def api(clock: FakeClock) -> AsyncIterator[BotApi]:
    async with BotApi(clock=clock) as server:
        yield server
    assert server.violations == []


@pytest.fixture
async def anna(api: BotApi) -> User:
    return api.user("Anna")


@pytest.fixture
async def payments(api: BotApi) -> AsyncIterator[TelegramPayments]:
    made = TelegramPayments(wire(api), provider_token=PROVIDER_TOKEN, currency="CNY")
    yield made
    await made.aclose()


@pytest.fixture
async def stars(api: BotApi) -> AsyncIterator[TelegramStars]:
    made = TelegramStars(wire(api))
    yield made
    await made.aclose()
