"""What every HTTP answer and request goes through: security headers, size and time limits on bodies."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY: Final = 64 * 1024
BODY_WITHIN: Final = 10.0
"""Seconds in which a body must be complete."""
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'; manifest-src 'self'"
    ),
    "Referrer-Policy": "strict-origin",  # the address is a key; the site's name is none, and WeChat Pay's H5 wants it
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds ``HEADERS`` to every answer; pages are not kept by caches unless they say so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


class BodyTooLarge(Exception):
    """More than was allowed."""


async def read_body(request: Request, *, most: int = MOST_BODY, within: float = BODY_WITHIN) -> bytes:
    """The whole body. ``BodyTooLarge`` as soon as it is; ``TimeoutError`` when it does not come in time."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise BodyTooLarge
    body = bytearray()
    async with asyncio.timeout(within):
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise BodyTooLarge
    return bytes(body)


def from_elsewhere(request: Request) -> bool:
    """Whether another site made the browser send this request (it is refused for anything that changes something).
    Browsers that do not say so themselves name the page's origin."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
