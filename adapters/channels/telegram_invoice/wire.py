"""The Bot API's methods about money, asked once each; its errors as trouble of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import httpx

from bot.ports import Declined, Unavailable, Unknown

BASE_URL: Final = "https://api.telegram.org"
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_CODE: Final = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_LONGEST_WAIT: Final = 3600
_REFUSED: Final = {401: "token_refused", 404: "token_refused"}


class Wire:
    """``base_url`` as for the chat: a Bot API server of one's own will do."""

    def __init__(self, token: str, client: httpx.AsyncClient, base_url: str = BASE_URL) -> None:
        self._url, self._client = f"{base_url.rstrip('/')}/bot{token}", client

    async def do(self, method: str, **given: object) -> Any:
        """What moves something. ``Unknown`` unless it is sure that nothing happened."""
        try:
            answer = await self._client.post(f"{self._url}/{method}", json=given)
        except _NEVER_SENT as error:
            raise Unavailable("connection") from error
        except httpx.TimeoutException as error:
            raise Unknown("timeout") from error
        except httpx.HTTPError as error:
            raise Unknown("connection") from error
        return _result(answer)

    async def ask(self, method: str, **given: object) -> Any:
        """What changes nothing: it can always be asked again."""
        try:
            return await self.do(method, **given)
        except Unknown as trouble:
            raise Unavailable(trouble.code) from trouble

    async def aclose(self) -> None:
        await self._client.aclose()


def _result(answer: httpx.Response) -> Any:
    try:
        body = answer.json()
    except (ValueError, RecursionError) as error:
        raise Unknown(_status(answer)) from error
    if not isinstance(body, Mapping):
        raise Unknown("unreadable_answer")
    if body.get("ok") is True and answer.is_success and "result" in body:
        return body["result"]
    status = answer.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Unavailable("429", retry_after=_wait(body))
    if status in _REFUSED:
        raise Unavailable(_REFUSED[status])
    if answer.is_client_error:
        raise Declined(_code(body))
    raise Unknown(_status(answer))


def _status(answer: httpx.Response) -> str:
    return "unreadable_answer" if answer.is_success else f"http_{answer.status_code}"


def _code(body: Mapping[str, Any]) -> str:
    """Telegram's own code within the words: ``Bad Request: CURRENCY_TOTAL_AMOUNT_INVALID``."""
    found = _CODE.search(str(body.get("description", "")))
    return found[0][:100] if found else "bad_request"


def _wait(body: Mapping[str, Any]) -> float:
    parameters = body.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, Mapping) else None
    return float(min(wait, _LONGEST_WAIT)) if type(wait) is int and wait > 0 else 0.0
