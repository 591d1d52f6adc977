"""Setting off: what one owes another against what the other owes them, over several collections.

Exact, and only between two: nobody gets a new creditor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.model import Collection, CollectionId, Due, Intent, MemberId

MOST_ROUNDS = 5
"""Collections that are looked at: the newest of an evening."""


@dataclass(frozen=True, slots=True)
class Round:
    """One open collection: the dues of those to whom money goes in any of them, and the attempts that run on these."""

    collection: Collection
    dues: tuple[Due, ...]
    intents: tuple[Intent, ...] = ()

    def owed(self, member: MemberId) -> int:
        return next((due.remaining for due in self.dues if due.member == member), 0)


@dataclass(frozen=True, slots=True)
class Part:
    """``amount`` minor units of what ``member`` owes in a collection are settled by setting off."""

    collection: CollectionId
    member: MemberId
    amount: int


def between(rounds: Sequence[Round], one: MemberId, other: MemberId, currency: str, *, most: int) -> tuple[Part, ...]:
    """What can be set off between two, at most ``most``: the same sum on both sides, the oldest first."""
    mine, theirs = _owed(rounds, one, other, currency), _owed(rounds, other, one, currency)
    off = min(most, sum(amount for _, amount in mine), sum(amount for _, amount in theirs))
    both = (*_settled(mine, one, off), *_settled(theirs, other, off))
    return tuple(part for part in both if part.amount)


def _owed(rounds: Sequence[Round], member: MemberId, to: MemberId, currency: str) -> Sequence[tuple[CollectionId, int]]:
    """What ``member`` owes ``to``, by collection."""
    theirs = (r.collection for r in rounds if r.collection.recipient == to and r.collection.currency == currency)
    amounts = {r.collection.id: r.owed(member) for r in rounds}
    return [(c.id, amounts[c.id]) for c in theirs]


def _settled(owed: Sequence[tuple[CollectionId, int]], member: MemberId, left: int) -> Iterator[Part]:
    for collection, amount in owed:
        taken = min(amount, left)
        left -= taken
        yield Part(collection, member, taken)


def left_between(rounds: Sequence[Round], one: MemberId, other: MemberId, currency: str) -> int:
    """What ``one`` still owes ``other``, less what the other owes them: negative when it is the other way round."""
    mine, theirs = _owed(rounds, one, other, currency), _owed(rounds, other, one, currency)
    return sum(amount for _, amount in mine) - sum(amount for _, amount in theirs)
