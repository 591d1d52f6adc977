"""The server, and the channel that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.channels.paypal import PayPal
from bot.ports import FakeClock, HookEvent, Payer
from tests.channels.facts import intent
from tests.channels.paypal.server import CLIENT, SECRET, WEBHOOK, Json, PayPalServer

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


async def read(paypal: PayPal, hook: tuple[dict[str, str], bytes]) -> HookEvent:
    """The one event in a webhook."""
    await paypal.prepare(hook[0])
    (event,) = paypal.verify(*hook, NOW)
    return event


@pytest.fixture
async def server() -> AsyncIterator[PayPalServer]:
    async with PayPalServer(FakeClock(NOW)) as server:
        yield server
    assert server.violations == []


@pytest.fixture
def roots(server: PayPalServer, tmp_path: Path) -> Path:
    at = tmp_path / "roots.pem"
    at.write_bytes(server.authority.root())
    return at


@pytest.fixture
async def paypal(server: PayPalServer, roots: Path) -> AsyncIterator[PayPal]:
    made = PayPal(
        client_id=CLIENT,
        client_secret=SECRET,
        webhook_id=WEBHOOK,
        clock=server.clock,
        base_url=server.base_url,
        roots=roots,
        timeout=0.5,
    )
    yield made
    await made.aclose()


@pytest.fixture
async def order(paypal: PayPal, server: PayPalServer) -> Json:
    answer = await paypal.create(intent(), title="Hotpot", return_url="https://pay.example/x", payer=Payer())
    return server.orders[answer.reference]


@pytest.fixture
def capture(server: PayPalServer, order: Json) -> Json:
    server.take(order["id"])
    (capture,) = server.captures.values()
    return capture
