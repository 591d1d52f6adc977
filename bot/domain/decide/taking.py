"""Where an amount that goes back comes from: which charges, what is listed, and how the due stands after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.domain import ledger
from bot.domain.ledger import Posting
from bot.domain.model import Charge, Due, Listing, MemberId, Refund, Standing


@dataclass(frozen=True, slots=True)
class Taken:
    """Where an amount comes from: what is listed, and why, and the rest from the due. All of the due: ``whole``."""

    listed: Mapping[Listing, int]
    due: int
    whole: bool


def free_of(charges: Iterable[Charge], refunds: Iterable[Refund], member: MemberId) -> Iterator[tuple[Charge, int]]:
    """What of each charge can still go back of what was paid for ``member``, by themselves or by another, the newest
    first. What was for another and would not go back is its payer's."""
    gone: Counter[tuple[str, str]] = Counter()
    for refund in refunds:
        key, whose = (refund.channel, refund.charge), refund.paid_for or refund.member
        if whose == member:
            gone[key] += refund.amount if refund.counts or refund.paid_for else 0
        elif not refund.counts and refund.member == member:
            gone[key] -= refund.amount
    for charge in sorted(charges, key=lambda c: (c.at, c.reference), reverse=True):
        covered = dict(charge.covered)
        part = charge.amount - sum(covered.values()) if charge.member == member else covered.get(member, 0)
        yield charge, part - gone[charge.channel, charge.reference]


def take(held: Mapping[Listing, int], due: Due, amount: int) -> Taken:
    listed: dict[Listing, int] = {}
    for why, minor in held.items():
        if part := min(minor, amount - sum(listed.values())):
            listed[why] = part
    rest = amount - sum(listed.values())
    return Taken(listed, rest, rest > 0 and rest == due.paid)


def let_go(due: Due, part: int, *, whole: bool) -> tuple[Posting, ...]:
    """What is given back is asked for no more; when all is, nor is the rest."""
    if not whole:
        return (Posting(ledger.ASKED, part),)
    amount = due.amount or 0
    waived = amount - due.paid if due.standing is Standing.WAIVED else 0
    return (
        Posting(ledger.owed(due.member), -due.remaining),
        Posting(ledger.WAIVED, -waived),
        Posting(ledger.ASKED, amount),
    )


def lowered(due: Due, part: int, *, whole: bool) -> Due:
    """The due after it; a later split of the total leaves it alone."""
    if not part:
        return due
    if whole:
        return replace(due, amount=0, paid=0, standing=Standing.REFUNDED, pinned=True, stalled_at=None, claim="")
    return replace(due, amount=(due.amount or 0) - part, paid=due.paid - part, pinned=True)
