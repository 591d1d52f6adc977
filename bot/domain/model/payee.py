"""Another account for money that is being collected already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.model.people import NOBODY, CollectionId, MemberId


@dataclass(frozen=True, slots=True)
class PayeeChange:
    """Announced for an open collection, and not in effect yet."""

    collection: CollectionId
    by: MemberId
    payee: str
    picture: str
    asked_at: datetime
    at: datetime
    """When it takes effect at the earliest."""
    next_at: datetime | None = None
    """When the clock looks at it; None while it is held, waits for a second person, or is over."""
    agreed_by: MemberId = NOBODY
    held_by: MemberId = NOBODY
    """Somebody did not expect it."""
    over: bool = False
