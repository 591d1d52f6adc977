"""The state machine of one attempt to pay, and when to ask the channel again.

``unknown`` is left only by what the channel says (Kill Bill's janitor is the model): asked after 5 minutes, 1 hour,
then daily five times, and then listed for a person. Nothing is ever decided by the clock alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.model import Intent, IntentState

_S = IntentState
MOVES: dict[IntentState, frozenset[IntentState]] = {
    _S.CREATED: frozenset({_S.PENDING, _S.PAID, _S.FAILED, _S.CLOSED, _S.UNKNOWN}),
    _S.PENDING: frozenset({_S.PENDING, _S.PAID, _S.FAILED, _S.CLOSED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.PENDING, _S.PAID, _S.FAILED, _S.CLOSED, _S.UNKNOWN}),
    _S.FAILED: frozenset({_S.PAID}),
    _S.CLOSED: frozenset({_S.PAID}),
    _S.PAID: frozenset(),
}
"""Where each state may go. Late success is real: failed and closed attempts can still turn out paid."""

ASK_AFTER = (timedelta(minutes=5), timedelta(hours=1), *(timedelta(days=1),) * 5)
"""Waits between questions about an unknown attempt."""

ANSWER_BY = timedelta(minutes=15)
"""An attempt whose creation was never answered is asked about after this."""

PENDING_FOR = timedelta(days=1)
"""How long a payer may take where the channel names no end: then the attempt is closed, or turns out to be paid."""


def can(intent: Intent, to: IntentState) -> bool:
    return to in MOVES[intent.state]


def finished(state: IntentState) -> bool:
    return state in (IntentState.PAID, IntentState.FAILED, IntentState.CLOSED)


def next_question(asked: int, now: datetime) -> datetime | None:
    """When to ask about an unknown attempt for the next time; None when a person must look."""
    return now + ASK_AFTER[asked] if asked < len(ASK_AFTER) else None


def closing(expires_at: datetime | None, now: datetime) -> datetime:
    """When to close a pending attempt. A channel that still calls it pending after its end is asked again later."""
    return expires_at if expires_at is not None and expires_at > now else now + PENDING_FOR
