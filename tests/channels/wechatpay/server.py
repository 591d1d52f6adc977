"""WeChat Pay on loopback: speaks its wire (API v3), accepts nothing that it would refuse, and signs what it says.

    async with WeChatPayServer(clock) as pay:
        ...the channel, with base_url=pay.url...
        pay.pay("ABCDEFGH23456789")
        headers, body = pay.notice("ABCDEFGH23456789")
    assert pay.violations == []

``plan`` makes the next call of a path fail, be slow, be cut off before or after it was done, or come back unsigned.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import uvicorn
from cryptography import x509
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.ports import Clock
from tests.botapi.server import Loopback
from tests.channels.wechatpay import keys, rules
from tests.channels.wechatpay.ledger import Ledger, Refused
from tests.channels.wechatpay.seal import seal

MCHID, APPID, APP_SECRET = "1900000109", "wxd678efh567hg6787", "made up"
_FIELDS = re.compile(r'(\w+)="([^"]*)"')
_LISTED = re.compile(r'\w+="[^"]*"(?:,\w+="[^"]*"){4}')
_NEEDED = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}


class WeChatPayServer:
    """``public_key_id`` empty: answers are signed with ``certificates``, the last of which is in use."""

    def __init__(self, clock: Clock, *, public_key_id: str = keys.PUBLIC_KEY_ID, guomi: bool = False) -> None:
        pair = keys.sm2_pair if guomi else keys.rsa_pair
        self.merchant, self.platform = pair("merchant"), pair("platform")
        self.public_key_id = public_key_id
        self.certificates: list[x509.Certificate] = [] if public_key_id else [keys.certificate("platform")]
        self.apiv3_key = keys.APIV3_KEY
        self.clock, self.ledger = clock, Ledger(clock, MCHID, APPID)
        self.violations: list[str] = []
        self.calls: list[tuple[str, str]] = []
        self.openids = {"code-anna": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
        self.used_codes: set[str] = set()
        self._plans: list[tuple[str, str, tuple[int, str]]] = []
        self._nonces: set[str] = set()
        self._files: dict[str, bytes] = {}
        self.released = asyncio.Event()
        self._socket: socket.socket | None = None
        self._server = Loopback(uvicorn.Config(self._app(), log_config=None, lifespan="off", ws="none"))

    async def __aenter__(self) -> Self:
        # With the protocol named asyncio sends without delay; else each answer waits for an acknowledgement.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.up.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.stop.set()
        await self._task
        if self._socket is not None:
            self._socket.close()

    @property
    def url(self) -> str:
        """Where nobody is until it has started: notices need no HTTP."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1] if self._socket else 1}"

    def plan(self, path: str, what: str, answer: tuple[int, str] = (500, "SYSTEM_ERROR")) -> None:
        """For the next call whose path contains ``path``: ``fail`` (with status and code), ``html``, ``cut`` (before
        it is done), ``lost`` (after), ``slow`` (after), ``unsigned``, ``probe``, ``stale``, ``garbage``."""
        self._plans.append((path, what, answer))

    # -- what the payer does, and the world is told -----------------------------------------------------------

    def pay(self, number: str, *, openid: str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o") -> None:
        self.ledger.pay(number, openid)

    def notice(self, number: str, **changed: Any) -> tuple[dict[str, str], bytes]:
        """Of a payment: headers and body."""
        inside = self.ledger.transaction(self.ledger.orders[number]) | changed
        return self.told("TRANSACTION.SUCCESS", "transaction", inside)

    def refund_notice(self, number: str, **changed: Any) -> tuple[dict[str, str], bytes]:
        """Of a refund, by its number."""
        inside = self.ledger.refund_notice(number) | changed
        return self.told(f"REFUND.{inside['refund_status']}", "refund", inside)

    def told(self, kind: str, original: str, inside: Any, **changed: Any) -> tuple[dict[str, str], bytes]:
        plain = inside if isinstance(inside, bytes) else json.dumps(inside, ensure_ascii=False).encode()
        sealed = seal(self.platform.suite.cipher, self.apiv3_key, plain, original)
        body = {
            "id": secrets.token_hex(16),
            "create_time": self.ledger.now_text(),
            "resource_type": "encrypt-resource",
            "event_type": kind,
            "summary": "支付成功",
            "resource": {"original_type": original} | sealed,
        }
        raw = json.dumps(body | changed).encode()
        return self.signed(raw), raw

    def signed(self, body: bytes, *, ahead: int = 0, suite: Any = None, serial: str = "") -> dict[str, str]:
        """The headers, in lower case, of something that WeChat Pay says ``ahead`` seconds off its time."""
        stamp, nonce = str(int(self.clock.now().timestamp()) + ahead), secrets.token_hex(16)
        using = suite or self.platform.suite
        signature = using.sign(f"{stamp}\n{nonce}\n".encode() + body + b"\n")
        return {
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": serial or self.public_key_id or keys.serial(self.certificates[-1]),
            "wechatpay-signature": base64.b64encode(signature).decode(),
            "wechatpay-signature-type": self.platform.suite.scheme,
        }

    # -- HTTP -------------------------------------------------------------------------------------------------

    def _app(self) -> Starlette:
        pay = "/v3/pay/transactions"
        return Starlette(
            routes=[
                Route(f"{pay}/{{product}}", self._call, methods=["POST"]),
                Route(f"{pay}/out-trade-no/{{number}}", self._call),
                Route(f"{pay}/out-trade-no/{{number}}/close", self._call, methods=["POST"]),
                Route("/v3/refund/domestic/refunds", self._call, methods=["POST"]),
                Route("/v3/refund/domestic/refunds/{refund}", self._call),
                Route("/v3/bill/tradebill", self._call),
                Route("/v3/certificates", self._call),
                Route("/v3/billdownload/file", self._download),
                Route("/connect/oauth2/authorize", self._authorize),
                Route("/sns/oauth2/access_token", self._access_token),
            ]
        )

    async def _call(self, request: Request) -> Response:
        body, path = await request.body(), request.url.path
        self.calls.append((request.method, path))
        what, answer = self._planned(path)
        try:
            self._authorised(request, body)
            if what == "cut":
                return _cut()
            if what == "fail":
                raise Refused(answer[0], answer[1], "planned")
            done = self._do(request, body)
        except Refused as refused:
            if refused.code in ("PARAM_ERROR", "SIGN_ERROR") and what != "fail":
                self.violations.append(f"{request.method} {path}: {refused.code} {refused.message}")
            done = None
            status, raw = refused.status, _error(refused)
        else:
            status, raw = (204, b"") if done is None else (200, json.dumps(done, ensure_ascii=False).encode())
        if what in ("lost", "slow"):
            await (self.released.wait() if what == "slow" else asyncio.sleep(0))
            return _cut()
        if what == "html":
            return Response("<html><center>nginx</center></html>", answer[0], media_type="text/html")
        if what == "garbage":
            raw = b"[1, NaN"
        headers = self.signed(raw, ahead=-400 if what == "stale" else 0) | {"Request-ID": secrets.token_hex(8).upper()}
        if what == "probe":
            headers["wechatpay-signature"] = "WECHATPAY/SIGNTEST/" + headers["wechatpay-signature"]
        if what == "unsigned":
            headers = {}
        return Response(raw, status, headers=headers, media_type="application/json" if raw else None)

    def _planned(self, path: str) -> tuple[str, tuple[int, str]]:
        for at, (within, what, answer) in enumerate(self._plans):
            if within in path:
                del self._plans[at]
                return what, answer
        return "", (0, "")

    def _authorised(self, request: Request, body: bytes) -> None:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        fields = dict(_FIELDS.findall(rest))
        if scheme != self.merchant.suite.scheme or set(fields) != _NEEDED or not _LISTED.fullmatch(rest):
            raise Refused(401, "SIGN_ERROR", "Http头Authorization认证类型不正确")
        if "application/json" not in request.headers.get("accept", "") or not request.headers.get("user-agent"):
            raise Refused(400, "PARAM_ERROR", "Accept or User-Agent")
        if request.method == "POST" and request.headers.get("content-type") != "application/json":
            raise Refused(415, "PARAM_ERROR", "Content-Type")
        wanted = request.headers.get("wechatpay-serial", "")
        if wanted and wanted != self.public_key_id:
            raise Refused(400, "PARAM_ERROR", "Wechatpay-Serial")
        if fields["mchid"] != MCHID:
            raise Refused(401, "SIGN_ERROR", "商户号不正确")
        if fields["serial_no"] != keys.MERCHANT_SERIAL:
            raise Refused(401, "SIGN_ERROR", "商户证书序列号有误")
        if not re.fullmatch(r"[0-9A-Za-z]{1,32}", fields["nonce_str"]) or fields["nonce_str"] in self._nonces:
            raise Refused(401, "SIGN_ERROR", "nonce_str")
        self._nonces.add(fields["nonce_str"])
        if not re.fullmatch(r"\d{10}", fields["timestamp"]) or self._off(int(fields["timestamp"])) > 300:
            raise Refused(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        message = f"{request.method}\n{path}\n{fields['timestamp']}\n{fields['nonce_str']}\n".encode() + body + b"\n"
        right = self.merchant.suite.public_key(self.merchant.public)
        if not right(base64.b64decode(fields["signature"]), message):
            raise Refused(401, "SIGN_ERROR", "签名错误，请检查后再试")

    def _off(self, stamp: int) -> int:
        return abs(int(self.clock.now().timestamp()) - stamp)

    def _do(self, request: Request, body: bytes) -> Mapping[str, Any] | None:
        """The answer; None for none."""
        path, params, query = request.url.path, request.path_params, dict(request.query_params)
        if request.method == "POST":
            _lawful(query, rules.NOTHING)
            sent = json.loads(body)
            if path.endswith("/close"):
                return self.ledger.close(params["number"], _lawful(sent, rules.CLOSE))
            if "refund" in path:
                return self.ledger.refund(_lawful(sent, rules.REFUND))
            if params["product"] not in rules.ORDERS:
                raise Refused(404, "PARAM_ERROR", "no such product")
            return self.ledger.order(params["product"], _lawful(sent, rules.ORDERS[params["product"]]))
        if body:
            raise Refused(400, "PARAM_ERROR", "a body")
        if path == "/v3/certificates":
            _lawful(query, rules.CERTIFICATES)
            return {"data": [self._certificate(certificate) for certificate in self._listed()]}
        if path == "/v3/bill/tradebill":
            return self._bill(_lawful(query, rules.BILL))
        if "refund" in params:
            _lawful(query, rules.NOTHING)
            return self.ledger.ask_refund(params["refund"])
        return self.ledger.ask(params["number"], _lawful(query, rules.QUERY))

    # -- certificates and bills -------------------------------------------------------------------------------

    def _listed(self) -> list[x509.Certificate]:
        if not self.certificates:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
        return self.certificates

    def _certificate(self, certificate: x509.Certificate) -> dict[str, Any]:
        sealed = seal(self.platform.suite.cipher, self.apiv3_key, keys.pem(certificate), "certificate")
        return {
            "serial_no": keys.serial(certificate),
            "effective_time": certificate.not_valid_before_utc.isoformat(),
            "expire_time": certificate.not_valid_after_utc.isoformat(),
            "encrypt_certificate": sealed,
        }

    def _bill(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        bill, digest = self.ledger.bill(wanted["bill_date"])
        token = secrets.token_urlsafe(32)
        self._files[token] = bill
        url = f"https://api.mch.weixin.qq.com/v3/billdownload/file?token={token}"
        return {"hash_type": "SHA1", "hash_value": digest, "download_url": url}

    async def _download(self, request: Request) -> Response:
        """Signed by us, unsigned by them; an address is good once."""
        try:
            self._authorised(request, b"")
            file = self._files.pop(request.query_params.get("token", ""))
        except Refused as refused:
            return Response(_error(refused), refused.status, media_type="application/json")
        except KeyError:
            return Response(_error(Refused(400, "INVALID_REQUEST", "token")), 400, media_type="application/json")
        what, _ = self._planned(request.url.path)
        return Response(file[:-3] if what == "garbage" else file, media_type="text/plain")

    # -- who looks (api.weixin.qq.com and open.weixin.qq.com) -------------------------------------------------

    async def _authorize(self, request: Request) -> Response:
        """Anna is looking, and says nothing."""
        given = dict(request.query_params)
        if (
            list(given) != ["appid", "redirect_uri", "response_type", "scope", "state"]
            or (given["appid"], given["response_type"], given["scope"]) != (APPID, "code", "snsapi_base")
            or not re.fullmatch(r"[0-9A-Za-z]{1,128}", given["state"])
        ):
            self.violations.append(f"authorize: {given}")
            return Response("redirect_uri域名与后台配置不一致，错误码:10003", 400)
        code = f"code-anna-{secrets.token_hex(4)}"
        self.openids[code] = self.openids["code-anna"]
        return RedirectResponse(f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}", 302)

    async def _access_token(self, request: Request) -> Response:
        """Errors come with status 200, as JSON under the name of a text."""
        given = dict(request.query_params)
        what, answer = self._planned(request.url.path)
        if what:
            return JSONResponse({"errcode": int(answer[1]), "errmsg": "planned"})
        if (given.get("appid"), given.get("secret"), given.get("grant_type")) != (
            APPID,
            APP_SECRET,
            "authorization_code",
        ):
            self.violations.append("access_token")
            return JSONResponse({"errcode": 40125, "errmsg": "invalid appsecret"})
        code = given.get("code", "")
        if code in self.used_codes:
            return JSONResponse({"errcode": 40163, "errmsg": "code been used"})
        if code not in self.openids:
            return JSONResponse({"errcode": 40029, "errmsg": "invalid code"})
        self.used_codes.add(code)
        said = {"access_token": "made up", "expires_in": 7200, "openid": self.openids[code], "scope": "snsapi_base"}
        return Response(json.dumps(said), media_type="text/plain")


def _lawful(sent: Any, wanted: rules.Rules) -> dict[str, Any]:
    if wrong := rules.broken(sent, wanted):
        raise Refused(400, "PARAM_ERROR", wrong)
    found: dict[str, Any] = sent
    return found


def _error(refused: Refused) -> bytes:
    body: dict[str, Any] = {"code": refused.code, "message": refused.message}
    if refused.code == "PARAM_ERROR":
        body["detail"] = {"location": "body", "field": refused.message, "value": ""}
    return json.dumps(body, ensure_ascii=False).encode()


def _cut() -> Response:
    """An answer that ends in the middle."""

    async def half() -> Any:
        yield b'{"cod'

    return StreamingResponse(half(), headers={"content-length": "1000"})
