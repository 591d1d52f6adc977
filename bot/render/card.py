"""The card: what it shows, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain import press
from bot.domain.model import Chat, Collection, MemberId
from bot.domain.money import Money
from bot.domain.notice import Button
from bot.domain.plans import LETTERS, Planning, Proposed

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
    planning: Planning | None = None
    """While ways to split are compared: who is in, what they had."""
    proposed: tuple[Proposed, ...] = ()

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
        if self.collection.planning:
            return self._planning_buttons
        if not self.collection.open:
            return ()
        rows = (("pay", "share"), ("paid", "join"), ("details", "manage"))
        return tuple(tuple(Button(a, press.encode(a, self.collection.id)) for a in row) for row in rows)

    @property
    def _planning_buttons(self) -> tuple[tuple[Button, ...], ...]:
        """A letter for each plan that can be chosen, three in a row; the items; then who is in, the vote, the end."""
        id_, planning = self.collection.id, self.planning
        assert planning is not None
        there = {p.plan for p in self.proposed if not p.why_not}
        letters = [Button("plan", press.encode("plan", id_, x), words=x) for x, p in LETTERS.items() if p in there]
        items = [Button("item", press.encode("item", id_, n), words=i.name) for n, i in enumerate(planning.items)]
        rows = [tuple(row[n : n + size]) for row, size in ((letters, 3), (items, 2)) for n in range(0, len(row), size)]
        end = "winner" if planning.voting else "ballot"
        rows.append(tuple(Button(action, press.encode(action, id_)) for action in ("join", end, "cancel")))
        return tuple(rows)
