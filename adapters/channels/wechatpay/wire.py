"""HTTP with WeChat Pay: signed requests, verified answers, and what trouble means.

An answer that succeeded must be signed; one that failed is verified where it is signed (some are not).
https://pay.weixin.qq.com/doc/global/v3/zh/4012354982
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

import httpx
import structlog

from adapters.channels.wechatpay import strict
from adapters.channels.wechatpay.keys import Keys, among
from adapters.channels.wechatpay.sign import Signer, UnknownSerial, check
from bot.ports import Clock, Declined, Outside, Unavailable, Unknown, Unverified

log = structlog.get_logger(__name__)

AGENT: Final = "qunshou (httpx)"
"""WeChat Pay refuses requests without one."""
MOST_ANSWER: Final = 1024 * 1024
MOST_FILE: Final = 64 * 1024 * 1024
_BUSY: Final = frozenset({"FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED"})
_UNSURE: Final = frozenset({"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR"})
"""Codes after which it may have happened: «ask again with the same parameters»."""
_SURE: Final = frozenset({"OPENID_MISMATCH", "INVALID_TRANSACTIONID"})
"""Codes that come with status 500 and are a no all the same."""


class Wire:
    """One client, one merchant."""

    def __init__(self, base_url: str, signer: Signer, keys: Keys, clock: Clock, client: httpx.AsyncClient) -> None:
        self._base_url = base_url.rstrip("/")
        self._signer, self._keys, self._clock, self._client = signer, keys, clock, client
        self._renewing = asyncio.Lock()

    async def get(self, path: str) -> dict[str, Any]:
        return await self._ask("GET", path, b"")

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer; empty where there is none (204)."""
        return await self._ask("POST", path, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    async def file(self, path: str) -> bytes:
        """A file, which comes unsigned."""
        status, headers, body = await self._send("GET", path, b"", MOST_FILE)
        if status != 200:
            raise self._trouble(status, headers, body)
        return body

    async def renew(self) -> None:
        """Download the platform's certificates, unless somebody has just done so. ``Unavailable`` when that fails:
        whatever they were wanted for has not been done."""
        async with self._renewing:
            now = self._clock.now()
            if not self._keys.may_ask(now):
                return
            self._keys.asking(now)
            try:
                status, headers, body = await self._send("GET", self._signer.suite.certificates, b"", MOST_ANSWER)
                if status != 200:
                    raise self._trouble(status, headers, body)
                found = self._keys.read(strict.read(body))
                check(headers, body, self._signer.suite, lambda s: among(found, s, now) or self._keys.find(s, now), now)
            except Outside as trouble:
                raise Unavailable(trouble.code) from trouble
            except (ValueError, Unverified) as error:
                log.warning("wechatpay.certificates_not_verified", reason=str(error))
                raise Unavailable("certificates_not_verified") from error
            self._keys.use(found, now)

    # -- one request ------------------------------------------------------------------------------------------

    async def _ask(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        if self._keys.due(self._clock.now()):
            await self.renew()
        status, headers, answer = await self._send(method, path, body, MOST_ANSWER)
        if 200 <= status < 300 or "wechatpay-signature" in headers:
            await self._believe(headers, answer)
        if not 200 <= status < 300:
            raise self._trouble(status, headers, answer)
        if not answer:
            return {}
        try:
            return strict.read(answer)
        except ValueError as error:
            raise Unknown("not_json") from error

    async def _send(self, method: str, path: str, body: bytes, most: int) -> tuple[int, httpx.Headers, bytes]:
        nonce = secrets.token_hex(16)
        headers = {
            "Accept": "application/json",
            "User-Agent": AGENT,
            "Authorization": self._signer.authorization(method, path, body, nonce=nonce, now=self._clock.now()),
        }
        if body:
            headers["Content-Type"] = "application/json"
        if self._keys.id:
            headers["Wechatpay-Serial"] = self._keys.id
        try:
            request = self._client.build_request(method, self._base_url + path, content=body, headers=headers)
            answer = await self._client.send(request, stream=True)
            try:
                read = bytearray()
                async for chunk in answer.aiter_bytes():
                    read += chunk
                    if len(read) > most:
                        raise Unknown("too_large")
            finally:
                await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unavailable("unreachable") from error
        except httpx.TimeoutException as error:
            raise Unknown("timeout") from error
        except httpx.HTTPError as error:
            raise Unknown("cut_off") from error
        return answer.status_code, answer.headers, bytes(read)

    async def _believe(self, headers: httpx.Headers, body: bytes) -> None:
        try:
            try:
                self._verify(headers, body)
            except UnknownSerial:
                await self.renew()
                self._verify(headers, body)
        except (Unverified, Outside) as error:
            log.warning("wechatpay.answer_not_verified", reason=str(error))
            raise Unknown("answer_not_verified") from error

    def _verify(self, headers: httpx.Headers, body: bytes) -> None:
        now = self._clock.now()
        check(headers, body, self._signer.suite, lambda serial: self._keys.find(serial, now), now)

    def _trouble(self, status: int, headers: httpx.Headers, body: bytes) -> Outside:
        code = _code(body)
        log.warning("wechatpay.refused", status=status, code=code, request=headers.get("request-id", ""))
        if code in _BUSY or status == 429:
            return Unavailable(code or "http_429")
        if code in _UNSURE or (status >= 500 and code not in _SURE):
            return Unknown(code or f"http_{status}")
        return Declined(code or f"http_{status}")


def _code(body: bytes) -> str:
    """WeChat Pay's own code in the body of a failure, which a gateway in between may have made without one."""
    try:
        return strict.text(strict.read(body), "code")[:64]
    except ValueError:
        return ""
