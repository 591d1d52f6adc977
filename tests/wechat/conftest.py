"""A gateway, and the product that is connected to it."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import ShiftedClock
from bot.ports import FakeClock

if importlib.util.find_spec("wechaty_puppet_service") is None:
    collect_ignore_glob = ["*"]  # without the extra; the gate in .ci/run installs it and fails if nothing ran
else:
    from tests.wechat.gateway import Gateway
    from tests.wechat.product import MORNING, Product

    @pytest.fixture
    def clock() -> ShiftedClock:
        return ShiftedClock(FakeClock(MORNING), MORNING)

    @pytest.fixture
    async def gateway(clock: ShiftedClock) -> AsyncIterator[Gateway]:
        """What the bot does here, a real one would take."""
        async with Gateway(clock) as made:
            yield made
        assert made.violations == []

    @pytest.fixture
    async def product(gateway: Gateway, clock: ShiftedClock, tmp_path: Path) -> AsyncIterator[Product]:
        async with Product(gateway, clock, tmp_path) as made:
            yield made
