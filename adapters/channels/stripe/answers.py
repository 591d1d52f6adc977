"""Stripe's objects → answers of the port. The same reading serves webhooks and answers to our own questions.

Everything here takes plain JSON and raises ``ValueError`` for what is not of the documented shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from adapters.channels.stripe.amounts import from_stripe
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money
from bot.ports import ChannelAnswer, ChargeFact, RefundAnswer

Json = Mapping[str, Any]

INTENT: Final = "qunshou_intent"
REFUND: Final = "qunshou_refund"
"""Keys of Stripe's metadata under which our ids travel."""
_OURS: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_THEIRS: Final = re.compile(r"[A-Za-z0-9_]{1,255}")
_REFUNDS: Final = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.REFUNDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def obj(value: object) -> Json:
    if not isinstance(value, Mapping):
        raise ValueError("no object")
    return value


def text(value: object) -> str:
    """An id or a code of Stripe's."""
    if not isinstance(value, str) or not _THEIRS.fullmatch(value):
        raise ValueError("no id")
    return value


def instant(value: object) -> datetime:
    if type(value) is not int or not 0 <= value < 10**11:
        raise ValueError("no time")
    return datetime.fromtimestamp(value, UTC)


def ours(thing: Json, key: str) -> str:
    """Our id in an object's metadata; empty where it is none of ours (the account may sell other things too)."""
    metadata = thing.get("metadata")
    found = "" if metadata is None else obj(metadata).get(key, "")
    if not isinstance(found, str) or (found and not _OURS.fullmatch(found)):
        raise ValueError("no id of ours")
    return found


def trouble(payment: object) -> str:
    """Why the last try failed, in Stripe's own code: that of the bank (decline code) before the general one."""
    error = payment.get("last_payment_error") if isinstance(payment, Mapping) else None
    if not isinstance(error, Mapping):
        return ""
    return text(error.get("decline_code") or error.get("code") or error.get("type"))


def checkout(session: Json, *, paid_at: datetime | None = None) -> ChannelAnswer:
    """What a Checkout Session says. ``payment_intent`` may be its id or, expanded, the PaymentIntent itself.

    ``paid_at`` is used where the charge, which knows better, is not expanded.
    """
    if session.get("mode") != "payment" or session.get("object") != "checkout.session":
        raise ValueError("no session of ours")
    reference, payment = text(session.get("id")), session.get("payment_intent")
    status, paid = session.get("status"), session.get("payment_status")
    if status == "open":
        action = {"kind": "redirect", "url": str(session["url"])} if session.get("url") else {}
        ends = instant(session.get("expires_at"))
        return ChannelAnswer(IntentState.PENDING, reference, action, trouble(payment), expires_at=ends)
    if status == "expired":
        return ChannelAnswer(IntentState.CLOSED, reference, cause="checkout_expired")
    if status != "complete":
        raise ValueError("no such status")
    if paid == "paid":
        return ChannelAnswer(IntentState.PAID, reference, charge=_charge(session, payment, paid_at))
    if isinstance(payment, Mapping) and payment.get("status") in ("requires_payment_method", "canceled"):
        return ChannelAnswer(IntentState.FAILED, reference, cause=trouble(payment) or "async_payment_failed")
    return ChannelAnswer(IntentState.PENDING, reference, cause="processing")


def _charge(session: Json, payment: object, paid_at: datetime | None) -> ChargeFact:
    amount = from_stripe(session.get("amount_total"), session.get("currency"))
    if amount.minor < 1:
        raise ValueError("nothing was paid")
    if not isinstance(payment, Mapping):
        if paid_at is None:
            raise ValueError("not expanded")
        return ChargeFact(text(payment), amount, paid_at)
    charge = obj(payment.get("latest_charge"))
    return ChargeFact(text(payment.get("id")), amount, instant(charge.get("created")), fee(charge, amount))


def fee(charge: Json, amount: Money) -> Money | None:
    """What Stripe kept, where it is known already and is counted in the currency of the charge."""
    booked = charge.get("balance_transaction")
    if not isinstance(booked, Mapping) or str(booked.get("currency")).upper() != amount.currency:
        return None
    return from_stripe(booked.get("fee"), booked.get("currency"))


def refunded(refund: Json) -> RefundAnswer:
    state = _REFUNDS.get(str(refund.get("status")))
    if refund.get("object") != "refund" or state is None:
        raise ValueError("no refund")
    why = refund.get("failure_reason") or ("refund_canceled" if refund.get("status") == "canceled" else "")
    return RefundAnswer(state, text(refund.get("id")), text(why) if why else "")
