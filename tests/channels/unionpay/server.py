"""A gateway that speaks the part of UnionPay's 5.1.0 that we use, and refuses what UnionPay would refuse.

Facts: forms in UTF-8, each signed with the merchant's certificate (``certId``); answers as bare ``name=value&…`` text,
signed with UnionPay's certificate, which goes along; two-digit codes (10 a field is malformed, 11 wrong signature, 12 a
number twice, 13 a field is missing, 31 no such merchant, 34 no such order, 36 does not fit the original, 98 no file).
Source: UnionPay's demo of the gateway product.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.ports import Clock
from tests.channels.loopback import Standing
from tests.channels.unionpay.keys import MER_ID, certificate, key
from tests.channels.unionpay.orders import Orders, signed

_TIME, _ORDER, _AMOUNT, _URL = r"\d{14}", r"[A-Za-z0-9]{8,40}", r"[1-9]\d{0,11}", r"https?://\S{1,248}"
_COMMON: Final = {
    "version": r"5\.1\.0", "encoding": "UTF-8", "signMethod": "01", "accessType": "0", "merId": r"[A-Za-z0-9]{15}",
    "certId": r"\d{1,128}", "signature": r"[A-Za-z0-9+/=]{344}", "txnTime": _TIME,
}  # fmt: skip
_KINDS: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    "01": (
        {"txnSubType": "01", "bizType": "000201", "channelType": "07|08", "currencyCode": "156", "orderId": _ORDER,
         "txnAmt": _AMOUNT, "frontUrl": _URL, "backUrl": _URL},
        {"payTimeout": _TIME},
    ),
    "00": ({"txnSubType": "00", "bizType": "000000", "orderId": _ORDER}, {}),
    "04": (
        {"txnSubType": "00", "bizType": "000201", "channelType": "07|08", "orderId": _ORDER, "txnAmt": _AMOUNT,
         "origQryId": r"\d{21}", "backUrl": _URL},
        {"reqReserved": r"[^&={}\[\]\"']{1,1024}"},
    ),
    "76": ({"txnSubType": "01", "bizType": "000000", "fileType": "00", "settleDate": r"\d{4}"}, {}),
}  # fmt: skip
_WHERE: Final = {"01": "frontTransReq.do", "00": "queryTrans.do", "04": "backTransReq.do", "76": ""}


class No(Exception):
    """A refusal with its code."""


class UnionPayGateway(Orders, Standing):
    """``violations``: messages that were not as documented. ``trouble``: played next. ``files`` by settleDate."""

    def __init__(self, clock: Clock) -> None:
        Orders.__init__(self, clock)
        self.files: dict[str, str] = {}
        self.violations: list[str] = []
        self.trouble: list[str] = []
        routes = [
            Route("/gateway/api/{what}", self._take, methods=["POST"]),
            Route("/", self._take, methods=["POST"]),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
        ]
        Standing.__init__(self, Starlette(routes=routes))

    async def _take(self, request: Request) -> Response:
        pairs = (await request.form()).multi_items()
        fields = {name: str(value) for name, value in pairs}
        played = self.trouble.pop(0) if self.trouble else ""
        try:
            self._checked(fields, len(pairs), request.path_params.get("what", ""))
            if len(played) == 2:
                raise No(played)
            said = self._answer(fields)
        except No as no:
            code = str(no)[:2]
            if not played and code in ("10", "13"):
                self.violations.append(str(no))
            said = {"respCode": code, "respMsg": f"说明[{code}00001]"}
        if fields.get("txnType") == "01":
            return HTMLResponse(f"<html>{said['respCode']} {said.get('orderId', '')}</html>")
        named = {name: fields[name] for name in ("orderId", "txnTime", "txnType") if name in fields}
        common = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "merId": fields.get("merId", "")}
        return self._say(signed(common | named | said), played)

    def _say(self, answer: Mapping[str, str], played: str) -> Response:
        """``down`` 502, ``mute`` no answer in time, ``torn`` half of one, ``garbage``, ``forged``, ``unsigned``."""
        text = "&".join(f"{name}={value}" for name, value in answer.items())
        if played == "down":
            return PlainTextResponse("<html>bad gateway</html>", 502)
        if played == "garbage":
            return PlainTextResponse("<html>maintenance</html>")
        if played == "forged":
            text = text.replace("respMsg=", "respMsg=x")
        if played == "unsigned":
            text = "&".join(f"{n}={v}" for n, v in answer.items() if n != "signature")
        if played in ("mute", "torn"):
            return StreamingResponse(self._half(text, wait=played == "mute"), headers={"content-length": "9999"})
        return PlainTextResponse(text)

    async def _half(self, text: str, *, wait: bool) -> AsyncIterator[bytes]:
        if wait:
            await self._over.wait()
        yield text[: len(text) // 2].encode()

    def _checked(self, fields: dict[str, str], count: int, where: str) -> None:
        ours = certificate("merchant", "CFCA OCA1")
        content = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if k != "signature")
        digest = hashlib.sha256(content.encode()).hexdigest().encode()
        try:
            mark = base64.b64decode(fields.get("signature", ""))
            key("merchant").public_key().verify(mark, digest, PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            raise No("11") from None
        kind = fields.get("txnType", "")
        if kind not in _KINDS or _WHERE[kind] != where or len(fields) != count:
            raise No(f"10 {kind} {where}")
        required, optional = _KINDS[kind]
        required = required | _COMMON | {"txnType": r"\d\d"}
        if missing := required.keys() - fields.keys():
            raise No(f"13 {missing}")
        for name, value in fields.items():
            shape = required.get(name) or optional.get(name)
            if shape is None or not re.fullmatch(shape, value):
                raise No(f"10 {name}={value}")
        if fields["certId"] != str(ours.serial_number):
            raise No("11")
        if fields["merId"] != MER_ID:
            raise No("31")

    def _answer(self, fields: dict[str, str]) -> dict[str, str]:
        if fields["txnType"] == "76":
            if fields["settleDate"] not in self.files:
                raise No("98")
            return {"respCode": "00", "fileName": "777_20261123.zip", "fileContent": self.files[fields["settleDate"]]}
        known = self.found.get((fields.get("orderId", ""), fields["txnTime"]))
        if fields["txnType"] == "00":
            if known is None:
                raise No("34")
            return self.told(known) | {"respCode": "00", "respMsg": "成功[0000000]", "origRespCode": known.code}
        if fields["txnType"] == "01":
            if known is None and fields.get("payTimeout", "9") <= self._now().strftime("%Y%m%d%H%M%S"):
                raise No("69")
            self.taken_in(fields) if known is None else None
            return {"respCode": "00", "orderId": fields["orderId"]}
        return self._refunded(fields, twice=known is not None)

    def _refunded(self, fields: dict[str, str], *, twice: bool) -> dict[str, str]:
        if twice:
            raise No("12")
        original = next((t for t in self.found.values() if t.query_id == fields["origQryId"]), None)
        if original is None or original.code != "00":
            raise No("35")
        if original.back + int(fields["txnAmt"]) > original.amount:
            raise No("36")
        original.back += int(fields["txnAmt"])
        return {"respCode": "00", "respMsg": "成功[0000000]", "queryId": self.taken_in(fields).query_id}
