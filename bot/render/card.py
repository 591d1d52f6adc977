"""The card: what it shows, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain import press
from bot.domain.model import Chat, Collection, MemberId
from bot.domain.money import Money
from bot.domain.notice import Button

_BLOCKS = 12


@dataclass(frozen=True, slots=True)
class CardSheet:
    """The facts on a card. ``known`` members of the chat's ``head_count``; ``listed`` minor units on no due."""

    collection: Collection
    chat: Chat
    states: Mapping[str, int]
    next_reminder_at: datetime | None
    known: int
    head_count: int | None
    listed: int
    shares: tuple[tuple[int, Money], ...] = ()
    """How many have which amount, the most frequent first."""
    unpaid: tuple[MemberId, ...] = ()
    """Whom to name; empty unless the operator wants names in the group."""

    @property
    def bar(self) -> str:
        """Progress in blocks, full only when everybody has settled."""
        tally = self.collection.tally
        filled = tally.settled * _BLOCKS // tally.heads if tally.heads else 0
        return "▓" * filled + "░" * (_BLOCKS - filled)

    @property
    def strangers(self) -> int:
        """People in the chat whom the bot does not know yet."""
        return max(0, (self.head_count or 0) - self.known)

    @property
    def buttons(self) -> tuple[tuple[Button, ...], ...]:
        if not self.collection.open:
            return ()
        rows = (("pay", "share"), ("paid", "join"), ("details", "manage"))
        return tuple(tuple(Button(a, press.encode(a, self.collection.id)) for a in row) for row in rows)
