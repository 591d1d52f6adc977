"""What the vendors' servers of the tests have in common: HTTP on a free port of this machine, and ways to misbehave."""

from __future__ import annotations

import asyncio
import socket
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.botapi.server import Loopback


class Standing:
    """An application on a free port of this machine, from ``async with`` to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._over = asyncio.Event()
        self._server = Loopback(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))

    async def __aenter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.up.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.stop.set()
        await self._task
        self._socket.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"


class Vendor(Standing):
    """A server of ours that plays a vendor's.

    ``violations`` are the requests that the vendor would refuse for their form, ``calls`` all that came (method and
    path). ``trouble`` is answered instead, first in first out; ``mute`` swallows so many answers, and ``losing`` the
    answers to these calls: what was asked is done, and nobody hears of it.
    """

    def __init__(self, routes: list[BaseRoute]) -> None:
        self.violations: list[str] = []
        self.calls: list[str] = []
        self.trouble: list[Response] = []
        self.mute = 0
        self.losing: list[str] = []
        app: ASGIApp = Starlette(routes=routes)

        async def moody(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return await app(scope, receive, send)
            call = f"{scope['method']} {scope['path']}"
            self.calls.append(call)
            if self.trouble:
                await Request(scope, receive).body()
                return await self.trouble.pop(0)(scope, receive, send)
            if self.mute:
                self.mute -= 1
                return await app(scope, receive, self._swallow)
            if call in self.losing:
                self.losing.remove(call)
                return await app(scope, receive, self._swallow)
            return await app(scope, receive, send)

        super().__init__(moody)

    async def _swallow(self, message: object) -> None:
        await self._over.wait()


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return f"http://127.0.0.1:{closed.getsockname()[1]}"
