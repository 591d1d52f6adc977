"""The Stripe channel: Checkout Sessions of one payment each, paid on Stripe's own page.

The reference of an attempt is the session's id (``cs_…``), that of a charge the PaymentIntent's (``pi_…``): webhooks
carry both, and a refund names the latter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import stripe
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from adapters.channels.stripe import hook, sign
from adapters.channels.stripe.amounts import CURRENCIES, LARGEST, LEAST, to_stripe
from adapters.channels.stripe.answers import INTENT, REFUND, checkout, ours, refunded
from adapters.channels.stripe.statement import SETTLING, line
from adapters.channels.stripe.wire import BASE_URL, Wire, asking, code_of, doing
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.domain.money import Money
from bot.ports import (
    ChannelAnswer,
    ChannelTraits,
    Declined,
    HookEvent,
    Payer,
    PaymentChannel,
    RefundAnswer,
    StatementLine,
    Unknown,
)

OPEN_FOR: Final = timedelta(hours=12)
"""How long a session can be paid, from the making of the attempt: a creation that is repeated asks for the same end.
Stripe allows 30 minutes to 24 hours."""
_EXPAND: Final = ["payment_intent.latest_charge.balance_transaction"]
_LEEWAY: Final = timedelta(minutes=5)
"""Between our clock and Stripe's."""
_LANGUAGES: Final = {"zh_CN": "zh", "en": "en"}
_PAGE: Final = 100


class Stripe(PaymentChannel):
    """``hook_secrets``: those of the endpoint, several while one is being changed. ``account``: a connected one."""

    name = "stripe"
    traits = ChannelTraits(
        currencies=CURRENCIES,
        maximum=99_999_999,
        minima=LEAST,
        maxima=LARGEST,
        can_refund=True,
        settling=SETTLING,
        fee_basis_points=290,
    )

    def __init__(
        self,
        *,
        secret_key: str,
        hook_secrets: Sequence[str],
        account: str = "",
        base_url: str = BASE_URL,
        timeout: float = 10.0,
    ) -> None:
        if not hook_secrets or not all(hook_secrets):
            raise ValueError("without the endpoint's secret no webhook can be believed")
        self._live = "_live_" in secret_key
        self._hook_secrets, self._account = tuple(hook_secrets), account
        self._wire = Wire(secret_key, base_url=base_url, account=account, timeout=timeout)

    # -- paying -----------------------------------------------------------------------------------------------

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        try:
            amount = to_stripe(Money(intent.amount, intent.currency))
        except ValueError as error:
            raise Declined("amount_not_expressible") from error
        mine: dict[str, str] = {INTENT: intent.id}
        wanted: SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": intent.id,
            "metadata": mine,
            "payment_intent_data": {"metadata": mine},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": intent.currency.lower(),
                        "unit_amount": amount,
                        "product_data": {"name": title[:250].strip() or "群收 Qunshou"},
                    },
                }
            ],
            "adaptive_pricing": {"enabled": False},
            "success_url": return_url,
            "cancel_url": return_url,
            "expires_at": int((intent.created_at + OPEN_FOR).timestamp()),
            "locale": _LANGUAGES.get(payer.locale, "auto"),
        }
        try:
            with doing():
                made = await self._wire.client.checkout.sessions.create_async(wanted, {"idempotency_key": intent.id})
                return checkout(made.to_dict())
        except Unknown as trouble:
            if not isinstance(trouble.__cause__, stripe.IdempotencyError) or trouble.__cause__.http_status != 400:
                raise
            found = await self._find(intent)  # made before, with the link of another minute
            if found is None:
                raise
            return found

    async def query(self, intent: Intent) -> ChannelAnswer:
        if not intent.reference:
            return await self._find(intent) or ChannelAnswer(IntentState.CLOSED, cause="no_such_session")
        return await self._retrieve(intent, intent.reference)

    async def close(self, intent: Intent) -> ChannelAnswer:
        now = await self.query(intent)
        if now.state is not IntentState.PENDING or now.cause == "processing":
            return now
        try:
            with doing():
                done = await self._wire.client.checkout.sessions.expire_async(now.reference)
                return checkout(done.to_dict())
        except Declined:  # it is open no more: somebody was faster
            return await self._retrieve(intent, now.reference)

    async def _retrieve(self, intent: Intent, reference: str) -> ChannelAnswer:
        with asking():
            found = (await self._wire.client.checkout.sessions.retrieve_async(reference, {"expand": _EXPAND})).to_dict()
            if ours(found, INTENT) != intent.id:
                raise Unknown("not_ours")
            return checkout(found)

    async def _find(self, intent: Intent) -> ChannelAnswer | None:
        """The session of an attempt whose creation was not answered. Stripe cannot be asked by our id: those of the
        time in question are gone through."""
        since, until = intent.created_at - _LEEWAY, intent.created_at + OPEN_FOR + _LEEWAY
        window: Any = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
        with asking():
            page = await self._wire.client.checkout.sessions.list_async({"created": window, "limit": _PAGE})
            async for session in page.auto_paging_iter():
                if session.client_reference_id == intent.id:
                    return await self._retrieve(intent, session.id)
        return None

    # -- giving back ------------------------------------------------------------------------------------------

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        try:
            amount = to_stripe(Money(refund.amount, refund.currency))
        except ValueError as error:
            raise Declined("amount_not_expressible") from error
        known = await self._find_refund(refund)  # Stripe forgets idempotency keys after a day
        if known is not None:
            return known
        mine: dict[str, str] = {REFUND: refund.id}
        if charge.intent:
            mine[INTENT] = charge.intent
        wanted: RefundCreateParams = {"payment_intent": refund.charge, "amount": amount, "metadata": mine}
        with doing():
            made = await self._wire.client.refunds.create_async(wanted, {"idempotency_key": refund.id})
            return refunded(made.to_dict())

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        found = await self._find_refund(refund)
        return found or RefundAnswer(RefundState.FAILED, cause="no_such_refund")

    async def _find_refund(self, refund: Refund) -> RefundAnswer | None:
        with asking():
            if refund.reference:
                return refunded((await self._wire.client.refunds.retrieve_async(refund.reference)).to_dict())
            page = await self._wire.client.refunds.list_async({"payment_intent": refund.charge, "limit": _PAGE})
            async for made in page.auto_paging_iter():
                if ours(made.to_dict(), REFUND) == refund.id:
                    return refunded(made.to_dict())
        return None

    # -- being told -------------------------------------------------------------------------------------------

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        sign.check(headers, body, self._hook_secrets, now)
        return hook.events(body, live=self._live, account=self._account)

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"ok", "text/plain"

    # -- books ------------------------------------------------------------------------------------------------

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """Balance transactions of ``day`` in UTC, as Stripe counts days."""
        start = datetime.combine(day, time(), UTC)
        window: Any = {"gte": int(start.timestamp()), "lt": int((start + timedelta(days=1)).timestamp())}
        with asking():
            page = await self._wire.client.balance_transactions.list_async(
                {"created": window, "limit": _PAGE, "expand": ["data.source"]}
            )
            lines = [line(booked.to_dict()) async for booked in page.auto_paging_iter()]
        return [found for found in lines if found is not None]

    async def check(self) -> str:
        """Lists one session: what a restricted key needs most."""
        try:
            await self._wire.client.checkout.sessions.list_async({"limit": 1})
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            return f"Stripe refuses the key ({code_of(error)}): copy the secret key anew from dashboard.stripe.com"
        except stripe.StripeError as error:
            return f"Stripe does not answer as it should ({code_of(error)}): try again, and look at status.stripe.com"
        return ""

    async def aclose(self) -> None:
        await self._wire.aclose()
