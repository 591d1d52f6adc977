"""Stripe's balance transactions of a day → lines of a statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from adapters.channels.stripe.amounts import from_stripe
from adapters.channels.stripe.answers import INTENT, REFUND, Json, fee, instant, obj, ours, text
from bot.ports import Settling, StatementLine

SETTLING: Final = Settling(ready=timedelta(hours=1))
"""Balance transactions are there as soon as the money is; their days are counted in UTC here."""
_CHARGES = ("charge", "payment")
_REFUNDS = ("refund", "payment_refund")
_BACK = ("adjustment", "refund_failure", "payment_failure_refund")
"""What disputes withdraw and put back, and refunds that failed (docs.stripe.com/reports/balance-transaction-types)."""


def line(booked: Json) -> StatementLine | None:
    """None for what is neither (payouts, Stripe's own bills). ``source`` is expanded.

    The amount is that of the charge: the transaction's own is in the currency of the payout.
    """
    kind, source = booked.get("type"), booked.get("source")
    if kind in _BACK and isinstance(source, Mapping):
        return _moved(booked, source)
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


def _moved(booked: Json, source: Json) -> StatementLine | None:
    """None for an adjustment of another kind, or for a dispute's fee alone."""
    dispute, net = source.get("object") == "dispute", booked.get("amount")
    if type(net) is not int or not net or (booked.get("type") == "adjustment" and not dispute):
        return None
    amount, at = from_stripe(source.get("amount"), source.get("currency")), instant(booked.get("created"))
    number, of = text(source.get("id")), text(source.get("payment_intent") or source.get("charge"))
    if dispute:
        return StatementLine("dispute", number, "", amount, at, charge=of, undone=net > 0)
    return StatementLine("refund", number, ours(source, REFUND), amount, at, charge=of, undone=True)
