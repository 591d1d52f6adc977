"""The gateway: one address, signed requests, signed answers; what goes wrong becomes ``Outside``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx

from adapters.channels.alipay.sign import Keys, read_answer
from adapters.channels.alipay.yuan import written
from adapters.http import exchange
from bot.ports import Clock, Declined, Outside, Unavailable, Unknown

GATEWAY: Final = "https://openapi.alipay.com/gateway.do"
MOST_ANSWER: Final = 1024 * 1024
MOST_BILL: Final = 32 * 1024 * 1024
_LIMITED: Final = frozenset({"40005", "SYSTEM_RATE_LIMIT", "USER_RATE_LIMIT"})
_UNSURE: Final = frozenset({"ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "UNKNOWN_ERROR"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said. ``code`` is the gateway's, ``cause`` the more precise of the two codes."""

    code: str
    cause: str
    fields: Mapping[str, Any]
    genuine: bool

    @property
    def ok(self) -> bool:
        return self.code == "10000" and self.genuine

    def says(self, *causes: str) -> bool:
        """Whether it is a signed no for one of these reasons."""
        return self.genuine and self.code == "40004" and self.cause in causes

    def trouble(self) -> Outside:
        """A no as what it means to the caller: put off, unclear, or sure."""
        if self.code in _LIMITED or self.cause in _LIMITED:
            return Unavailable(self.cause, retry_after=1.0)
        if self.code in ("10000", "20000") or self.cause in _UNSURE:
            return Unknown(self.cause)
        return Declined(self.cause)

    def unclear(self) -> Outside:
        """The same where a no to the question says nothing about the trade: never a sure no."""
        trouble = self.trouble()
        return Unknown(self.cause) if isinstance(trouble, Declined) else trouble


class Gateway:
    """Signs, asks, verifies."""

    def __init__(self, url: str, app_id: str, keys: Keys, clock: Clock, client: httpx.AsyncClient) -> None:
        self._url, self._app_id, self._keys, self._clock, self._client = url, app_id, keys, clock, client

    def _signed(self, method: str, content: Mapping[str, str], at: datetime, **common: str) -> dict[str, str]:
        params = {
            "app_id": self._app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": written(at),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **self._keys.numbers,
            **{name: value for name, value in common.items() if value},
        }
        return {**params, "sign": self._keys.sign(params)}

    def link(self, method: str, content: Mapping[str, str], at: datetime, **common: str) -> str:
        """The address of a page of Alipay's, which the payer opens."""
        return f"{self._url}?{urlencode(self._signed(method, content, at, **common))}"

    async def ask(self, method: str, content: Mapping[str, str], **common: str) -> Answer:
        """``Unavailable`` when it was never sent, ``Unknown`` when no answer or no genuine one came back."""
        params = self._signed(method, content, self._clock.now(), **common)
        body = {"biz_content": params.pop("biz_content")}
        raw = await exchange(
            self._client, self._client.build_request("POST", self._url, params=params, data=body), MOST_ANSWER
        )
        try:
            signed = read_answer(raw, method, self._keys)
        except ValueError as error:
            raise Unknown("bad_answer") from error
        code, sub = (str(signed.node.get(name, ""))[:100] for name in ("code", "sub_code"))
        if code == "10000" and not signed.genuine:
            raise Unknown("unsigned_answer")
        return Answer(code, sub or code or "no_code", signed.node, signed.genuine)

    async def fetch(self, url: str) -> bytes:
        """A file whose address a signed answer named. Only from Alipay, or from the gateway's own host."""
        parts, own = urlsplit(url), urlsplit(self._url)
        alipay = parts.scheme == "https" and (parts.hostname or "").endswith((".alipay.com", ".alipayobjects.com"))
        if not alipay and (parts.scheme, parts.hostname) != (own.scheme, own.hostname):
            raise Declined("bill_elsewhere")
        return await exchange(self._client, self._client.build_request("GET", url), MOST_BILL)
