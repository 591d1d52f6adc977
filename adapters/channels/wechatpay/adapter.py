"""The WeChat Pay channel (API v3, of merchants in mainland China)."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha1
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

import httpx
import structlog
from starlette.responses import Response
from starlette.routing import BaseRoute

from adapters.channels.wechatpay import facts, hook, statement, strict
from adapters.channels.wechatpay.facts import Merchant
from adapters.channels.wechatpay.keys import Keys
from adapters.channels.wechatpay.pages import PayPages, Taken, Ticket
from adapters.channels.wechatpay.sign import KEY_LENGTH, Rsa, Signer, Suite, UnknownSerial
from adapters.channels.wechatpay.wire import Wire
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.ports import (
    ChannelAnswer,
    ChannelTraits,
    Clock,
    Declined,
    HookEvent,
    Outside,
    Payer,
    PaymentChannel,
    RefundAnswer,
    StatementLine,
    Unavailable,
    Unknown,
)

log = structlog.get_logger(__name__)

LASTING: Final = timedelta(hours=1)
"""How long an order may be paid. WeChat Pay's own limits are 2 hours for a code, 5 minutes for H5's address."""
TIMEOUT: Final = 10.0
BILL_LATER: Final = 1800.0
"""Seconds until a bill is asked for again that is still being made."""
_NOT_ORDERED: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_TAKEN: Final = frozenset(
    {"ORDERPAID", "ORDER_PAID", "ORDER_CLOSED", "ORDERCLOSED", "OUT_TRADE_NO_USED", "INVALID_REQUEST"}
)
"""Codes that say, or may mean, that there is such an order already: what became of it must be asked."""
_PROBE: Final = "QUNSHOUCHECK"
"""The number of an order that nobody ever makes."""
_DESCRIPTION: Final = 127
"""Bytes of UTF-8."""

Product = Literal["native", "h5", "jsapi"]
_SURFACES: Final[Mapping[Product, str]] = {"native": "web", "h5": "mobile", "jsapi": "wechat"}


class WeChatPay(PaymentChannel):
    """``products`` are those that the merchant has opened; Native (a code) is always one of them."""

    name = "wechatpay"
    traits = ChannelTraits(
        currencies=frozenset({strict.CURRENCY}), can_refund=True, can_statement=True, fee_basis_points=60
    )

    def __init__(
        self,
        *,
        mchid: str,
        appid: str,
        serial: str,
        private_key: bytes,
        apiv3_key: str,
        public_keys: Mapping[str, bytes],
        products: Sequence[Product],
        app_secret: str,
        algorithm: Literal["rsa", "guomi"],
        base_url: str,
        oauth_url: str,
        authorize_url: str,
        public_url: str,
        hook_url: str,
        secret: str,
        clock: Clock,
        page: Callable[..., Response],
        timeout: float = TIMEOUT,
    ) -> None:
        """``serial`` is that of the merchant's certificate, ``private_key`` its PEM file; ``public_keys`` are WeChat
        Pay's, PEM files by id, none where its certificates are used. ``secret`` signs the links to our own page.
        ``ValueError`` says what does not fit; ``ImportError`` when ``guomi`` is wanted without its extra."""
        if len(apiv3_key.encode()) != KEY_LENGTH:
            raise ValueError(f"the API v3 key has {KEY_LENGTH} bytes")
        if "jsapi" in products and not app_secret:
            raise ValueError("jsapi needs app_secret")
        if "jsapi" in products and algorithm == "guomi":
            raise ValueError("jsapi is called with an RSA signature: leave it out with guomi")
        suite = _suite(algorithm, private_key, apiv3_key)
        self._products = frozenset(products) | {"native"}
        self._ours, self._clock, self._hook_url = Merchant(mchid, appid), clock, hook_url
        self._signer, self._keys = Signer(suite, mchid, serial), Keys(suite, public_keys)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)
        self._wire = Wire(base_url, self._signer, self._keys, clock, self._client)
        self._renewing: asyncio.Task[None] | None = None
        self._pages = PayPages(
            public_url=public_url,
            secret=secret,
            appid=appid,
            app_secret=app_secret,
            oauth_url=oauth_url,
            authorize_url=authorize_url,
            signer=self._signer,
            clock=clock,
            page=page,
            client=self._client,
            order=self._order_jsapi,
        )

    # -- paying -----------------------------------------------------------------------------------------------

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        if intent.currency != strict.CURRENCY:
            raise Declined("CURRENCY_NOT_CNY")
        until = intent.created_at + LASTING
        try:
            if payer.surface == "wechat" and "jsapi" in self._products:
                ticket = _ticket(intent, title, return_url, payer.locale)
                action = {"kind": "redirect", "url": self._pages.link(ticket)}
            elif payer.surface == "mobile" and "h5" in self._products and _is_address(payer.ip):
                url = await self._order_h5(intent, title, payer.ip)
                action = {"kind": "redirect", "url": f"{url}&redirect_url={quote(return_url, safe='')}"}
            else:
                action = {"kind": "qr", "url": await self._order_native(intent, title)}
        except Declined as trouble:
            found = await self._look(intent.id) if trouble.code in _TAKEN else None
            if found is None:
                raise
            return found
        return ChannelAnswer(IntentState.PENDING, reference=intent.id, action=action, expires_at=until)

    async def _order_native(self, intent: Intent, title: str) -> str:
        answer = await self._wire.post("/v3/pay/transactions/native", self._order(intent.id, intent, title))
        return _said(answer, "code_url", "weixin://")

    async def _order_h5(self, intent: Intent, title: str, ip: str) -> str:
        scene = {"payer_client_ip": ip, "h5_info": {"type": "Wap"}}
        order = self._order(intent.id, intent, title) | {"scene_info": scene}
        return _said(await self._wire.post("/v3/pay/transactions/h5", order), "h5_url", "https://")

    async def _order_jsapi(self, ticket: Ticket, openid: str) -> str:
        order = self._order(ticket.intent, ticket, ticket.title) | {"payer": {"openid": openid}}
        try:
            return _said(await self._wire.post("/v3/pay/transactions/jsapi", order), "prepay_id", "")
        except Declined as trouble:
            found = await self._look(ticket.intent) if trouble.code in _TAKEN else None
            if found is not None and found.state is not IntentState.PENDING:
                raise Taken(trouble.code) from trouble
            raise

    def _order(self, number: str, what: Intent | Ticket, title: str) -> dict[str, Any]:
        """The same whenever it is made, as WeChat Pay wants it of one number."""
        created = what.created_at if isinstance(what, Intent) else datetime.fromtimestamp(what.created, statement.ZONE)
        until = (created + LASTING).astimezone(statement.ZONE).isoformat(timespec="seconds")
        return {
            "appid": self._ours.appid,
            "mchid": self._ours.mchid,
            "description": _description(title),
            "out_trade_no": number,
            "time_expire": until,
            "notify_url": self._hook_url,
            "amount": {"total": what.amount, "currency": strict.CURRENCY},
        }

    async def query(self, intent: Intent) -> ChannelAnswer:
        answer = await self._look(intent.id)
        if answer is None and self._may_be_ordered(intent):
            return ChannelAnswer(IntentState.PENDING, cause="NOTPAY")
        return answer or ChannelAnswer(IntentState.CLOSED, cause="ORDER_NOT_EXIST")

    async def _look(self, number: str) -> ChannelAnswer | None:
        """What became of the order; None when there is none."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(number, safe='')}?mchid={self._ours.mchid}"
        try:
            said, answer = facts.order(await self._wire.get(path), self._ours)
        except Declined as trouble:
            if trouble.code in _NOT_ORDERED:
                return None
            raise Unknown(trouble.code) from trouble  # that we may not ask says nothing about the order
        except ValueError as error:
            raise Unknown("answer_not_understood") from error
        if said != number:
            raise Unknown("answer_not_understood")
        return answer

    def _may_be_ordered(self, intent: Intent) -> bool:
        """Whether our page inside WeChat may still make the order, which it does when the payer opens it."""
        inside = intent.surface == "wechat" and "jsapi" in self._products
        return inside and self._clock.now() < intent.created_at + LASTING

    async def close(self, intent: Intent) -> ChannelAnswer:
        """Close, and look: WeChat Pay says yes to closing what is not there, too."""
        answer = await self._close(intent.id)
        if answer is None and self._may_be_ordered(intent):
            await self._use_up(intent)
            answer = await self._close(intent.id)
            if answer is None:
                raise Unavailable("NOT_CLOSED")
        if answer is None:
            return ChannelAnswer(IntentState.CLOSED, cause="ORDER_NOT_EXIST")
        if answer.state is IntentState.PENDING:
            raise Unavailable("NOT_CLOSED")
        return answer

    async def _close(self, number: str) -> ChannelAnswer | None:
        path = f"/v3/pay/transactions/out-trade-no/{quote(number, safe='')}/close"
        try:
            await self._wire.post(path, {"mchid": self._ours.mchid})
        except Declined as trouble:
            log.info("wechatpay.not_closed", code=trouble.code)
        return await self._look(number)

    async def _use_up(self, intent: Intent) -> None:
        """Make the order that our page would make, so that it can be closed and the page cannot make it any more."""
        try:
            await self._order_native(intent, "")
        except Declined as trouble:
            if trouble.code not in _TAKEN:
                raise Unavailable(trouble.code) from trouble

    # -- giving back ------------------------------------------------------------------------------------------

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        if (refund.currency, charge.currency) != (strict.CURRENCY, strict.CURRENCY):
            raise Declined("CURRENCY_NOT_CNY")
        body = {
            "transaction_id": charge.reference,
            "out_refund_no": refund.id,
            "notify_url": self._hook_url,
            "amount": {"refund": refund.amount, "total": charge.amount, "currency": strict.CURRENCY},
        }
        return _refunded(await self._wire.post("/v3/refund/domestic/refunds", body), refund)

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        try:
            answer = await self._wire.get(f"/v3/refund/domestic/refunds/{quote(refund.id, safe='')}")
        except Declined as trouble:
            if trouble.code in _NOT_ORDERED:
                return RefundAnswer(RefundState.FAILED, cause=trouble.code)
            raise Unknown(trouble.code) from trouble
        return _refunded(answer, refund)

    # -- being told -------------------------------------------------------------------------------------------

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        try:
            return hook.read(
                headers,
                body,
                now,
                suite=self._signer.suite,
                find=lambda serial: self._keys.find(serial, now),
                ours=self._ours,
            )
        except UnknownSerial:
            self._renew_soon()
            raise

    def _renew_soon(self) -> None:
        """Download the certificates behind the scenes; the notice comes again, and is understood then."""
        if self._keys.may_ask(self._clock.now()) and (self._renewing is None or self._renewing.done()):
            try:
                self._renewing = asyncio.get_running_loop().create_task(self._renew())
            except RuntimeError:  # nobody runs: the next call renews them
                return

    async def _renew(self) -> None:
        try:
            await self._wire.renew()
        except Outside as trouble:
            log.warning("wechatpay.certificates_not_renewed", code=trouble.code)

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, '{"code":"SUCCESS","message":"成功"}'.encode(), "application/json"

    # -- the books --------------------------------------------------------------------------------------------

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """Made from 9 o'clock (Beijing) of the next day on: ``Unavailable`` until then."""
        try:
            answer = await self._wire.get(f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL")
        except Declined as trouble:
            if trouble.code == "NO_STATEMENT_EXIST":
                return ()
            if trouble.code == "STATEMENT_CREATING":
                raise Unavailable(trouble.code, retry_after=BILL_LATER) from trouble
            raise
        try:
            url = urlsplit(strict.text(answer, "download_url"))
            kind, digest = strict.text(answer, "hash_type"), strict.text(answer, "hash_value")
        except ValueError as error:
            raise Unknown("answer_not_understood") from error
        bill = await self._wire.file(f"{url.path}?{url.query}")  # from where we always ask, whatever host is named
        if kind != "SHA1" or sha1(bill, usedforsecurity=False).hexdigest() != digest.lower():
            raise Unavailable("BILL_DAMAGED")
        try:
            return statement.parse(bill.decode("utf-8"), self._ours.appid)
        except (ValueError, KeyError) as error:
            raise Declined("BILL_NOT_UNDERSTOOD") from error

    async def check(self) -> str:
        """Ask about an order that nobody has made: that it is not there is what a merchant in order hears."""
        if not self._hook_url.startswith("https://"):
            return "WeChat Pay sends notices to https addresses only: set [web] public_url to one"
        try:
            await self._look(_PROBE)
        except Outside as trouble:
            return _ADVICE.get(trouble.code, f"WeChat Pay answers {trouble.code}: try again later")
        return ""

    def routes(self) -> Sequence[BaseRoute]:
        return self._pages.routes() if "jsapi" in self._products else ()

    async def aclose(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
        await self._client.aclose()


_ADVICE: Final = {
    "unreachable": "WeChat Pay cannot be reached: check the network and base_url",
    "timeout": "WeChat Pay does not answer: check the network, or try again later",
    "RESOURCE_NOT_EXISTS": "the merchant has no platform certificates: set public_key_id and public_key",
    "SIGN_ERROR": "WeChat Pay does not accept our signature: check mchid, certificate_serial and private_key",
    "MCH_NOT_EXISTS": "WeChat Pay does not know this merchant: check mchid",
    "NO_AUTH": "the merchant may not use this interface: open the product in the merchant platform",
    "answer_not_verified": "WeChat Pay's answers cannot be verified: check public_key_id and public_key, or leave "
    "both out if the merchant uses platform certificates",
    "certificates_not_verified": "WeChat Pay's certificates cannot be opened: check apiv3_key",
}


def _suite(algorithm: str, private_key: bytes, apiv3_key: str) -> Suite:
    if algorithm == "rsa":
        return Rsa(private_key, apiv3_key)
    from adapters.channels.wechatpay.guomi import GuoMi  # needs the extra

    return GuoMi(private_key, apiv3_key)


def _ticket(intent: Intent, title: str, return_url: str, locale: str) -> Ticket:
    created = int(intent.created_at.timestamp())
    until = created + int(LASTING.total_seconds())
    return Ticket(intent.id, intent.amount, _description(title), return_url, locale, created, until)


def _description(title: str) -> str:
    """What the payer reads in WeChat: 127 bytes at most, and never nothing. Backticks part the fields of the bill."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in title.replace("`", "'")).split())
    return plain.encode()[:_DESCRIPTION].decode(errors="ignore").strip() or "群收"


def _is_address(ip: str) -> bool:
    try:
        ipaddress.ip_address(ip)
    except ValueError:
        return False
    return True


def _said(answer: Mapping[str, Any], name: str, start: str) -> str:
    try:
        value = strict.text(answer, name)
    except ValueError as error:
        raise Unknown("answer_not_understood") from error
    if not value.startswith(start):
        raise Unknown("answer_not_understood")
    return value


def _refunded(answer: Mapping[str, Any], refund: Refund) -> RefundAnswer:
    try:
        number, said = facts.refund(answer, "status")
        amount = strict.money(answer, "refund")
    except ValueError as error:
        raise Unknown("answer_not_understood") from error
    if (number, amount.minor) != (refund.id, refund.amount):
        raise Unknown("answer_not_understood")
    return said
