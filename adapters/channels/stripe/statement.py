"""Stripe's balance transactions of a day → lines of a statement."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from adapters.channels.stripe.amounts import from_stripe
from adapters.channels.stripe.answers import INTENT, REFUND, Json, fee, instant, obj, ours, text
from bot.ports import Settling, StatementLine

SETTLING: Final = Settling(ready=timedelta(hours=1))
"""Balance transactions are there as soon as the money is; their days are counted in UTC here."""
_CHARGES = ("charge", "payment")
_REFUNDS = ("refund", "payment_refund")


def line(booked: Json) -> StatementLine | None:
    """None for what is neither (payouts, Stripe's own bills). ``source`` is expanded.

    The amount is that of the charge: the transaction's own is in the currency of the payout.
    """
    kind, source = booked.get("type"), booked.get("source")
    if kind not in (*_CHARGES, *_REFUNDS):
        return None
    thing = obj(source)
    if thing.get("status") != "succeeded":  # a refund is booked when it is asked for, and may still come to nothing
        return None
    amount = from_stripe(thing.get("amount"), thing.get("currency"))
    at = instant(booked.get("created"))
    if kind in _REFUNDS:
        of = text(thing.get("payment_intent") or thing.get("charge"))
        return StatementLine("refund", text(thing.get("id")), ours(thing, REFUND), amount, at, charge=of)
    reference = text(thing.get("payment_intent") or thing.get("id"))
    return StatementLine(
        "charge", reference, ours(thing, INTENT), amount, at, fee({"balance_transaction": booked}, amount)
    )
