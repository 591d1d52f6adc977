"""The card: what it shows, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain import press
from bot.domain.curve import Point, curve
from bot.domain.model import Chat, Collection, MemberId
from bot.domain.money import Money
from bot.domain.notice import Button
from bot.domain.plans import LETTERS, Planning, Proposed

_BLOCKS = 12


@dataclass(frozen=True, slots=True)
class Sending:
    """A large round of reminders that is going out."""

    total: int
    left: int
    began_at: datetime

    @property
    def sent(self) -> int:
        return self.total - self.left

    @property
    def bar(self) -> str:
        filled = self.sent * _BLOCKS // self.total
        return "▓" * filled + "░" * (_BLOCKS - filled)

    def seconds(self, now: datetime) -> int | None:
        """How long it takes still, as fast as it has been; None before anything was sent."""
        gone = int((now - self.began_at).total_seconds())
        return gone * self.left // self.sent if self.sent and gone > 0 else None


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
    sending: Sending | None = None
    now: datetime | None = None
    unpaid: tuple[MemberId, ...] = ()
    """Whom to name; empty unless the operator wants names in the group."""
    planning: Planning | None = None
    """While ways to split are compared: who is in, what they had."""
    proposed: tuple[Proposed, ...] = ()

    @property
    def bar(self) -> str:
        """Progress in blocks: of the goal, of those who are needed, or else of those who have settled; full only when
        it is reached."""
        c = self.collection
        done, of = c.tally.settled, c.tally.heads
        if c.goal:
            done, of = min(c.tally.paid, c.goal), c.goal
        elif c.gathering and c.quorum:
            done, of = c.tally.heads, c.quorum
        filled = done * _BLOCKS // of if of else 0
        return "▓" * filled + "░" * (_BLOCKS - filled)

    @property
    def minutes_left(self) -> int | None:
        """Of the round that is going out; None when that cannot be told."""
        seconds = self.sending.seconds(self.now) if self.sending is not None and self.now is not None else None
        return None if seconds is None else -(-seconds // 60)

    @property
    def strangers(self) -> int:
        """People in the chat whom the bot does not know yet."""
        return max(0, (self.head_count or 0) - self.known)

    @property
    def buttons(self) -> tuple[tuple[Button, ...], ...]:
        c = self.collection
        if c.planning:
            return self._planning_buttons
        if not c.running:
            return ()
        rows: tuple[tuple[str, ...], ...] = ("pay", "share"), ("paid", "join"), ("details", "manage")
        if c.gathering:
            rows = ("join", "out"), ("details", "manage")
        elif c.by_sign_up:
            rows = ("join", "out"), ("pay", "share"), ("paid", "details"), ("manage",)
        buttons = tuple(tuple(Button(a, press.encode(a, c.id)) for a in row) for row in rows)
        if c.suggested is None:
            return buttons
        give = press.encode("give", c.id, c.suggested)
        return ((Button("give", give, money=c.money(c.suggested)),), *buttons)

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

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return self.states.get("waiting", 0)

    @property
    def curve(self) -> tuple[tuple[Point, Money], ...]:
        """What each would pay if so many took part."""
        return tuple((point, self.collection.money(point.minor)) for point in curve(self.collection))
