"""Money that arrived and cannot be booked where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.model.people import NOBODY, CollectionId, MemberId
from bot.domain.money import Money


class Astray(StrEnum):
    """Why it cannot be booked."""

    UNMATCHED = "unmatched"
    """Verified, but of an attempt that is not known here: another database, or somebody else's order."""
    WRONG_CURRENCY = "wrong_currency"
    """Not the currency that was asked for: books of one currency cannot hold it."""
    BEYOND = "beyond"
    """It did not come: it went back without us, and is more than was left here of its charge."""


BACK = "back:"
"""Before the reference of what went back: the channel may call it as it calls a charge."""


class Fate(StrEnum):
    """What became of it."""

    OPEN = "open"
    """Nobody has said yet."""
    COUNTED = "counted"
    """It pays somebody's due, and is in the books."""
    CREDITED = "credited"
    """It is somebody's credit, and is in the books."""
    RETURNING = "returning"
    """It is on its way back, over the channel that it came by."""
    RETURNED = "returned"
    UNCLEAR = "unclear"
    """It was to go back, and its channel would not say whether it has: a person must look there."""
    SETTLED = "settled"
    """It was dealt with where it lies, without us."""


@dataclass(frozen=True, slots=True)
class Stray:
    """Kept beside the books and shown until somebody has dealt with it. ``(channel, reference)`` is unique."""

    id: str
    channel: str
    reference: str
    intent: str
    """What the channel said it was for; of what went back, the reference of its charge."""
    amount: int
    currency: str
    at: datetime
    received_at: datetime
    why: Astray
    collection: CollectionId | None = None
    member: MemberId = NOBODY
    asked: Money | None = None
    """What was to be paid instead of it: another currency counts for that. None: nobody knows."""
    fate: Fate = Fate.OPEN
    settled_by: MemberId = NOBODY
    """Who has dealt with it."""

    @property
    def at_channel(self) -> str:
        """The reference by which its channel knows it."""
        return self.reference.removeprefix(BACK)

    @property
    def open(self) -> bool:
        """It waits for an answer."""
        return self.fate in (Fate.OPEN, Fate.UNCLEAR)


@dataclass(frozen=True, slots=True)
class Likely:
    """Whose a stray of an unknown attempt may be: they owe just that much in ``collection`` (``number``)."""

    stray: str
    collection: CollectionId
    number: int
    member: MemberId


@dataclass(frozen=True, slots=True)
class Loose:
    """Money of one member that is on no due of a collection (``number``, ``title``), by ``Listing``."""

    collection: CollectionId
    number: int
    title: str
    currency: str
    organiser: MemberId
    member: MemberId
    held: tuple[tuple[str, int], ...]
