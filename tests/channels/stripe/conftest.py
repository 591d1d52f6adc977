"""The server, and the channel that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from adapters.channels.stripe import Stripe
from bot.ports import FakeClock
from tests.channels.stripe.server import HOOK_SECRET, KEY, StripeServer

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[StripeServer]:
    async with StripeServer(FakeClock(NOW)) as server:
        yield server
    assert server.violations == []


@pytest.fixture
async def stripe(server: StripeServer) -> AsyncIterator[Stripe]:
    made = Stripe(secret_key=KEY, hook_secrets=[HOOK_SECRET], base_url=server.base_url, timeout=0.5)
    yield made
    await made.aclose()
