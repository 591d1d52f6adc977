"""The state machine of one attempt to pay, and when to ask the channel again.

``unknown`` and ``closing`` are left only by what the channel says (Kill Bill's janitor is the model): an unclear
attempt is asked about after 5 minutes, 1 hour, then daily five times, and then listed for a person. Nothing is ever
decided by the clock alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.model import Intent, IntentState

_S = IntentState
_ANSWERS = frozenset({_S.PENDING, _S.PAID, _S.FAILED, _S.CLOSED, _S.UNKNOWN})
MOVES: dict[IntentState, frozenset[IntentState]] = {
    _S.HELD: frozenset({_S.CREATED, _S.WAITING, _S.CLOSED}),
    _S.WAITING: frozenset({_S.CREATED, _S.CLOSED}),
    _S.CREATED: _ANSWERS | {_S.CLOSING},
    _S.PENDING: _ANSWERS | {_S.CLOSING},
    _S.UNKNOWN: _ANSWERS | {_S.CLOSING},
    _S.CLOSING: _ANSWERS | {_S.CLOSING},
    _S.FAILED: frozenset({_S.PAID}),
    _S.CLOSED: frozenset({_S.PAID}),
    _S.PAID: frozenset(),
}
"""Where each state may go. Late success is real: failed and closed attempts can still turn out paid."""

ASK_AFTER = (timedelta(minutes=5), timedelta(hours=1), *(timedelta(days=1),) * 5)
"""Waits between questions about an attempt that nobody waits for."""

ASK_SOON = (timedelta(seconds=10), timedelta(seconds=30), *(timedelta(minutes=n) for n in (1, 2)), *ASK_AFTER)
"""The same while a payer waits to pay another way."""

ANSWER_BY = timedelta(minutes=15)
"""A question that was never answered is put again after this."""

WAITS_FOR = timedelta(minutes=15)
"""How long an attempt waits for those before it: its payer has gone by then, and can begin anew."""

LOOK_AFTER = (timedelta(minutes=1), timedelta(minutes=5))
"""A pending attempt is asked about so long after its beginning: webhooks are lost, and people wait."""

PENDING_FOR = timedelta(days=1)
"""How long a payer may take where the channel names no end: then the attempt is closed, or turns out to be paid."""


def can(intent: Intent, to: IntentState) -> bool:
    return to in MOVES[intent.state]


def finished(state: IntentState) -> bool:
    return state in (IntentState.PAID, IntentState.FAILED, IntentState.CLOSED)


def reached(state: IntentState) -> bool:
    """Its channel may know of it."""
    return not finished(state) and state not in (IntentState.HELD, IntentState.WAITING)


def waits(state: IntentState) -> tuple[timedelta, ...]:
    return ASK_SOON if state is IntentState.CLOSING else ASK_AFTER


def asked_out(intent: Intent) -> bool:
    """All questions were put, and none brought an answer: a person must look."""
    return intent.asked >= len(waits(intent.state))


def next_question(asked: int, now: datetime) -> datetime | None:
    """When to ask for the next time what nobody waits for; None when a person must look."""
    return now + ASK_AFTER[asked] if asked < len(ASK_AFTER) else None


def following(intent: Intent, now: datetime) -> datetime:
    """When to ask about an unclear attempt for the next time; after the last question, when to give up."""
    return now + (ANSWER_BY if asked_out(intent) else waits(intent.state)[intent.asked])


def until(intent: Intent) -> datetime:
    """How long the payer may take."""
    return intent.expires_at or intent.created_at + PENDING_FOR


def next_look(intent: Intent, now: datetime) -> datetime:
    """When to look at a pending attempt: soon, in case the channel's own word is lost, and at its end, to close it."""
    instants = (*(intent.created_at + after for after in LOOK_AFTER), until(intent))
    return min((at for at in instants if at > now), default=following(intent, now))
