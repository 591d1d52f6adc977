"""The WeChat Pay channel (API v3, of merchants in mainland China)."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
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
from adapters.channels.wechatpay.orders import NOT_THERE, Orders, Plan, Taken
from adapters.channels.wechatpay.pages import PayPages, Ticket
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
    Surface,
    Unavailable,
    Unknown,
)

log = structlog.get_logger(__name__)

TIMEOUT: Final = 10.0
BILL_LATER: Final = 1800.0
"""Seconds until a bill is asked for again that is still being made."""
_PROBE: Final = "QUNSHOUCHECK"
"""The number of an order that nobody ever makes."""

Product = Literal["native", "h5", "jsapi"]
_SURFACES: Final[Mapping[Product, Surface]] = {"native": "web", "h5": "mobile", "jsapi": "wechat"}


class WeChatPay(PaymentChannel):
    """``products`` are those that the merchant has opened; Native (a code) is always one of them."""

    name = "wechatpay"
    traits = ChannelTraits(
        currencies=frozenset({strict.CURRENCY}), can_refund=True, settling=statement.SETTLING, fee_basis_points=60
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
        self._products: frozenset[Product] = frozenset({"native", *products})
        self.traits = replace(type(self).traits, surfaces=frozenset(_SURFACES[product] for product in self._products))
        self._ours, self._clock, self._hook_url = Merchant(mchid, appid), clock, hook_url
        self._signer, self._keys = Signer(suite, mchid, serial), Keys(suite, public_keys)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)
        self._wire = Wire(base_url, self._signer, self._keys, clock, self._client)
        self._orders = Orders(self._wire, self._ours, hook_url)
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
            orders=self._orders,
        )

    # -- paying -----------------------------------------------------------------------------------------------

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        plan = Plan.of(intent, title)
        if intent.currency != strict.CURRENCY:
            raise Declined("CURRENCY_NOT_CNY")
        if self._clock.now() >= plan.until:
            raise Declined("TOO_LATE")
        try:
            action = await self._action(plan, return_url, payer)
        except Taken as taken:
            return taken.found
        return ChannelAnswer(IntentState.PENDING, reference=intent.id, action=action, expires_at=plan.until)

    async def _action(self, plan: Plan, return_url: str, payer: Payer) -> Mapping[str, str]:
        """Inside WeChat our page makes the order, which wants to know for whom. On a phone our page leads on, too:
        what H5 answers is stale after five minutes."""
        if payer.surface == "wechat" and "jsapi" in self._products:
            return {"kind": "redirect", "url": self._pages.link(Ticket(plan, return_url, payer.locale))}
        if payer.surface == "mobile" and "h5" in self._products and _is_address(payer.ip):
            await self._orders.h5(plan, payer.ip)
            return {"kind": "redirect", "url": self._pages.link(Ticket(plan, return_url, payer.locale, payer.ip))}
        return {"kind": "qr", "url": await self._orders.native(plan)}

    async def query(self, intent: Intent) -> ChannelAnswer:
        answer = await self._orders.look(intent.id)
        if answer is None and self._may_be_ordered(intent):
            return ChannelAnswer(IntentState.PENDING, cause="NOTPAY")
        return answer or ChannelAnswer(IntentState.CLOSED, cause="ORDER_NOT_EXIST")

    def _may_be_ordered(self, intent: Intent) -> bool:
        """Whether our page inside WeChat may still make the order, which it does when the payer opens it."""
        inside = intent.surface == "wechat" and "jsapi" in self._products
        return inside and self._clock.now() < Plan.of(intent, "").until

    async def close(self, intent: Intent) -> ChannelAnswer:
        answer = await self._orders.close(intent.id)
        if answer is None and self._may_be_ordered(intent):
            answer = await self._orders.use_up(Plan.of(intent, ""))
        if answer is None:
            return ChannelAnswer(IntentState.CLOSED, cause="ORDER_NOT_EXIST")
        if answer.state is IntentState.PENDING:
            raise Unavailable("NOT_CLOSED")
        return answer

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
            if trouble.code in NOT_THERE:
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
        """``Unavailable`` while it is still being made."""
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
            await self._orders.look(_PROBE)
        except Outside as trouble:
            return _ADVICE.get(trouble.code, f"WeChat Pay answers {trouble.code}: try again later")
        return ""

    def routes(self) -> Sequence[BaseRoute]:
        return self._pages.routes() if self._products & {"h5", "jsapi"} else ()

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


def _is_address(ip: str) -> bool:
    try:
        ipaddress.ip_address(ip)
    except ValueError:
        return False
    return True


def _refunded(answer: Mapping[str, Any], refund: Refund) -> RefundAnswer:
    try:
        number, said = facts.refund(answer, "status")
        amount = strict.money(answer, "refund")
    except ValueError as error:
        raise Unknown("answer_not_understood") from error
    if (number, amount.minor) != (refund.id, refund.amount):
        raise Unknown("answer_not_understood")
    return said
