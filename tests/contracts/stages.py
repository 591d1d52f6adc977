"""One group of three on each chat platform: Lin owns it and is in touch with the bot, Anna too, Ben is a stranger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.chats.room import Room
from adapters.chats.telegram import Telegram
from bot.app import ShiftedClock
from bot.app.build import pages
from bot.commands import menu
from bot.ports import ChatPort, FakeClock
from tests.botapi.server import BotApi

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@dataclass
class Stage:
    """``said`` tells what stands in the group, or with a person, as a reader sees it."""

    port: ChatPort
    clock: ShiftedClock
    group: str
    lin: str
    ben: str
    heads: int
    said: Callable[[str], list[str]]


class Forgetful:
    """An inbox that keeps nothing."""

    async def put(self, source: str, updates: object) -> None: ...


async def _no_pause(_: float) -> None: ...


def _clock() -> ShiftedClock:
    return ShiftedClock(FakeClock(NOW), NOW)


@asynccontextmanager
async def room() -> AsyncIterator[Stage]:
    clock = _clock()
    port = Room(clock=clock, page=pages().page, title="Friday", zone="Asia/Shanghai")

    def said(where: str) -> list[str]:
        messages = port.board.group if where == "group" else port.board.phones.get(where, [])
        return [message.html for message in messages]

    yield Stage(port, clock, "group", "lin", "ben", 6, said)


@asynccontextmanager
async def telegram() -> AsyncIterator[Stage]:
    clock = _clock()
    async with BotApi(clock=clock) as api:
        lin, anna, ben = (api.user(name) for name in ("Lin", "Anna", "Ben"))
        group = api.group("Friday", lin, anna, ben, admins=[lin])
        await api.start(lin)
        base = api.base_url.removesuffix("/bot")
        port = Telegram(
            api.token,
            wall=clock,
            base_url=base,
            commands=lambda locale, private: menu(locale, private=private),
            pause=_no_pause,
        )

        def said(where: str) -> list[str]:
            return [message.text for message in api.messages(api.world.chats[int(where)])]

        yield Stage(port, clock, str(group.id), str(lin.id), str(ben.id), 3, said)
        await port.close()
        assert api.violations == []


@asynccontextmanager
async def wechat() -> AsyncIterator[Stage]:
    import asyncio

    from adapters.chats.wechat import WeChat
    from tests.wechat.gateway import Gateway
    from tests.wechat.product import hurry, until

    clock = _clock()
    async with Gateway(clock) as gateway:
        friday = gateway.room("Friday", "Lin", "Anna", "Ben")
        gateway.friends |= {"wxid_lin", "wxid_anna"}
        port = WeChat(gateway.endpoint, "made up", wall=clock, pause=hurry)
        running = asyncio.create_task(port.run(Forgetful()))
        await until(lambda: port.ready() == "")
        yield Stage(port, clock, friday.id, "wxid_lin", "wxid_ben", 3, gateway.texts)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await port.close()


STAGES: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "room": room,
    "telegram": telegram,
    "wechat": wechat,
}
