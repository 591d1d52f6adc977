"""A gateway that speaks the part of Alipay's OpenAPI (v2) that we use, and refuses what Alipay would refuse.

Facts: one address, GET or POST, RSA2 over the sorted parameters that are not empty; answers ``{"<method>_response":
{…}, "sign": …}``, signed over the node as it stands in the text; errors with ``code`` 40001, 40002, 40004, 40006 and a
``sub_code``. A trade exists from the moment a payer scans the code or opens the cashier.
Sources: https://opendocs.alipay.com/common/057k53, https://docs.open.alipay.com/api_1/alipay.trade.precreate
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Self

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.ports import Clock
from tests.channels.alipay.keys import APP_ID, key
from tests.channels.alipay.trades import No, Order, Trades, sign
from tests.channels.loopback import Standing

_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_NUMBER = r"[A-Za-z0-9_]{1,64}"
_AMOUNT = r"(?!0\.00$)\d{1,9}(\.\d{1,2})?"
_SUBJECT = r"[^/=&\x00-\x1f]{1,256}"
_URL = r"https?://\S{1,248}"
_SN = r"[0-9a-f]{32}"
_COMMON: Final = {
    "app_id": r"\d{1,32}",
    "method": r"[a-z.]{1,128}",
    "charset": r"utf-8",
    "sign_type": r"RSA2",
    "sign": r"[A-Za-z0-9+/=]{344}",
    "timestamp": _TIME,
    "version": r"1\.0",
    "biz_content": r"(?s).+",
}
_COMMON_OPTIONAL: Final = {"format": "JSON", "notify_url": _URL, "return_url": _URL,
                           "app_cert_sn": _SN, "alipay_root_cert_sn": rf"{_SN}(_{_SN})*"}  # fmt: skip
_ORDER: Final = {"out_trade_no": _NUMBER, "total_amount": _AMOUNT, "subject": _SUBJECT}
_METHODS: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    "alipay.trade.precreate": (_ORDER, {"time_expire": _TIME}),
    "alipay.trade.wap.pay": (
        _ORDER | {"product_code": "QUICK_WAP_(WAY|PAY)"},
        {"time_expire": _TIME, "quit_url": r"https?://\S{1,392}"},
    ),
    "alipay.trade.query": ({}, {"out_trade_no": _NUMBER, "trade_no": _NUMBER}),
    "alipay.trade.close": ({}, {"out_trade_no": _NUMBER, "trade_no": _NUMBER}),
    "alipay.trade.cancel": ({}, {"out_trade_no": _NUMBER, "trade_no": _NUMBER}),
    "alipay.trade.refund": (
        {"refund_amount": _AMOUNT},
        {"out_trade_no": _NUMBER, "trade_no": _NUMBER, "out_request_no": _NUMBER},
    ),
    "alipay.trade.fastpay.refund.query": (
        {"out_request_no": _NUMBER},
        {"out_trade_no": _NUMBER, "trade_no": _NUMBER},
    ),
    "alipay.data.dataservice.bill.downloadurl.query": (
        {"bill_type": "trade|signcustomer", "bill_date": r"\d{4}-\d\d(-\d\d)?"},
        {},
    ),
}


class AlipayGateway(Trades, Standing):
    """``violations``: requests that were not as documented. ``trouble``: played next, see ``_play``.

    ``numbers`` are the certificates' numbers that requests must carry and ``cert_sn`` goes with answers, when set.
    """

    def __init__(self, clock: Clock, *, numbers: Mapping[str, str] | None = None, cert_sn: str = "") -> None:
        Trades.__init__(self, clock)
        self._numbers, self._cert_sn = dict(numbers or {}), cert_sn
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.violations: list[str] = []
        self.trouble: list[str] = []
        routes = [Route("/gateway.do", self._gateway, methods=["GET", "POST"]), Route("/bill/{day}", self._bill)]
        Standing.__init__(self, Starlette(routes=routes))

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.host = self.base_url
        return self

    @property
    def url(self) -> str:
        return f"{self.host}/gateway.do"

    async def open(self, link: str) -> Order:
        """A payer opens the cashier's address."""
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(link)
        assert answer.status_code == 200, answer.text
        return self.scan(answer.text)

    # -- the gateway --------------------------------------------------------------------------------------------

    async def _gateway(self, request: Request) -> Response:
        given = list(request.query_params.multi_items())
        if request.method == "POST":
            given += [(name, str(value)) for name, value in (await request.form()).multi_items()]
        params = dict(given)
        method = params.get("method", "")
        played = self.trouble.pop(0) if self.trouble else ""
        try:
            if len(params) != len(given) or (request.method == "POST" and "charset" not in request.query_params):
                raise No("40002", "isv.invalid-parameter")
            content = self._checked(params)
            self.asked.append((method, content))
            if played == "system_error":
                raise No("40004", "ACQ.SYSTEM_ERROR")
            if played == "limited":
                raise No("40005", "isv.app-call-limited")
            if played == "busy":
                raise No("20000", "isp.unknow-error")
            node = self.answer(method, content, params)
        except No as no:
            if not played and no.sub_code.startswith(("isv.", "ACQ.INVALID_PARAMETER")):
                self.violations.append(f"{method}: {no.sub_code}")
            node = {"code": no.code, "msg": "Business Failed", "sub_code": no.sub_code, "sub_msg": "说明"}
            return self._say(method, node, played, signed=no.signed)
        if method.endswith(".pay"):
            return HTMLResponse(node["out_trade_no"])
        return self._say(method, {"code": "10000", "msg": "Success", **node}, played)

    def _say(self, method: str, node: Mapping[str, Any], played: str, *, signed: bool = True) -> Response:
        name, text = method.replace(".", "_") + "_response", json.dumps(node, ensure_ascii=False)
        signature = sign(text.encode())
        if played == "forged":
            text = text.replace("code", "cod", 1)
        if played == "unsigned" or not signed:
            return _json(f'{{"{name}":{text}}}')
        cert = f'"alipay_cert_sn":"{self._cert_sn}",' if self._cert_sn else ""
        return self._play(played, f'{{"{name}":{text},{cert}"sign":"{signature}"}}')

    def _play(self, played: str, text: str) -> Response:
        """``down`` 502, ``mute`` no answer in time, ``torn`` half an answer, ``garbage`` no JSON."""
        if played == "down":
            return PlainTextResponse("<html>bad gateway</html>", 502)
        if played == "garbage":
            return PlainTextResponse("<html>maintenance</html>")
        if played in ("mute", "torn"):
            return StreamingResponse(self._half(text, wait=played == "mute"), headers={"content-length": "9999"})
        return _json(text)

    async def _half(self, text: str, *, wait: bool) -> AsyncIterator[bytes]:
        if wait:
            await self._over.wait()
        yield text[: len(text) // 2].encode()

    def _checked(self, params: dict[str, str]) -> dict[str, Any]:
        if params.get("app_id") != APP_ID:
            raise No("40002", "isv.invalid-app-id", signed=False)
        unsigned = {k: v for k, v in params.items() if k != "sign"}
        text = "&".join(f"{k}={v}" for k, v in sorted(unsigned.items()) if v)
        try:
            raw = base64.b64decode(params.get("sign", ""))
            key("app").public_key().verify(raw, text.encode(), PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            raise No("40002", "isv.invalid-signature") from None
        if {k: v for k, v in params.items() if k.endswith("cert_sn")} != self._numbers:
            raise No("40002", "isv.app-cert-sn-not-exist")
        _shaped(params, _COMMON, _COMMON_OPTIONAL)
        if params["method"] not in _METHODS:
            raise No("40002", "isv.invalid-method")
        required, optional = _METHODS[params["method"]]
        if not params["method"].endswith(("pay", "precreate")) and {"notify_url", "return_url"} & set(params):
            raise No("40002", "isv.invalid-parameter")
        content = json.loads(params["biz_content"])
        _shaped(content, required, optional, failure="ACQ.INVALID_PARAMETER")
        if not required.keys() & {"out_trade_no", "bill_type"} and not {"out_trade_no", "trade_no"} & set(content):
            raise No("40004", "ACQ.INVALID_PARAMETER")
        return content  # type: ignore[no-any-return]

    async def _bill(self, request: Request) -> Response:
        return Response(self.bills[request.path_params["day"]], media_type="application/zip")


def _shaped(
    given: dict[str, Any], required: dict[str, str], optional: dict[str, str], *, failure: str = "isv.invalid-parameter"
) -> None:
    code = "40004" if failure.startswith("ACQ") else "40002"
    if missing := required.keys() - given.keys():
        raise No("40001" if code == "40002" else code, failure + f" {missing}")
    for name, value in given.items():
        shape = required.get(name) or optional.get(name)
        if shape is None or not isinstance(value, str) or not re.fullmatch(shape, value):
            raise No(code, failure)


def _json(text: str) -> Response:
    return Response(text, media_type="text/html;charset=utf-8")
