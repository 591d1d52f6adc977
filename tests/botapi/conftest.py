"""A Bot API server on loopback and python-telegram-bot as its client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
)
from telegram.request import HTTPXRequest

from bot.ports import FakeClock
from tests.botapi.server import EPOCH, BotApi
from tests.botapi.world import Chat, User


def client(api: BotApi, token: str = "1:test") -> Bot:
    def transport() -> HTTPXRequest:
        return HTTPXRequest(httpx_kwargs={"trust_env": False})

    return Bot(
        token,
        base_url=api.base_url,
        base_file_url=api.base_file_url,
        request=transport(),
        get_updates_request=transport(),
    )


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
