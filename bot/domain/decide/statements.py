"""Statements of channels: what was learnt from one, and when to ask for it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.domain.command import FeeTold, OnStatement, StatementFailed, StatementRead
from bot.domain.decision import Context, Decision, State
from bot.domain.model import Difference, Match, Statement
from bot.domain.notice import Medium, Notice, Value

_H = timedelta(hours=1)
PAUSES: Final = (_H / 4, _H / 2, _H, 2 * _H, 4 * _H, 8 * _H, 12 * _H, 24 * _H, 24 * _H)
"""Waits before a statement is asked for again that could not be read; after the last it is given up."""
LONGEST: Final = 24 * _H
MOST_TOLD: Final = 5
"""Differences that are told one by one."""


def fee_told(state: State, command: FeeTold, ctx: Context) -> Decision:
    """A charge that was known without what the channel keeps of it."""
    known = state.known_charge
    if known is None or known.fee is not None:
        return Decision()
    return Decision(amended=(replace(known, fee=command.fee),))


def read(state: State, command: StatementRead, ctx: Context) -> Decision:
    """It is noted what was found; of differences the operators hear. They change nothing."""
    statement = Statement(command.channel, command.day, read_at=ctx.now, counts=command.counts)
    decided = Decision(statements=(statement,), stated=command.ours)
    if not command.differences:
        return decided
    worst = sorted(command.differences, key=lambda one: (one.what is not Match.MISSING, one.at))
    shown = tuple(_item(one) for one in worst[:MOST_TOLD])
    params: dict[str, Value] = {"items": shown, "more": len(worst) - len(shown), "count": len(worst)}
    said = Notice("statement_differs", Medium.PRIVATE, params=_about(command) | params)
    return replace(decided, notices=_to_operators(state, said))


def failed(state: State, command: StatementFailed, ctx: Context) -> Decision:
    """It is asked for again in a while, and given up in the end; then the operators hear of it, once in a row."""
    before = state.statement or Statement(command.channel, command.day)
    if before.read_at is not None:
        return Decision()
    asked_out = before.tries >= len(PAUSES)
    wait = None if asked_out else max(PAUSES[before.tries], min(command.wait, LONGEST))
    statement = replace(
        before, tries=before.tries + 1, next_at=None if wait is None else ctx.now + wait, cause=command.cause
    )
    told = asked_out and not (state.day_before is not None and state.day_before.given_up)
    said = Notice("statement_unread", Medium.PRIVATE, params=_about(command) | {"cause": command.cause})
    return Decision(statements=(statement,), notices=_to_operators(state, said) if told else ())


def _item(one: Difference) -> dict[str, Value]:
    return {"what": one.what.value, "reference": one.reference, "money": one.amount, "at": one.at}


def _about(command: OnStatement) -> dict[str, Value]:
    return {"channel": command.channel, "day": command.day.isoformat()}


def _to_operators(state: State, said: Notice) -> tuple[Notice, ...]:
    return tuple(replace(said, member=operator) for operator in state.operators)
