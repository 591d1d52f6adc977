"""A Telegram of our own, and the product that is connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import ShiftedClock
from bot.ports import FakeClock
from tests.botapi.server import BotApi
from tests.dialogs.telegram.product import MORNING, Product


@pytest.fixture
async def clock() -> ShiftedClock:
    return ShiftedClock(FakeClock(MORNING), MORNING)


@pytest.fixture
async def api(clock: ShiftedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BotApi]:
    """What the bot does here, the real server would take: no request is refused for its shape."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with BotApi(clock=clock) as server:
        yield server
    assert server.violations == []


@pytest.fixture
async def product(api: BotApi, clock: ShiftedClock, tmp_path: Path) -> AsyncIterator[Product]:
    """Receiving by polls."""
    async with Product(api, clock, tmp_path) as product:
        yield product
