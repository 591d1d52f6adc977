"""The Alipay channel: precreate (a QR code) at a desk, the mobile cashier on a phone.

At a desk the trade comes to be when the code is scanned, on a phone when the payer logs in: until then Alipay knows
nothing of it. Each rule is from the page of its method, such as https://docs.open.alipay.com/api_1/alipay.trade.close
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import httpx
import structlog

from adapters.channels.alipay import hook
from adapters.channels.alipay.sign import Keys
from adapters.channels.alipay.statement import SETTLING, lines_of
from adapters.channels.alipay.wire import GATEWAY, Gateway
from adapters.channels.alipay.yuan import CNY, money_of, time_of, written
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.domain.money import Money
from bot.ports import (
    ChannelAnswer,
    ChannelTraits,
    ChargeFact,
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
"""A refund that is asked about sooner may not be found and still be carried out (Alipay says 10 s)."""
_NOT_THERE: Final = "ACQ.TRADE_NOT_EXIST"
_NOT_WAITING: Final = ("ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID", "ACQ.REASON_ILLEGAL_STATUS",
                       "ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE", "ACQ.TRADE_HAS_FINISHED")  # fmt: skip
_NO_BILL: Final = ("isp.bill_not_exist", "BILL_NOT_EXIST", "NO_BILL_DATA")
_STATES: Final = {
    "WAIT_BUYER_PAY": IntentState.PENDING,
    "TRADE_CLOSED": IntentState.CLOSED,
    "TRADE_SUCCESS": IntentState.PAID,
    "TRADE_FINISHED": IntentState.PAID,
}
_MEND: Final = {
    "isv.invalid-app-id": "Alipay does not know this app_id: is it that of the app, and is base_url the right gateway?",
    "isv.invalid-signature": "Alipay refuses our signature: upload the public half of private_key to the app.",
    "isv.missing-signature-config": "The app has no key yet: upload the public half of private_key to it.",
    "isv.insufficient-isv-permissions": "The app may not call this: is it online, and are the products signed?",
    "bad_answer": "Alipay's answer is not signed with the key we have: compare alipay_public_key with the app's page.",
}
_FORBIDDEN: Final = str.maketrans("/=&", "   ")
"""What a subject must not contain; ``&`` and ``=`` would also let a title hide a field in a notice."""


class Alipay(PaymentChannel):
    """``notify_url`` is where Alipay sends its notices; ``client`` has the time-outs."""

    name = "alipay"
    traits = ChannelTraits(
        currencies=frozenset({CNY}),
        surfaces=frozenset({"web", "mobile", "alipay"}),
        maximum=10**10,
        can_refund=True,
        settling=SETTLING,
        fee_basis_points=60,
    )

    def __init__(
        self,
        *,
        app_id: str,
        seller_id: str,
        keys: Keys,
        notify_url: str,
        clock: Clock,
        client: httpx.AsyncClient,
        base_url: str = GATEWAY,
    ) -> None:
        self._app_id, self._seller_id, self._keys = app_id, seller_id, keys
        self._notify_url, self._clock, self._client = notify_url, clock, client
        self._gateway = Gateway(base_url, app_id, keys, clock, client)

    # -- paying -----------------------------------------------------------------------------------------------

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        if intent.currency != CNY or not self.traits.minimum <= intent.amount <= self.traits.maximum:
            raise Declined("amount_or_currency")
        expires_at = intent.created_at + EXPIRES_AFTER
        content = {
            "out_trade_no": intent.id,
            "total_amount": Money(intent.amount, CNY).digits(),
            "subject": _subject(title),
            "time_expire": written(expires_at),
        }
        if _on_phone(payer.surface):
            content |= {"product_code": "QUICK_WAP_WAY", "quit_url": return_url}
            # Signed as of the intent's beginning, so that the same attempt has the same address.
            method, urls = "alipay.trade.wap.pay", {"notify_url": self._notify_url, "return_url": return_url}
            url = self._gateway.link(method, content, intent.created_at, **urls)
            return self._pending(intent, {"kind": "redirect", "url": url}, expires_at)
        answer = await self._gateway.ask("alipay.trade.precreate", content, notify_url=self._notify_url)
        if answer.says("ACQ.TRADE_HAS_SUCCESS"):
            return await self.query(intent)
        if not answer.ok:
            raise answer.trouble()
        code = str(answer.fields.get("qr_code", ""))
        if answer.fields.get("out_trade_no") != intent.id or not _is_code(code):
            raise Unknown("bad_answer")
        return self._pending(intent, {"kind": "qr", "url": code}, expires_at)

    @staticmethod
    def _pending(intent: Intent, action: Mapping[str, str], expires_at: datetime) -> ChannelAnswer:
        return ChannelAnswer(IntentState.PENDING, reference=intent.id, action=action, expires_at=expires_at)

    async def query(self, intent: Intent) -> ChannelAnswer:
        answer = await self._gateway.ask("alipay.trade.query", {"out_trade_no": intent.id})
        if answer.says(_NOT_THERE):
            nobody = not intent.action or self._expired(intent)  # nobody holds a code that could still be scanned
            state = IntentState.CLOSED if nobody else IntentState.PENDING
            return ChannelAnswer(state, cause=_NOT_THERE, expires_at=intent.expires_at)
        if not answer.ok:
            raise answer.unclear()
        return _trade(answer.fields, intent)

    async def close(self, intent: Intent) -> ChannelAnswer:
        """A trade that does not exist yet cannot be closed: its code is called off, or its time runs out."""
        answer = await self._gateway.ask("alipay.trade.close", {"out_trade_no": intent.id})
        if answer.says(_NOT_THERE):
            return await self._call_off(intent)
        if answer.says(*_NOT_WAITING):
            return await self.query(intent)
        if not answer.ok:
            raise answer.unclear()
        return ChannelAnswer(IntentState.CLOSED, cause="TRADE_CLOSED")

    async def _call_off(self, intent: Intent) -> ChannelAnswer:
        if self._expired(intent):
            return ChannelAnswer(IntentState.CLOSED, cause=_NOT_THERE)
        if _on_phone(intent.surface) and intent.action:
            # The mobile cashier has no way to call an address off; it can be paid until its time is over.
            return ChannelAnswer(IntentState.PENDING, cause=_NOT_THERE, expires_at=intent.expires_at)
        answer = await self._gateway.ask("alipay.trade.cancel", {"out_trade_no": intent.id})
        if not answer.ok:
            raise answer.unclear()
        if answer.fields.get("action") == "refund":
            log.warning("alipay.paid_while_called_off", intent=intent.id)
            return ChannelAnswer(IntentState.CLOSED, cause="refunded_by_cancel")
        return ChannelAnswer(IntentState.CLOSED, cause="cancelled")

    def _expired(self, intent: Intent) -> bool:
        return self._clock.now() >= (intent.expires_at or intent.created_at + EXPIRES_AFTER)

    # -- giving back ------------------------------------------------------------------------------------------

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        """Alipay gives refunds no numbers: ours, and that of the trade, name them."""
        content = {
            "trade_no": charge.reference,
            "refund_amount": Money(refund.amount, refund.currency).digits(),
            "out_request_no": refund.id,
        }
        answer = await self._gateway.ask("alipay.trade.refund", content)
        if not answer.ok:
            raise answer.trouble() if answer.genuine else answer.unclear()
        if answer.fields.get("fund_change") == "Y":
            return RefundAnswer(RefundState.REFUNDED, refund.id)
        return await self.query_refund(refund, charge)

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        content = {"trade_no": charge.reference, "out_request_no": refund.id}
        answer = await self._gateway.ask("alipay.trade.fastpay.refund.query", content)
        if not answer.ok and not answer.says(_NOT_THERE, "TRADE_NOT_EXIST"):
            raise answer.unclear()
        fields = answer.fields
        if fields.get("refund_status", "") in ("", "REFUND_SUCCESS") and fields.get("out_request_no") == refund.id:
            try:
                given = money_of(fields.get("refund_amount"))
            except ValueError as error:
                raise Unknown("bad_answer") from error
            if given != Money(refund.amount, refund.currency):
                raise Unknown("another_amount")
            return RefundAnswer(RefundState.REFUNDED, refund.id)
        early = self._clock.now() < refund.created_at + REFUND_SHOWS_AFTER
        return RefundAnswer(RefundState.PENDING if early else RefundState.FAILED, cause="refund_not_found")

    # -- hearing of it ----------------------------------------------------------------------------------------

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        """Alipay's notices carry no time to be checked; they repeat for 25 hours and die at the inbox."""
        return hook.read(body, self._keys, app_id=self._app_id, seller_id=self._seller_id)

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"success", "text/plain"

    async def statement(self, day: date) -> Sequence[StatementLine]:
        content = {"bill_type": "trade", "bill_date": day.isoformat()}
        answer = await self._gateway.ask("alipay.data.dataservice.bill.downloadurl.query", content)
        if answer.genuine and answer.cause in _NO_BILL:
            ready = SETTLING.ready_at(day)
            if self._clock.now() < ready:
                raise Unavailable(answer.cause, retry_after=(ready - self._clock.now()).total_seconds())
            return ()
        if not answer.ok:
            raise answer.trouble()
        bill = await self._gateway.fetch(str(answer.fields.get("bill_download_url", "")))
        try:
            return lines_of(bill)
        except ValueError as error:
            log.error("alipay.bill_unreadable", day=day.isoformat(), reason=str(error))
            raise Declined("bill_unreadable") from error

    async def check(self) -> str:
        """Asks about a trade that does not exist: that it does not is the answer of a sound setup."""
        try:
            answer = await self._gateway.ask("alipay.trade.query", {"out_trade_no": "QUNSHOUCHECK"})
        except Outside as trouble:
            return _MEND.get(trouble.code, f"Alipay could not be asked: {trouble.code}")
        if answer.says(_NOT_THERE) or answer.ok:
            return ""
        return _MEND.get(answer.cause, f"Alipay answered {answer.code} {answer.cause}")

    async def aclose(self) -> None:
        await self._client.aclose()


def _on_phone(surface: str) -> bool:
    return surface in ("mobile", "alipay")


def _subject(title: str) -> str:
    """At most 128 characters of the basic plane, without those that Alipay forbids."""
    kept = "".join(c if c.isprintable() and ord(c) <= 0xFFFF else " " for c in title.translate(_FORBIDDEN))
    return " ".join(kept.split())[:128].strip() or "群收"


def _is_code(url: str) -> bool:
    return url.startswith("https://") and len(url) <= 1024


def _trade(fields: Mapping[str, Any], intent: Intent) -> ChannelAnswer:
    state = _STATES.get(str(fields.get("trade_status")))
    if state is None or fields.get("out_trade_no") != intent.id:
        raise Unknown("bad_answer")
    reference, charge = str(fields.get("trade_no", "")), None
    if state is IntentState.PAID:
        try:
            charge = ChargeFact(reference, money_of(fields.get("total_amount")), time_of(fields.get("send_pay_date")))
        except ValueError as error:
            raise Unknown("bad_answer") from error
        if not reference or charge.amount.minor < 1:
            raise Unknown("bad_answer")
    cause = str(fields["trade_status"]) if state is IntentState.CLOSED else ""
    return ChannelAnswer(state, reference=reference, cause=cause, expires_at=intent.expires_at, charge=charge)
