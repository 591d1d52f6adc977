"""Lines of statements ↔ the books: what each line is to them, and the command that it makes."""

from __future__ import annotations

import re
from typing import Final

from bot.domain.command import Command, FeeTold, RecordCharge, RefundAnswered
from bot.domain.model import IntentId, Match, RefundState
from bot.domain.refund import can
from bot.ports import StatementLine
from bot.store import OnRecord

_OURS: Final = re.compile(r"[a-z2-7]{16}", re.ASCII)
"""The shape of our ids of attempts (``app.clock.fresh_id``)."""


def matched(channel: str, line: StatementLine, known: OnRecord) -> tuple[Match, Command | None]:
    """What ``line`` is to the books, and what it changes in them, if anything."""
    return _charge(channel, line, known) if line.kind == "charge" else _refund(line, known)


def _charge(channel: str, line: StatementLine, known: OnRecord) -> tuple[Match, Command | None]:
    fee = line.fee.minor if line.fee is not None and line.fee.currency == line.amount.currency else None
    if known.charges:
        booked = known.charges[0]
        amount = sum(charge.amount for charge in known.charges)
        if (amount, booked.currency) != (line.amount.minor, line.amount.currency):
            return Match.AMOUNT, None
        if fee is None or booked.fee is not None:
            return Match.KNOWN, None
        return Match.FEE, FeeTold(channel=channel, reference=booked.reference, fee=fee)
    if known.stray is not None:
        same = (known.stray.amount, known.stray.currency) == (line.amount.minor, line.amount.currency)
        return (Match.KNOWN if same else Match.AMOUNT), None
    arrived = RecordCharge(
        channel=channel,
        reference=line.reference,
        intent=IntentId(line.intent),
        amount=line.amount.minor,
        currency=line.amount.currency,
        at=line.at,
        fee=fee,
    )
    if known.intent is not None:
        return Match.NEW, arrived
    return (Match.STRAY, arrived) if _OURS.fullmatch(line.intent) else (Match.FOREIGN, None)


def _refund(line: StatementLine, known: OnRecord) -> tuple[Match, Command | None]:
    refund = known.refund
    if refund is None:
        ours = bool(known.charges) or known.stray is not None
        return (Match.ELSEWHERE if ours else Match.FOREIGN), None
    if (refund.amount, refund.currency) != (line.amount.minor, line.amount.currency):
        return Match.AMOUNT, None
    if refund.state is RefundState.REFUNDED and not refund.by_hand:
        return Match.KNOWN, None
    if refund.by_hand or not can(refund, RefundState.REFUNDED):
        return Match.ELSEWHERE, None
    return Match.NEW, RefundAnswered(refund=refund.id, state=RefundState.REFUNDED, reference=line.reference)
