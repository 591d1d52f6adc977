"""A gateway on loopback, the adapter that talks to it, and a payer's browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import lru_cache
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from adapters.channels.unionpay import Keys, UnionPay
from bot.app.build import pages
from bot.domain.model import CollectionId, Intent, IntentId, MemberId
from bot.ports import FakeClock
from tests.channels.unionpay.keys import MER_ID, PASSWORD, middle, pfx, root
from tests.channels.unionpay.server import UnionPayGateway

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
SITE = "https://pay.example"


@lru_cache
def keys(*, live: bool = True) -> Keys:
    return Keys.read(pfx(), PASSWORD, middle=middle(), root=root(), live=live)


def made(gateway: UnionPayGateway, clock: FakeClock, own: Keys | None = None) -> UnionPay:
    return UnionPay(
        mer_id=MER_ID,
        keys=own or keys(),
        public_url=SITE,
        notify_url=f"{SITE}/hooks/unionpay",
        secret="a secret for addresses",
        clock=clock,
        page=pages().page,
        client=httpx.AsyncClient(timeout=30),
        base_url=gateway.base_url,
        file_url=f"{gateway.base_url}/",
    )


def intent(number: int = 1, *, amount: int = 3333, currency: str = "CNY") -> Intent:
    return Intent(
        id=IntentId(f"INTENT234567ABC{number}"),
        collection=CollectionId("c1"),
        member=MemberId(1),
        channel="unionpay",
        amount=amount,
        currency=currency,
        created_at=NOW,
    )


def site(channel: UnionPay) -> httpx.AsyncClient:
    """A browser that reaches our own pages."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=channel.routes())), base_url=SITE)


async def brought(channel: UnionPay, url: str) -> str:
    """What UnionPay shows after the payer's browser went to ``url`` and sent the form that it found there."""
    async with site(channel) as browser, httpx.AsyncClient() as outside:
        page = await browser.get(urlsplit(url).path)
        assert page.status_code == 200, page.text
        [target] = re.findall(r'<form method="post" action="([^"]+)"', page.text)
        fields = {n: unescape(v) for n, v in re.findall(r'name="(\w+)" value="([^"]*)"', page.text)}
        return (await outside.post(unescape(target), data=fields)).text


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def gateway(clock: FakeClock) -> AsyncIterator[UnionPayGateway]:
    async with UnionPayGateway(clock) as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def unionpay(gateway: UnionPayGateway, clock: FakeClock) -> AsyncIterator[UnionPay]:
    channel = made(gateway, clock)
    yield channel
    await channel.aclose()
