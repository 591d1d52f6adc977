"""A Bot API server on loopback and python-telegram-bot as its client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.ports import FakeClock
from tests.botapi.samples import client
from tests.botapi.server import EPOCH, BotApi
from tests.botapi.world import Chat, User


@pytest.fixture
async def clock() -> FakeClock:
    return FakeClock(EPOCH)


@pytest.fixture
async def api(clock: FakeClock) -> AsyncIterator[BotApi]:
    async with BotApi(clock=clock) as server:
        yield server


@pytest.fixture
async def bot(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with client(api) as bot:
        yield bot


@pytest.fixture
def mei(api: BotApi) -> User:
    return api.user("Mei", username="mei_b", language_code="zh-hans")


@pytest.fixture
def group(api: BotApi, mei: User) -> Chat:
    return api.group("Trip", mei)
