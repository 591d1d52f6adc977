"""The UnionPay channel: the gateway's own payment page (``frontTransReq``), at a desk and on a phone.

An order comes to be when the payer's browser brings it to UnionPay, and cannot be called off: the product knows no
close, so each order names an end (``payTimeout``), after which UnionPay takes nothing any more and what a question
answers is final. Source: UnionPay's demo of the gateway product, https://open.unionpay.com/tjweb/acproduct/list?apiservId=448
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import httpx
import structlog
from starlette.responses import Response
from starlette.routing import BaseRoute

from adapters.channels.unionpay import hook
from adapters.channels.unionpay.pages import Order, Pages
from adapters.channels.unionpay.sign import Keys
from adapters.channels.unionpay.statement import SETTLING, lines_of
from adapters.channels.unionpay.wire import DONE, FILES, GATEWAY, TAKEN, UNCLEAR, Gateway, trouble_of
from adapters.channels.unionpay.words import CNY, CURRENCY, money_of, written
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.domain.money import Money
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

EXPIRES_AFTER: Final = timedelta(minutes=15)
REFUND_SHOWS_AFTER: Final = timedelta(minutes=1)
"""A refund that is asked about sooner may not be found and still be carried out."""
_NOT_THERE: Final = "34"
_TWICE: Final = "12"
_NO_ORIGINAL: Final = "35"
_NO_FILE: Final = "98"
_PRODUCT: Final = {"bizType": "000201"}
_MEND: Final = {
    "11": "UnionPay refuses our signature: is certificate the one that the merchant's page offers, and in force?",
    "31": "UnionPay does not know this merchant, or it is closed: compare mer_id.",
    "32": "The merchant may not do this: the gateway product must be signed up for.",
    "43": "The merchant may not do this: the gateway product must be signed up for.",
    "bad_answer": "The answer is not signed by UnionPay: do root_cert and middle_cert belong to base_url?",
}


class UnionPay(PaymentChannel):
    """``page`` renders a template; ``secret`` signs the addresses of our pages; ``client`` has the time-outs."""

    name = "unionpay"
    traits = ChannelTraits(
        currencies=frozenset({CNY}),
        surfaces=frozenset({"web", "mobile"}),
        maximum=10**12 - 1,
        can_close=False,
        can_refund=True,
        settling=SETTLING,
        fee_basis_points=60,
    )

    def __init__(
        self,
        *,
        mer_id: str,
        keys: Keys,
        public_url: str,
        notify_url: str,
        secret: str,
        clock: Clock,
        page: Callable[..., Response],
        client: httpx.AsyncClient,
        base_url: str = GATEWAY,
        file_url: str = FILES,
    ) -> None:
        self._mer_id, self._keys, self._notify_url, self._clock, self._client = mer_id, keys, notify_url, clock, client
        self._gateway = Gateway(base_url, file_url, mer_id, keys, clock, client)
        self._pages = Pages(
            secret=secret,
            public_url=public_url.rstrip("/"),
            target=f"{self._gateway.base_url}/gateway/api/frontTransReq.do",
            form=self._form,
            page=page,
            clock=clock,
        )

    # -- paying -----------------------------------------------------------------------------------------------

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        if intent.currency != CNY or not self.traits.minimum <= intent.amount <= self.traits.maximum:
            raise Declined("amount_or_currency")
        expires_at = intent.created_at + EXPIRES_AFTER
        order = Order(
            id=intent.id,
            amount=intent.amount,
            time=written(intent.created_at),
            timeout=written(expires_at),
            until=int(expires_at.timestamp()),
            phone=payer.surface != "web",
            title=title[:100],
            locale=payer.locale,
            back=return_url,
        )
        action = {"kind": "redirect", "url": self._pages.address(order)}
        return ChannelAnswer(IntentState.PENDING, reference=intent.id, action=action, expires_at=expires_at)

    def _form(self, order: Order) -> Mapping[str, str]:
        """The order as the payer's browser brings it to UnionPay."""
        return self._gateway.signed(
            _PRODUCT
            | {
                "txnType": "01",
                "txnSubType": "01",
                "channelType": "08" if order.phone else "07",
                "currencyCode": CURRENCY,
                "orderId": order.id,
                "txnTime": order.time,
                "txnAmt": str(order.amount),
                "payTimeout": order.timeout,
                "frontUrl": self._pages.back_address(order),
                "backUrl": self._notify_url,
            }
        )

    async def query(self, intent: Intent) -> ChannelAnswer:
        answer = await self._ask_about(intent.id, intent.created_at)
        code, of_it = answer.get("respCode", ""), answer.get("origRespCode", "")
        over = not intent.action or self._clock.now() >= (intent.expires_at or intent.created_at + EXPIRES_AFTER)
        if code == _NOT_THERE:
            state = IntentState.CLOSED if over else IntentState.PENDING
            return ChannelAnswer(state, cause=code, expires_at=intent.expires_at)
        if code not in DONE:
            raise _unsure(code)
        if of_it in DONE:
            try:
                charge = hook.charge_of(answer)
            except (KeyError, ValueError) as error:
                raise Unknown("bad_answer") from error
            return ChannelAnswer(IntentState.PAID, reference=charge.reference, charge=charge)
        if of_it in UNCLEAR | TAKEN and over:
            raise Unknown(of_it)
        return ChannelAnswer(IntentState.FAILED if over else IntentState.PENDING, cause=of_it,
                             expires_at=intent.expires_at)  # fmt: skip

    async def close(self, intent: Intent) -> ChannelAnswer:
        """The gateway cannot: what runs stays payable until its time is over."""
        return await self.query(intent)

    async def _ask_about(self, order: str, at: datetime) -> Mapping[str, str]:
        """An order is named by its number and the time it bore."""
        named = {"orderId": order, "txnTime": written(at)}
        kind = {"txnType": "00", "txnSubType": "00", "bizType": "000000"}
        answer = await self._gateway.ask("queryTrans.do", kind | named)
        if any(answer.get(name, value) != value for name, value in named.items()):
            raise Unknown("bad_answer")
        return answer

    # -- giving back ------------------------------------------------------------------------------------------

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        """Taken in at first; carried out when the notice or a question says so."""
        if refund.currency != CNY:
            raise Declined("amount_or_currency")
        if not hook.QUERY_ID.fullmatch(charge.reference):
            raise Declined(_NO_ORIGINAL)
        fields = _PRODUCT | {
            "txnType": "04",
            "txnSubType": "00",
            "channelType": "07",
            "orderId": refund.id,
            "txnTime": written(refund.created_at),
            "txnAmt": str(refund.amount),
            "origQryId": charge.reference,
            "backUrl": self._notify_url,
            "reqReserved": charge.intent or "",
        }
        answer = await self._gateway.ask("backTransReq.do", fields)
        code = answer.get("respCode", "")
        if code == _TWICE:
            return await self.query_refund(refund, charge)
        if code not in DONE:
            raise trouble_of(code)
        return RefundAnswer(RefundState.PENDING, answer.get("queryId", ""))

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        answer = await self._ask_about(refund.id, refund.created_at)
        code, of_it, reference = answer.get("respCode", ""), answer.get("origRespCode", ""), answer.get("queryId", "")
        if code == _NOT_THERE:
            early = self._clock.now() < refund.created_at + REFUND_SHOWS_AFTER
            return RefundAnswer(RefundState.PENDING if early else RefundState.FAILED, cause=code)
        if code not in DONE:
            raise _unsure(code)
        if of_it in UNCLEAR:
            return RefundAnswer(RefundState.PENDING, reference, of_it)
        if of_it not in DONE:
            return RefundAnswer(RefundState.FAILED, reference, of_it)
        if _amount(answer) != Money(refund.amount, refund.currency):
            raise Unknown("another_amount")
        return RefundAnswer(RefundState.REFUNDED, reference)

    # -- hearing of it ----------------------------------------------------------------------------------------

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        return hook.read(body, self._keys, now, mer_id=self._mer_id)

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"ok", "text/plain"

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """The file of what UnionPay settled on ``day``."""
        answer = await self._gateway.fetch(day.strftime("%m%d"))
        code = answer.get("respCode", "")
        if code == _NO_FILE:
            ready = SETTLING.ready_at(day)
            if self._clock.now() < ready:
                raise Unavailable(code, retry_after=(ready - self._clock.now()).total_seconds())
            return ()
        if code not in DONE:
            raise trouble_of(code)
        try:
            return lines_of(answer.get("fileContent", ""), day, mer_id=self._mer_id)
        except ValueError as error:
            log.error("unionpay.file_unreadable", day=day.isoformat(), reason=str(error))
            raise Declined("file_unreadable") from error

    async def check(self) -> str:
        """Asks about an order that does not exist: that it does not is the answer of a sound setup."""
        try:
            answer = await self._ask_about("QUNSHOUCHECK", self._clock.now())
        except Outside as trouble:
            return _MEND.get(trouble.code, f"UnionPay could not be asked: {trouble.code}")
        code = answer.get("respCode", "")
        return "" if code in (_NOT_THERE, *DONE) else _MEND.get(code, f"UnionPay answered {code}")

    def routes(self) -> Sequence[BaseRoute]:
        return self._pages.routes()

    async def aclose(self) -> None:
        await self._client.aclose()


def _unsure(code: str) -> Outside:
    """A no to a question says nothing about the order."""
    trouble = trouble_of(code)
    return Unknown(trouble.code) if isinstance(trouble, Declined) else trouble


def _amount(answer: Mapping[str, str]) -> Money | None:
    try:
        return money_of(answer.get("txnAmt", ""))
    except ValueError:
        return None
