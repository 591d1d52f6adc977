"""A channel of a made-up merchant, and the WeChat Pay that it speaks to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.channels.wechatpay import WeChatPay
from bot.ports import FakeClock
from tests.channels.wechatpay.merchant import NOW, channel_for
from tests.channels.wechatpay.server import WeChatPayServer


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def pay(clock: FakeClock) -> AsyncIterator[WeChatPayServer]:
    async with WeChatPayServer(clock) as server:
        yield server
    assert server.violations == []


@pytest.fixture
async def channel(pay: WeChatPayServer) -> AsyncIterator[WeChatPay]:
    made = channel_for(pay)
    yield made
    await made.aclose()
