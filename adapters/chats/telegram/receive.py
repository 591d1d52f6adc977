"""Two ways in: polling and the webhook. Neither acknowledges an update before the inbox has committed it."""

from __future__ import annotations

import hmac
import json
import re
from typing import Any, Final

import httpx
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.ports import Inbox, RawUpdate, Unavailable

log = structlog.get_logger(__name__)

SOURCE: Final = "telegram"
PATH: Final = "/hooks/telegram/updates"
_URGENT: Final = "pre_checkout_query"
"""Telegram waits ten seconds for its answer, and then the payment fails."""
ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", _URGENT, "my_chat_member", "chat_member")
MOST_BYTES: Final = 1024 * 1024
HOLD: Final = 30
"""Seconds for which Telegram holds a poll open while nothing happens."""
_TIMEOUT: Final = httpx.Timeout(10.0, read=HOLD + 15.0)
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_WRONG: Final = {401: "token refused", 404: "token refused", 409: "another process receives with this token"}


class Polling:
    """getUpdates, in the raw. The offset of a poll confirms everything before it."""

    def __init__(self, client: httpx.AsyncClient, bot_url: str) -> None:
        self._client, self._url = client, f"{bot_url}/getUpdates"
        self._offset = 0

    async def once(self, inbox: Inbox, *, hold: int = HOLD) -> None:
        """One poll, held open for ``hold`` seconds. ``Unavailable`` when it failed; whatever the inbox raises leaves
        the offset where it was."""
        updates = await self._updates(hold)
        if updates:
            raw = [_raw(update, json.dumps(update).encode()) for update in updates]
            await inbox.put(SOURCE, raw)
            self._offset = updates[-1]["update_id"] + 1

    async def _updates(self, hold: int) -> list[dict[str, Any]]:
        asked = {"offset": self._offset, "timeout": hold, "limit": 100, "allowed_updates": ALLOWED_UPDATES}
        try:
            answer = await self._client.post(self._url, json=asked, timeout=_TIMEOUT)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(type(error).__name__) from error
        result: list[dict[str, Any]] | None = body.get("result") if isinstance(body, dict) else None
        if result is None or not answer.is_success:
            status = answer.status_code
            raise Unavailable(_WRONG.get(status, f"getUpdates: {status}"), retry_after=_wait(body))
        return result


def _wait(body: object) -> float:
    """What a 429 asks for, in seconds; 0 when nothing is asked."""
    parameters = body.get("parameters") if isinstance(body, dict) else None
    wait = parameters.get("retry_after", 0) if isinstance(parameters, dict) else 0
    return float(wait) if isinstance(wait, int) else 0.0


class Webhook:
    """The address that Telegram posts updates to. ``ValueError`` without a secret: anybody could post there."""

    def __init__(self, url: str, secret: str) -> None:
        if not _SECRET.fullmatch(secret):
            raise ValueError("a Telegram webhook needs a secret of 1 to 256 characters A-Z a-z 0-9 _ -")
        self.url = url if url.endswith(PATH) else url.rstrip("/") + PATH
        self.secret = secret

    def route(self, inbox: Inbox) -> Route:
        """``POST /hooks/telegram/updates``: 200 after the commit; any failure before it makes Telegram repeat."""

        async def receive(request: Request) -> Response:
            given = request.headers.get(_HEADER, "").encode()
            if not hmac.compare_digest(given, self.secret.encode()):
                return PlainTextResponse("wrong secret", 403)
            body = await _body(request)
            if body is None:
                return PlainTextResponse("too large", 413)
            update = _update(body)
            if update is None:
                return PlainTextResponse("no update", 400)
            try:
                await inbox.put(SOURCE, [_raw(update, body)])
            except Exception:
                log.exception("telegram.not_kept", update_id=update["update_id"])
                return PlainTextResponse("try again", 503)
            return Response(status_code=200)

        return Route(PATH, receive, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _update(body: bytes) -> dict[str, Any] | None:
    """The update, if it is one."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    update_id = update.get("update_id") if isinstance(update, dict) else None
    return update if isinstance(update_id, int) and not isinstance(update_id, bool) else None


def _raw(update: dict[str, Any], body: bytes) -> RawUpdate:
    return RawUpdate(str(update["update_id"]), body, urgent=_URGENT in update)
