"""The PayPal channel: Orders v2. The payer approves an order on PayPal's page; then we take the money (capture).

**An approval is no money.** It is taken when the attempt is asked about (``query``), and the core asks at once when
PayPal says that the payer approved, and when the payer comes back. What is asked about one attempt is asked in order
(the outbox has a lane for each), and PayPal captures an order only once.

**Closing.** PayPal cannot cancel an order, and need not: money moves by our capture alone. A closed attempt is never
captured, whatever its payer approves later; so an answer of CLOSED is true from then on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from adapters.channels.paypal import hook
from adapters.channels.paypal.amounts import CURRENCIES, from_paypal, to_paypal
from adapters.channels.paypal.answers import (
    Json,
    completed,
    intent_of,
    link,
    obj,
    refund_mark,
    refund_of,
    refunded,
    text,
    unit,
    waiting,
)
from adapters.channels.paypal.certificates import LIVE, NAMES, SANDBOX, Certificates
from adapters.channels.paypal.sign import CERTIFICATE, Transmission
from adapters.channels.paypal.statement import SETTLING, line
from adapters.channels.paypal.wire import BASE_URL, SANDBOX_URL, Refused, Wire
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

_RUNS: Final = frozenset({IntentState.CREATED, IntentState.PENDING, IntentState.UNKNOWN})
"""Attempts whose money may be taken. Of all others it is never taken any more."""
_ASK_THE_PAYER: Final = frozenset(
    {
        "ORDER_NOT_APPROVED",
        "INSTRUMENT_DECLINED",
        "PAYER_ACTION_REQUIRED",
        "CONTINGENCY_NOT_SUCCESSFUL",
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
    }
)
"""The order lives on: its payer has to go back and approve it, mostly with another card."""
_TAKEN: Final = frozenset({"ORDER_ALREADY_CAPTURED", "ORDER_COMPLETED_OR_VOIDED", "AUTO_CAPTURE_ENABLED"})
_OVER: Final = frozenset({"ORDER_EXPIRED", "TOKEN_EXPIRED", "ORDER_VOIDED", "INVALID_RESOURCE_ID"})
_SETTLES: Final = timedelta(minutes=5)
"""After this a capture that was not answered has happened or not."""
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LANGUAGES: Final = {"zh_CN": "zh-CN", "en": "en-US"}
_PAGE: Final = 500


class PayPal(PaymentChannel):
    """``webhook_id``: of the webhook in PayPal's dashboard, part of what is signed. ``merchant_id``: of the account
    that must get the money, when that should be checked. ``roots``: a PEM file instead of the usual roots."""

    name = "paypal"
    traits = ChannelTraits(
        currencies=CURRENCIES, maximum=99_999_999, can_refund=True, settling=SETTLING, fee_basis_points=349
    )

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        webhook_id: str,
        clock: Clock,
        merchant_id: str = "",
        base_url: str = BASE_URL,
        roots: Path | None = None,
        timeout: float = 10.0,
    ) -> None:
        if not webhook_id:
            raise ValueError("without the webhook's id no webhook can be believed")
        self._http = httpx.AsyncClient(timeout=timeout)
        self._wire = Wire(self._http, clock, client_id=client_id, client_secret=client_secret, base_url=base_url)
        base = base_url.rstrip("/")
        origins = {BASE_URL: LIVE, SANDBOX_URL: SANDBOX}.get(base, (base,))
        self._certificates = Certificates(self._http, clock, origins=origins, name=NAMES[base == BASE_URL], roots=roots)
        self._webhook_id, self._merchant, self._clock = webhook_id, merchant_id, clock
        self._unanswered: dict[str, datetime] = {}
        """When money was asked for whose coming was not answered: it may still be on its way, so nothing is closed."""

    # -- paying -----------------------------------------------------------------------------------------------

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        try:
            amount = to_paypal(Money(intent.amount, intent.currency))
        except ValueError as error:
            raise Declined("DECIMALS_NOT_SUPPORTED") from error
        bought: dict[str, Any] = {"custom_id": intent.id, "invoice_id": intent.id, "amount": amount}
        if title.strip():
            bought["description"] = title.strip()[:127]
        context = {
            "return_url": return_url,
            "cancel_url": return_url,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
            "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
            "locale": _LANGUAGES.get(payer.locale, "en-US"),
        }
        order = await self._wire.do(
            "/v2/checkout/orders",
            {
                "intent": "CAPTURE",
                "purchase_units": [bought],
                "payment_source": {"paypal": {"experience_context": context}},
            },
            request_id=intent.id,
        )
        return self._answer(intent, {"purchase_units": [bought], **order})

    async def query(self, intent: Intent) -> ChannelAnswer:
        """What became of it; when its payer has approved it and it still runs, the money is taken now."""
        order = await self._order(intent)
        if order is None:
            return _no_order(intent)
        if order.get("status") != "APPROVED" or intent.state not in _RUNS:
            return self._answer(intent, order)
        return await self._take(intent, order)

    async def close(self, intent: Intent) -> ChannelAnswer:
        order = await self._order(intent)
        if order is None:
            return _no_order(intent)
        if order.get("status") == "COMPLETED":
            return self._answer(intent, order)
        if self._clock.now() - self._unanswered.get(intent.id, _LONG_AGO) < _SETTLES:
            raise Unknown("capture_under_way")
        return ChannelAnswer(IntentState.CLOSED, intent.reference, cause="never_captured")

    async def _order(self, intent: Intent) -> Json | None:
        """None when PayPal has none: it forgets those that nobody approved. An order whose creation was not answered
        is none either: nobody was ever shown it, so nobody can approve it."""
        if not intent.reference:
            return None
        try:
            return await self._wire.ask(f"/v2/checkout/orders/{_path(intent.reference)}")
        except Refused:
            return None

    def _answer(self, intent: Intent, order: Json) -> ChannelAnswer:
        try:
            if intent_of(unit(order)) != intent.id:
                raise Unknown("not_ours")
            status = order.get("status")
            if status == "COMPLETED":
                return completed(order)
            if status == "VOIDED":
                return ChannelAnswer(IntentState.CLOSED, text(order.get("id")), cause="ORDER_VOIDED")
            if intent.state not in _RUNS:
                return ChannelAnswer(IntentState.CLOSED, text(order.get("id")), cause="never_captured")
            if status not in ("CREATED", "SAVED", "APPROVED", "PAYER_ACTION_REQUIRED"):
                raise ValueError("no such status")
            return waiting(order)
        except ValueError as error:
            raise Unknown("unreadable_answer") from error

    async def _take(self, intent: Intent, order: Json) -> ChannelAnswer:
        """Take the money of an approved order. The key is new for each approval: a payer who was declined and then
        chose another card shall not hear of the first one again."""
        try:
            if intent_of(unit(order)) != intent.id or from_paypal(unit(order).get("amount")) != Money(
                intent.amount, intent.currency
            ):
                raise Unknown("not_ours")
            reference = text(order.get("id"))
        except ValueError as error:
            raise Unknown("unreadable_answer") from error
        key = f"{intent.id}-{re.sub(r'[^0-9]', '', str(order.get('update_time', '')))[:20]}"
        self._unanswered = {id_: at for id_, at in self._unanswered.items() if self._clock.now() - at < _SETTLES}
        self._unanswered[intent.id] = self._clock.now()
        try:
            done = await self._wire.do(f"/v2/checkout/orders/{_path(reference)}/capture", {}, request_id=key)
        except Unavailable:
            del self._unanswered[intent.id]
            raise
        except Refused as no:
            del self._unanswered[intent.id]
            if no.code in _ASK_THE_PAYER:
                return waiting({**order, **_elsewhere(no.body)}, cause=no.code)
            if no.code in _TAKEN:
                return self._answer(intent, await self._order(intent) or order)
            if no.code in _OVER:
                return ChannelAnswer(IntentState.CLOSED, reference, cause=no.code)
            return ChannelAnswer(IntentState.FAILED, reference, cause=no.code)
        del self._unanswered[intent.id]
        return self._answer(intent, done if "purchase_units" in done else await self._order(intent) or done)

    # -- giving back ------------------------------------------------------------------------------------------

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        try:
            amount = to_paypal(Money(refund.amount, refund.currency))
        except ValueError as error:
            raise Declined("DECIMALS_NOT_SUPPORTED") from error
        wanted = {"amount": amount, "custom_id": refund_mark(refund.id, charge.intent), "invoice_id": refund.id}
        path = f"/v2/payments/captures/{_path(refund.charge)}/refund"
        try:
            return _refund_answer(await self._wire.do(path, wanted, request_id=refund.id))
        except Refused as no:
            if no.code != "DUPLICATE_INVOICE_ID":
                raise
            return await self.query_refund(refund, charge)  # made before, and the key is forgotten

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        try:
            if refund.reference:
                return _refund_answer(await self._wire.ask(f"/v2/payments/refunds/{_path(refund.reference)}"))
            capture = await self._wire.ask(f"/v2/payments/captures/{_path(refund.charge)}")
            order_id = text(obj(obj(capture["supplementary_data"])["related_ids"])["order_id"])
            payments = obj(unit(await self._wire.ask(f"/v2/checkout/orders/{order_id}")).get("payments"))
            for made in payments.get("refunds") or ():
                if refund_of(made)[0] == refund.id or made.get("invoice_id") == refund.id:
                    return _refund_answer(made)
        except Refused as no:
            raise Unknown(no.code) from no
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unknown("unreadable_answer") from error
        return RefundAnswer(RefundState.FAILED, cause="no_such_refund")

    # -- being told -------------------------------------------------------------------------------------------

    async def prepare(self, headers: Mapping[str, str]) -> None:
        await self._certificates.fetch(headers.get(CERTIFICATE, ""))

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        sent = Transmission.of(headers)
        sent.fresh(now)
        sent.check(self._certificates.key(sent.certificate, now), self._webhook_id, body)
        return hook.events(body, merchant=self._merchant)

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"ok", "text/plain"

    # -- books ------------------------------------------------------------------------------------------------

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """Of ``day`` in UTC, over as many pages as it has."""
        start = datetime.combine(day, time(), UTC)
        span = {
            "start_date": start.isoformat(),
            "end_date": (start + timedelta(days=1) - timedelta(seconds=1)).isoformat(),
            "fields": "transaction_info",
            "page_size": str(_PAGE),
        }
        lines: list[StatementLine | None] = []
        page = pages = 1
        while page <= pages:
            try:
                told = await self._wire.ask("/v1/reporting/transactions", {**span, "page": str(page)})
                lines += [line(detail) for detail in told["transaction_details"]]
                pages, page = int(told["total_pages"]), page + 1
            except Refused as no:
                raise Unknown(no.code) from no
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise Unknown("unreadable_answer") from error
        return [found for found in lines if found is not None]

    async def check(self) -> str:
        """Fetches a token and looks at the webhook."""
        try:
            await self._wire.ask(f"/v1/notifications/webhooks/{_path(self._webhook_id)}")
        except Refused:
            return f"PayPal knows no webhook {self._webhook_id} of this app: copy its id from the app's page"
        except Outside as trouble:
            if trouble.code in ("invalid_client", "AUTHENTICATION_FAILURE", "NOT_AUTHORIZED"):
                return f"PayPal refuses the app's credentials ({trouble.code}): copy client id and secret anew"
            return f"PayPal does not answer as it should ({trouble.code}): try again, and look at paypal-status.com"
        return ""

    async def aclose(self) -> None:
        await self._http.aclose()


def _no_order(intent: Intent) -> ChannelAnswer:
    return ChannelAnswer(IntentState.CLOSED, cause="INVALID_RESOURCE_ID" if intent.reference else "never_shown")


def _elsewhere(body: Json) -> dict[str, Any]:
    """Where PayPal sends a payer whose card was declined; nothing where it does not say."""
    found = link(body, "redirect", "payer-action")
    return {"links": [{"rel": "payer-action", "href": found["url"]}]} if found else {}


def _refund_answer(told: Json) -> RefundAnswer:
    try:
        return refunded(told)
    except ValueError as error:
        raise Unknown("unreadable_answer") from error


def _path(part: str) -> str:
    """An id of PayPal's as a part of a path; ``Declined`` for what is none."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", part):
        raise Declined("INVALID_RESOURCE_ID")
    return part
