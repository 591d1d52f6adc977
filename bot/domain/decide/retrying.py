"""A no to a refund that need not be the last word: asked about where the catalogue doubts it, told again where it says
later. Always the same refund under the same key, and at most ``refund.MOST_TOLD`` times; then a person hears of it.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain import refund as returns
from bot.domain.command import RefundAnswered
from bot.domain.decision import Context, RefundRequest
from bot.domain.interruption import Act, Stage
from bot.domain.model import Refund, RefundState

Retry = tuple[Refund, tuple[RefundRequest, ...]]


def after_no(refund: Refund, command: RefundAnswered, ctx: Context) -> Retry | None:
    """The refund as it stands after a no, and what is asked at once; None when the no is believed. Only a no to our own
    asking is doubted, and only ``later`` can follow a question: its channel then does not know of the refund."""
    if command.state is not RefundState.FAILED or not command.operation:
        return None
    act = ctx.policy.causes.find(Stage.REFUND, refund.channel, command.cause).act
    told = replace(refund, reference=command.reference or refund.reference, cause=command.cause)
    if act is Act.QUERY and command.operation == "refund":
        doubted = replace(told, state=RefundState.UNKNOWN, next_at=returns.next_question(refund, told.state, ctx.now))
        return doubted, (RefundRequest("query_refund", refund.id, refund.channel),)
    again = returns.next_telling(refund, ctx.now) if act is Act.LATER else None
    if again is None:
        return None
    return replace(told, state=RefundState.CREATED, asked=refund.asked + 1, next_at=again), ()
