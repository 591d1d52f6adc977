"""The real product behind a gateway: real gRPC on loopback, a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx

from adapters.channels.manual import Manual
from adapters.chats.wechat import WeChat
from adapters.notifiers.call import CallStub
from adapters.notifiers.log import LogSms
from adapters.notifiers.service_notice import ServiceNotice
from adapters.web.links import Links
from bot.app import App, Parts, ShiftedClock
from bot.app.build import renderer, templates_folder
from bot.domain.policy import Policy
from bot.ports import ChatPort
from bot.service.intake import Defaults
from bot.store import Store
from tests.wechat.gateway import Gateway, Room

MORNING = datetime(2026, 11, 24, 2, tzinfo=UTC)
"""10:00 in Shanghai: outside the quiet hours."""
PATIENCE = 10.0
QUICKER = 50
"""So many times faster than in earnest do the product's own waits go by."""


async def hurry(seconds: float) -> None:
    await asyncio.sleep(seconds / QUICKER)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what the other side does in its own time."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the gateway has no event for everything
            await asyncio.sleep(0.005)


class Product:
    """One process of the product; on the same folder the next one goes on."""

    app: App
    wechat: WeChat

    def __init__(
        self,
        gateway: Gateway,
        clock: ShiftedClock,
        folder: Path,
        *,
        beside: dict[str, ChatPort] | None = None,
        **options: object,
    ) -> None:
        self.gateway, self.clock, self.folder = gateway, clock, folder
        self._beside, self._options = beside or {}, options
        self._told: set[str] = set()
        self._marks: dict[str, int] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        options = {"token": "made up", **self._options}
        self.wechat = WeChat(self.gateway.endpoint, wall=self.clock, pause=hurry, **options)  # type: ignore[arg-type]
        chats: dict[str, ChatPort] = {"wechat": self.wechat, **self._beside}
        self.store = Store.open(f"sqlite:///{self.folder / 'qunshou.db'}")
        self.app = App(
            Parts(
                store=self.store,
                clock=self.clock,
                policy=Policy(channels=("manual",)),
                renderer=renderer(),
                links=Links(["a test keeps no secrets"], "https://collect.example", self.clock),
                chats=chats,
                channels={"manual": Manual()},
                notifiers={
                    "sms": LogSms(file=self.folder / "sms.jsonl", clock=self.clock),
                    "service_notice": ServiceNotice(chats=chats),
                    "call": CallStub(folder=self.folder / "calls", clock=self.clock),
                },
                templates=templates_folder(),
                defaults=Defaults("zh_CN", "Asia/Shanghai", "CNY"),
                pictures=self.folder / "pictures",
            )
        )
        await self.app.start()
        self._stack.push_async_callback(self.app.stop)
        self.web = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(self.app.site()), base_url="https://collect.example")
        )
        await until(lambda: self.gateway.heard and self.wechat.ready() == "")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    # -- doing ------------------------------------------------------------------------------------------------

    async def say(self, who: str, where: Room | None, text: str, **more: object) -> str:
        """Somebody says something, and everything that comes of it has come."""
        id_ = self.gateway.say(who, where, text, **more)  # type: ignore[arg-type]
        await self.kept(id_)
        return id_

    async def kept(self, *ids: str) -> None:
        """Wait until these messages are in the inbox, and let what comes of them come."""
        wanted = {f"m:{id_}" for id_ in ids}
        await until(lambda: wanted <= self._kept())
        await self.advance(seconds=8)

    async def moved(self, prefix: str) -> None:
        """Wait until an event whose id begins like that is in the inbox."""
        await until(lambda: any(id_.startswith(prefix) for id_ in self._kept()))
        await self.advance(seconds=8)

    def _kept(self) -> set[str]:
        select = "SELECT event_id FROM inbox WHERE source = 'wechat'"
        return set(self.store.run(lambda work: work.connection.exec_driver_sql(select).scalars().all()))

    async def advance(self, **span: float) -> None:
        await self.app.advance(self.clock, timedelta(**span))

    def heard(self, to: str) -> str:
        """What the bot wrote there since this was asked last."""
        texts = self.gateway.texts(to)
        fresh = texts[self._marks.get(to, 0) :]
        self._marks[to] = len(texts)
        return "\n".join(fresh).translate({0x2068: None, 0x2069: None})
