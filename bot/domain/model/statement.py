"""What a channel settled on one day, beside what the books say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.domain.money import Money


class Match(StrEnum):
    """What a line of a statement is to the books."""

    KNOWN = "known"
    """They have it just so."""
    FEE = "fee"
    """They have it, and learnt from the line what the channel keeps of it."""
    NEW = "new"
    """Of an attempt or a refund of ours; nobody had told of it, and now it is booked."""
    RETURNED = "returned"
    """Money of ours went back without us, and now it is booked."""
    STRAY = "stray"
    """It looks like ours, and no attempt is known: kept until somebody says whose it is."""
    FOREIGN = "foreign"
    """Somebody else's: another shop sells over the same account."""
    AMOUNT = "amount"
    """They have it with another amount."""
    ELSEWHERE = "elsewhere"
    """A refund of ours went back over the channel, and the books say that it failed, or was given by hand."""
    REFUSED = "refused"
    """It contradicts what was said before, and changes nothing."""
    MISSING = "missing"
    """The books have it, and the statement does not."""


DIFFERENCES = frozenset({Match.AMOUNT, Match.ELSEWHERE, Match.REFUSED, Match.MISSING})
"""For a person to look at: nothing is changed because of them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the books and a statement do not agree about. ``reference``: the channel's."""

    what: Match
    reference: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """One day of one channel: read, or still to be read."""

    channel: str
    day: date
    read_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    """Lines by ``Match``, where there are any."""
    tries: int = 0
    """How often it was asked for in vain."""
    next_at: datetime | None = None
    """When to ask for it again; None, while it is not read: it was given up."""
    cause: str = ""
    """Why it could not be read: the channel's code."""

    @property
    def given_up(self) -> bool:
        return self.read_at is None and self.next_at is None and self.tries > 0

    @property
    def differences(self) -> int:
        return sum(self.counts.get(what.value, 0) for what in DIFFERENCES)
