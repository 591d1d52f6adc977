"""PayPal's REST API over HTTP: one client, a token that is kept and renewed, and errors as trouble of ours.

Errors come as ``{"name", "message", "debug_id", "details": [{"issue", …}], "links"}``; the issue of the first detail
says most (developer.paypal.com/api/rest/responses).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from bot.ports import Clock, Declined, Outside, Unavailable, Unknown

Json = Mapping[str, Any]

BASE_URL: Final = "https://api-m.paypal.com"
SANDBOX_URL: Final = "https://api-m.sandbox.paypal.com"
_EARLY: Final = timedelta(minutes=2)
"""A token is renewed so long before its end."""
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_UNDER_WAY: Final = frozenset(
    {"PREVIOUS_REQUEST_IN_PROGRESS", "ORDER_COMPLETION_IN_PROGRESS", "DUPLICATE_REQUEST_ID", "RESOURCE_CONFLICT"}
)
"""The same request was made before, and its outcome is not said."""


class Refused(Declined):
    """PayPal said no, with the HTTP status and where the payer should go instead."""

    def __init__(self, issue: str, status: int, body: Json) -> None:
        super().__init__(issue)
        self.status, self.body = status, body


class Wire:
    """Authenticated calls."""

    def __init__(
        self, client: httpx.AsyncClient, clock: Clock, *, client_id: str, client_secret: str, base_url: str
    ) -> None:
        self._client, self._clock = client, clock
        self._id, self._secret, self._base_url = client_id, client_secret, base_url.rstrip("/")
        self._token, self._until = "", datetime.min.replace(tzinfo=clock.now().tzinfo)
        self._renewing = asyncio.Lock()

    async def ask(self, path: str, params: Mapping[str, str] | None = None) -> Json:
        """For what changes nothing: whatever goes wrong, it can be asked again. ``Refused`` where there is nothing."""
        try:
            return await self._call("GET", path, params=params)
        except Refused as no:
            if no.status == 404:
                raise
            raise Unknown(no.code) from no
        except Unknown as trouble:
            raise Unavailable(trouble.code) from trouble

    async def do(self, path: str, body: Json, *, request_id: str) -> Json:
        """For what moves something: ``Unknown`` unless it surely did or did not happen."""
        headers = {"PayPal-Request-Id": request_id, "Prefer": "return=representation"}
        return await self._call("POST", path, body=body, headers=headers)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        for last in (False, True):
            token = await self._bearer()
            answer = await self._send(
                method,
                path,
                params=params,
                json=body,
                headers={**(headers or {}), "Authorization": f"Bearer {token}"},
            )
            if answer.status_code != 401 or last:
                break
            self._token = ""  # withdrawn before its time; nothing has happened
        return _read(answer)

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return await self._client.request(method, self._base_url + path, **more)
        except _NEVER_SENT as error:
            raise Unavailable("connection") from error
        except httpx.TimeoutException as error:
            raise Unknown("timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unknown("connection") from error

    async def _bearer(self) -> str:
        async with self._renewing:
            if not self._token or self._clock.now() >= self._until:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        try:
            answer = await self._send(
                "POST",
                "/v1/oauth2/token",
                auth=(self._id, self._secret),
                data={"grant_type": "client_credentials"},
                headers={"Accept": "application/json"},
            )
            told = _read(answer)
            token, lasting = told["access_token"], told["expires_in"]
            if not isinstance(token, str) or not token or type(lasting) is not int:
                raise Unavailable("unreadable_answer")
        except (Outside, KeyError) as trouble:  # without a token nothing was asked
            code = trouble.code if isinstance(trouble, Outside) else "unreadable_answer"
            raise Unavailable(code) from trouble
        self._token = token
        self._until = self._clock.now() + timedelta(seconds=max(0, lasting)) - _EARLY


def _read(answer: httpx.Response) -> Json:
    """The body of an answer that says yes; trouble for the others."""
    status = answer.status_code
    try:
        body = answer.json()
    except ValueError:
        body = None
    said: Json = body if isinstance(body, dict) else {}
    if 200 <= status < 300:
        if not said:
            raise Unknown("unreadable_answer")
        return said
    issue = _issue(said) or f"http_{status}"
    if status == 429:
        raise Unavailable(issue, retry_after=_retry_after(answer))
    if status in (401, 403):
        raise Unavailable(issue)
    if status >= 500 or not said or status == 409 or issue in _UNDER_WAY:
        raise Unknown(issue)
    raise Refused(issue, status, said)


def _issue(said: Json) -> str:
    details = said.get("details")
    first = details[0] if isinstance(details, list) and details else {}
    found = first.get("issue") if isinstance(first, dict) else None
    return str(found or said.get("name") or said.get("error") or "")[:100]


def _retry_after(answer: httpx.Response) -> float:
    told = answer.headers.get("retry-after", "")
    return float(min(int(told), 3600)) if told.isascii() and told.isdigit() and len(told) < 8 else 0.0
