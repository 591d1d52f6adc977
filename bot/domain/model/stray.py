"""Money that arrived and cannot be booked where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.model.people import NOBODY, CollectionId, MemberId


class Astray(StrEnum):
    """Why."""

    UNMATCHED = "unmatched"
    """Verified, but of an attempt that is not known here: another database, or somebody else's order."""
    WRONG_CURRENCY = "wrong_currency"
    """Not the currency that was asked for: books of one currency cannot hold it."""


@dataclass(frozen=True, slots=True)
class Stray:
    """Kept beside the books and shown until somebody has dealt with it. ``(channel, reference)`` is unique."""

    id: str
    channel: str
    reference: str
    intent: str
    """What the channel said it was for."""
    amount: int
    currency: str
    at: datetime
    received_at: datetime
    why: Astray
    collection: CollectionId | None = None
    member: MemberId = NOBODY
    settled_by: MemberId = NOBODY
    """Who has dealt with it."""


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
