"""A Telegram Bot API server on loopback that accepts nothing the real one would refuse.

    async with BotApi(token="1:test", username="CollectBot") as api:
        mei = api.user("Mei")
        group = api.group("Trip", mei)
        ...start the bot with base_url=api.base_url...
        await api.say(mei, group, "/collect 20 each for pizza")
        [card] = await api.until(lambda: api.messages(group))
        answer = await api.press(mei, card, "Pay")
    assert api.violations == []

It is as a self-hosted server in ``--local`` mode: webhooks may be plain HTTP on loopback. What it does not play it
says so about, as a violation.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.ports import Clock, FakeClock
from tests.botapi.check import METHODS, Upload, decoded, violations
from tests.botapi.methods import Methods
from tests.botapi.people import People
from tests.botapi.world import Json, Refusal, Violation, World

EPOCH = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNPLAYED = {
    "business_connection_id", "direct_messages_topic_id", "message_thread_id", "suggested_post_parameters",
}  # fmt: skip
"""Parameters that lead a message where this server has no place."""
REDELIVERY = 0.02
"""Seconds between attempts at a webhook."""


class BotApi(People):
    """The server, and the people who use it.

    ``violations`` are the requests that the real server would not take, ``calls`` all that came: (method, decoded
    parameters). ``privacy`` is the bot's privacy mode, ``rate`` (messages and edits, seconds) a limit per chat.
    """

    _socket: socket.socket

    def __init__(
        self,
        token: str = "1:test",
        username: str = "CollectBot",
        *,
        clock: Clock | None = None,
        privacy: bool = True,
        rate: tuple[int, float] | None = None,
    ) -> None:
        super().__init__(World(username, clock or FakeClock(EPOCH), privacy=privacy))
        self.token = token
        self.violations: list[str] = []
        self.calls: list[tuple[str, Json]] = []
        self._methods = Methods(self.world, rate)
        self._losing: set[str] = set()
        self._server = Loopback(
            uvicorn.Config(self._app(), log_config=None, lifespan="off", ws="none", date_header=False)
        )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def base_url(self) -> str:
        """What clients put before the token."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/bot"

    @property
    def base_file_url(self) -> str:
        """The same for files."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/file/bot"

    def lose_answer(self, method: str) -> None:
        """The next call of ``method`` is done, but its answer is lost: the gateway says 502."""
        self._losing.add(method)

    async def __aenter__(self) -> Self:
        # With the protocol named asyncio sends without delay; else each answer waits for an acknowledgement.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets=[self._socket])),
            asyncio.create_task(self._push()),
        ]
        await self._server.up.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._methods.closing = True
        self.world.bell.ring()
        self._server.stop.set()
        serving, pushing = self._tasks
        pushing.cancel()
        await asyncio.gather(serving, pushing, return_exceptions=True)
        self._socket.close()

    # -- HTTP -------------------------------------------------------------------------------------------------

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._download),
            ]
        )

    async def _call(self, request: Request) -> Response:
        method: str = request.path_params["method"]
        try:
            self._authorise(request)
            result = await self._perform(method, await _params(request))
        except Refusal as refusal:
            if isinstance(refusal, Violation):
                self.violations.append(f"{method}: {refusal.description}")
            body: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
            if refusal.parameters:
                body["parameters"] = refusal.parameters
            return JSONResponse(body, refusal.code)
        if method in self._losing:
            self._losing.discard(method)
            return JSONResponse({"ok": False, "error_code": 502, "description": "Bad Gateway"}, 502)
        return JSONResponse({"ok": True, "result": result})

    def _authorise(self, request: Request) -> None:
        if not hmac.compare_digest(request.path_params["token"].encode(), self.token.encode()):
            raise Refusal(401, "Unauthorized")

    async def _perform(self, method: str, params: Json) -> object:
        wrong = violations(method, params, bot=self.bot.username)
        play = getattr(self._methods, method, None) if method in METHODS else None
        if not wrong and play is None:
            wrong = ["not played by this server"]
        self.violations += [f"{method}: {each}" for each in wrong]
        if method not in METHODS:
            raise Refusal(404, "Not Found")
        if wrong or play is None:
            raise Refusal(400, f"Bad Request: {wrong[0]}")
        given = {
            name: decoded(value, METHODS[method][name]["type"])
            for name, value in params.items()
            if name in METHODS[method]
        }
        if elsewhere := given.keys() & UNPLAYED:
            raise Violation(400, f"Bad Request: {sorted(elsewhere)} not played by this server")
        self.calls.append((method, given))
        return await play(given)

    async def _download(self, request: Request) -> Response:
        content = self.world.files.get(request.path_params["path"].removeprefix("files/"))
        if content is None or request.path_params["token"] != self.token:
            return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        return Response(content, media_type="application/octet-stream")

    async def _push(self) -> None:
        """Posts updates to the webhook, one after another, each until it is taken with 200."""
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:
            while True:
                update = self.world.updates.first()
                if not self._methods.webhook or update is None:
                    await self.world.bell.wait()
                elif await self._posted(client, update):
                    self.world.updates.delivered(update)
                else:
                    await asyncio.sleep(REDELIVERY)

    async def _posted(self, client: httpx.AsyncClient, update: Json) -> bool:
        webhook = self._methods.webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook["secret"]} if webhook["secret"] else {}
        try:
            answer = await client.post(webhook["url"], json=update, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK


class Loopback(uvicorn.Server):
    """A server inside of a test: it says when it is up, stops at once when told, and leaves the signals of the
    process alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        self.up.set()
        await self.stop.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _params(request: Request) -> Json:
    """Parameters from wherever the Bot API takes them: the query, a form, multipart or JSON."""
    params: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Violation(400, "Bad Request: can't parse JSON")
        return params | body
    async with request.form(max_files=100, max_fields=1000) as form:
        for name, value in form.items():
            params[name] = Upload(value.filename or "", await value.read()) if isinstance(value, UploadFile) else value
    return params
