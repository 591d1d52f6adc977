"""The gateway's back office: signed forms out, signed texts back; what goes wrong becomes ``Outside``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import httpx

from adapters.channels.unionpay.sign import Forged, Keys
from adapters.channels.unionpay.words import written
from adapters.http import exchange
from bot.ports import Clock, Declined, Outside, Unavailable, Unknown

GATEWAY: Final = "https://gateway.95516.com"
FILES: Final = "https://filedownload.95516.com/"
MOST_ANSWER: Final = 64 * 1024
MOST_FILE: Final = 32 * 1024 * 1024
DONE: Final = frozenset({"00", "A6"})
"""Succeeded; A6 with a defect that is not ours."""
UNCLEAR: Final = frozenset({"03", "04", "05"})
"""Ask later."""
TAKEN: Final = frozenset({"42", "74", "75"})
"""The payer's bank took the money, too late for the order or without booking it: no success, and no failure."""
_BUSY: Final = frozenset({"02", "06", "37"})
"""Not open, busy, asked too often."""
_ENDS: Final = re.compile(r"\{[^}]*\}|\[[^\]]*\]|(&)")
"""The ends of fields: an ``&`` inside of brackets belongs to the value, as in ``customerInfo={a=1&b=2}``."""


class Gateway:
    """Signs, asks, verifies."""

    def __init__(
        self, base_url: str, file_url: str, mer_id: str, keys: Keys, clock: Clock, client: httpx.AsyncClient
    ) -> None:
        self.base_url, self._file_url = base_url.rstrip("/"), file_url
        self._mer_id, self._keys, self._clock, self._client = mer_id, keys, clock, client

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """A message with what each has in common."""
        common = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "accessType": "0", "merId": self._mer_id}
        return self._keys.sign({**common, **fields})

    async def ask(self, path: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """``Unavailable`` when it was never sent, ``Unknown`` when no answer or no genuine one came back."""
        return await self._exchange(f"{self.base_url}/gateway/api/{path}", fields, MOST_ANSWER)

    async def fetch(self, settle_date: str) -> Mapping[str, str]:
        """The answer with a day's file in ``fileContent``. ``settle_date`` is MMDD."""
        fields = {"txnType": "76", "txnSubType": "01", "bizType": "000000", "fileType": "00"}
        own = {"settleDate": settle_date, "txnTime": written(self._clock.now())}
        return await self._exchange(self._file_url, fields | own, MOST_FILE)

    async def _exchange(self, url: str, fields: Mapping[str, str], most: int) -> Mapping[str, str]:
        raw = await exchange(self._client, self._client.build_request("POST", url, data=self.signed(fields)), most)
        try:
            answer = read_text(raw.decode().strip())
            self._keys.check(answer, self._clock.now())
        except (UnicodeDecodeError, Forged) as error:
            raise Unknown("bad_answer") from error
        if answer.get("merId", self._mer_id) != self._mer_id:
            raise Unknown("bad_answer")
        return answer


def trouble_of(code: str) -> Outside:
    """A no as what it means to the caller: put off, unclear, or sure."""
    if code in _BUSY:
        return Unavailable(code, retry_after=2.0)
    return Unknown(code or "no_code") if code in UNCLEAR or not code else Declined(code)


def read_text(text: str) -> dict[str, str]:
    """``name=value&name=value``, not encoded in any way. ``Forged`` for a name that stands there twice."""
    cuts = [-1, *(match.start() for match in _ENDS.finditer(text) if match[1]), len(text)]
    pairs = [text[start + 1 : end].partition("=") for start, end in pairwise(cuts)]
    fields = {name: value for name, _, value in pairs}
    if len(fields) != len(pairs):
        raise Forged("a field stands there twice")
    return fields
