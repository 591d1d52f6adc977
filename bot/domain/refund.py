"""The state machine of money on its way back, and when to ask the channel again.

As with attempts, ``unknown`` is left only by what the channel says, and a time-out is no failure: a refund that was
asked for twice under two keys would be paid twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import intent as attempts
from bot.domain.model import Refund, RefundState

_S = RefundState
_ON_THE_WAY = frozenset({_S.PENDING, _S.REFUNDED, _S.FAILED, _S.UNKNOWN})
MOVES: dict[RefundState, frozenset[RefundState]] = {
    _S.CREATED: _ON_THE_WAY,
    _S.PENDING: _ON_THE_WAY,
    _S.UNKNOWN: _ON_THE_WAY,
    _S.REFUNDED: frozenset({_S.FAILED}),
    _S.FAILED: frozenset(),
}
"""Where each state may go. Money that went back can come back again days later, when the payer's account is closed;
one that failed is over: its part of the charge is free, and is given back, if at all, under a new key."""

TOLD_AGAIN = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))
"""Waits before a channel that said "not now" is told of the same refund again. The longest is a day, in which a channel
may keep the answer to a key (Stripe: docs.stripe.com/api/idempotent_requests)."""
MOST_DAYS = 30
"""How often a channel is asked, once a day, about one that it calls pending (banks take up to three weeks)."""


def can(refund: Refund, to: RefundState) -> bool:
    return to in MOVES[refund.state]


def finished(state: RefundState) -> bool:
    return state in (RefundState.REFUNDED, RefundState.FAILED)


def told_to_wait(refund: Refund) -> bool:
    """Its channel surely did nothing, and is to be told again."""
    return refund.state is RefundState.CREATED and bool(refund.cause)


def next_telling(refund: Refund, now: datetime) -> datetime | None:
    """When to tell a channel again that said "not now", or does not know of it; None when a person must look."""
    return now + TOLD_AGAIN[refund.asked] if refund.asked < len(TOLD_AGAIN) else None


def next_question(refund: Refund, said: RefundState, now: datetime) -> datetime | None:
    """When to ask next, after the channel ``said`` so; None when nothing is open any more or a person must look."""
    if finished(said):
        return None
    following = attempts.next_question(refund.asked, now)
    if following is None and said is RefundState.PENDING and refund.asked < MOST_DAYS:
        return now + timedelta(days=1)
    return following
