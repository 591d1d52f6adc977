"""Attempts, charges and refunds as the store would hand them out."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.model import Charge, CollectionId, Intent, IntentId, MemberId, Refund, RefundId

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
ID = "abcdefgh234567mn"


def intent(
    id_: str = ID,
    *,
    amount: int = 3333,
    currency: str = "EUR",
    reference: str = "",
    channel: str = "any",
    at: datetime = NOW,
) -> Intent:
    return Intent(
        id=IntentId(id_),
        collection=CollectionId("c1"),
        member=MemberId(1),
        channel=channel,
        amount=amount,
        currency=currency,
        created_at=at,
        reference=reference,
    )


def charge(reference: str, *, amount: int = 3333, currency: str = "EUR", channel: str = "any") -> Charge:
    return Charge(
        channel=channel,
        reference=reference,
        collection=CollectionId("c1"),
        member=MemberId(1),
        amount=amount,
        currency=currency,
        at=NOW,
        intent=IntentId(ID),
    )


def refund(of: Charge, *, amount: int, id_: str = "rfnd234567abcdef", reference: str = "") -> Refund:
    return Refund(
        id=RefundId(id_),
        channel=of.channel,
        charge=of.reference,
        collection=of.collection,
        member=of.member,
        amount=amount,
        currency=of.currency,
        created_at=NOW,
        reference=reference,
    )
