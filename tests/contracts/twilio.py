"""A server that speaks the part of Twilio's REST API that sends an SMS, and refuses what Twilio would refuse.

Facts: one resource, POST, form-encoded, basic auth, To in E.164, From or MessagingServiceSid, Body of 1 to 1,600
characters; 201 with the message's sid; errors as ``{"code", "message", "more_info", "status"}`` (21211 To is no
number, 21602 Body is missing, 21617 Body is too long, 21603 From is missing, 20003 not authenticated).
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.botapi.server import Loopback

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "made up", "+15005550006"
_E164 = re.compile(r"\+[1-9]\d{6,14}")


class Twilio:
    """``messages`` are what was accepted; ``trouble`` is answered instead, first in first out: (status, headers)."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.trouble: list[tuple[int, dict[str, str]]] = []
        self.violations: list[str] = []
        app = Starlette(routes=[Route("/2010-04-01/Accounts/{account}/Messages.json", self._send, methods=["POST"])])
        self._server = Loopback(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))

    async def __aenter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.up.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop.set()
        await self._task
        self._socket.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    async def _send(self, request: Request) -> Response:
        if self.trouble:
            status, headers = self.trouble.pop(0)
            return PlainTextResponse("<html>busy</html>", status, headers)
        wanted = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != wanted or request.path_params["account"] != ACCOUNT:
            return self._refuse(401, 20003, "Authenticate")
        if request.headers["content-type"] != "application/x-www-form-urlencoded":
            return self._refuse(400, 21602, "no form")
        form = {name: str(value) for name, value in (await request.form()).items()}
        if unknown := set(form) - {"To", "From", "MessagingServiceSid", "Body"}:
            return self._refuse(400, 20001, f"unknown {unknown}")
        if not _E164.fullmatch(form.get("To", "")):
            return self._refuse(400, 21211, "Invalid 'To' Phone Number")
        if not ("From" in form) ^ ("MessagingServiceSid" in form):
            return self._refuse(400, 21603, "A 'From' phone number is required")
        if not form.get("Body"):
            return self._refuse(400, 21602, "Message body is required")
        if len(form["Body"]) > 1600:
            return self._refuse(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        self.messages.append(form)
        return JSONResponse({"sid": f"SM{len(self.messages):032}", "status": "queued", "error_code": None}, 201)

    def _refuse(self, status: int, code: int, message: str) -> Response:
        self.violations.append(message)
        info = f"https://www.twilio.com/docs/errors/{code}"
        return JSONResponse({"code": code, "message": message, "more_info": info, "status": status}, status)
