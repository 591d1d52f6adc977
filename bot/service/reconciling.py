"""Lines of statements ↔ the books: what each line is to them, and the command that it makes."""

from __future__ import annotations

import re
from typing import Final

from bot.domain.command import Command, FeeTold, RecordCharge, RecordReturn, RefundAnswered
from bot.domain.model import DISPUTE, ELSEWHERE, IntentId, Match, Refund, RefundState
from bot.domain.refund import can
from bot.ports import StatementLine
from bot.store import OnRecord

_OURS: Final = re.compile(r"[a-z2-7]{16}", re.ASCII)
"""The shape of our ids of attempts (``app.clock.fresh_id``)."""


def matched(channel: str, line: StatementLine, known: OnRecord, taken: set[Refund]) -> tuple[Match, Command | None]:
    """What ``line`` is to the books, and what it changes in them, if anything. ``taken``: refunds that lines of the
    same statement are about; it grows."""
    return _charge(channel, line, known) if line.kind == "charge" else _back(channel, line, known, taken)


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


def _back(channel: str, line: StatementLine, known: OnRecord, taken: set[Refund]) -> tuple[Match, Command | None]:
    if line.undone:
        return _undone(channel, line, known)
    alike = next((refund for refund in known.alike if refund not in taken), None)
    if known.refunds:
        return _refunded(line, known.refunds)
    if known.noted:
        return Match.KNOWN, None
    if alike is not None:
        taken.add(alike)
        if not (alike.by_hand and alike.state is RefundState.PENDING):
            return _refunded(line, (alike,))
    elif not known.charges and known.stray is None:
        return Match.FOREIGN, None
    return Match.RETURNED, _returned(channel, line)


def _returned(channel: str, line: StatementLine) -> RecordReturn:
    return RecordReturn(
        channel=channel,
        charge=line.charge,
        reference=line.reference,
        amount=line.amount.minor,
        currency=line.amount.currency,
        at=line.at,
        kind="dispute" if line.kind == "dispute" else "refund",
        undone=line.undone,
    )


def _undone(channel: str, line: StatementLine, known: OnRecord) -> tuple[Match, Command | None]:
    """It is here again, whoever had asked for it."""
    gone = [refund for refund in known.refunds if refund.state is not RefundState.FAILED]
    if known.refunds and not gone:
        return Match.KNOWN, None
    if gone and gone[0].cause not in (ELSEWHERE, DISPUTE):
        return Match.NEW, RefundAnswered(refund=gone[0].id, state=RefundState.FAILED, reference=line.reference)
    if not known.charges and known.stray is None:
        return Match.FOREIGN, None
    return Match.NEW, _returned(channel, line)


def _refunded(line: StatementLine, refunds: tuple[Refund, ...]) -> tuple[Match, Command | None]:
    """``refunds``: several, where one return came off the dues of several people."""
    first = refunds[0]
    if (sum(refund.amount for refund in refunds), first.currency) != (line.amount.minor, line.amount.currency):
        return Match.AMOUNT, None
    came_again = first.state is RefundState.FAILED and first.cause in (ELSEWHERE, DISPUTE)
    if came_again or (first.state is RefundState.REFUNDED and not first.by_hand):
        return Match.KNOWN, None
    if first.by_hand or not can(first, RefundState.REFUNDED):
        return Match.ELSEWHERE, None
    return Match.NEW, RefundAnswered(refund=first.id, state=RefundState.REFUNDED, reference=line.reference)
