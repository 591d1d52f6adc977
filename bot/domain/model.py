"""The frozen values of the domain: who, what is owed, what was tried, what arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.domain.money import Money

ChatId = NewType("ChatId", int)
"""Our own number of a chat; the platform's id stays in the store and the adapters."""
MemberId = NewType("MemberId", int)
"""Our own number of a person on one platform (the same in every chat of that platform)."""
CollectionId = NewType("CollectionId", str)
"""Random, 16 characters of base 32: it may stand in callback data and links."""
IntentId = NewType("IntentId", str)


@dataclass(frozen=True, slots=True)
class Chat:
    """A group, or a private conversation with the bot."""

    id: ChatId
    platform: str
    title: str = ""
    locale: str = "en"
    timezone: str = "UTC"
    currency: str = "CNY"
    private: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the bot knows them. ``name`` is what the platform said: show it through ``names.show_name``."""

    id: MemberId
    name: str = ""
    username: str = ""
    locale: str = ""
    reachable: bool = False
    """They have talked to the bot in private, so it may write to them."""
    muted: bool = False
    """They said stop: no reminder by any medium."""
    phone: str = ""
    consent: bool = False
    """They agreed to SMS and calls on ``phone``."""
    payee: str = ""
    """Where money for them goes, in their words: an account, a wallet. Shown on the pay page of what they collect."""
    payee_picture: str = ""
    """A picture of it (their own QR code), as ``service.pictures`` names it."""


class Mode(StrEnum):
    EQUAL = "equal"
    EACH = "each"
    FIXED = "fixed"
    SELF = "self"


class CollectionState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counters of a collection's dues, in heads and minor units."""

    heads: int = 0
    """Dues that count: not dropped."""
    settled: int = 0
    """Paid or waived."""
    claimed: int = 0
    amount: int = 0
    """What the dues sum to, without waived ones."""
    paid: int = 0
    """Allocated to dues."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.heads + other.heads,
            self.settled + other.settled,
            self.claimed + other.claimed,
            self.amount + other.amount,
            self.paid + other.paid,
        )

    def __sub__(self, other: Tally) -> Tally:
        return Tally(
            self.heads - other.heads,
            self.settled - other.settled,
            self.claimed - other.claimed,
            self.amount - other.amount,
            self.paid - other.paid,
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a collection's ledger stands: the number and the hash of its last entry."""

    seq: int = 0
    head: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """One request for money in a chat: the header, without its dues."""

    id: CollectionId
    number: int
    """What people call it: ``#3``, counted per chat."""
    chat: ChatId
    organiser: MemberId
    title: str
    mode: Mode
    currency: str
    opened_at: datetime
    every: timedelta
    """Between two reminders. A copy of the policy at creation: the contact contract does not change later."""
    lasting: timedelta
    """From opening to the last reminder."""
    amount: int | None = None
    """Minor units: the total (equal, fixed), each one's (each), nothing (self)."""
    minimum: int | None = None
    maximum: int | None = None
    goal: int | None = None
    deadline: datetime | None = None
    payee: str = ""
    """Where the money goes, in the organiser's words. A copy from creation, with ``payee_picture``: it does not change
    under those who pay."""
    payee_picture: str = ""
    state: CollectionState = CollectionState.OPEN
    summarised: bool = False
    tally: Tally = Tally()
    chain: Chain = Chain()

    @property
    def open(self) -> bool:
        return self.state is CollectionState.OPEN

    @property
    def last_reminder_at(self) -> datetime:
        return self.opened_at + self.lasting

    @property
    def most_reminders(self) -> int:
        return self.lasting // self.every

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


class Progress(StrEnum):
    """The furthest thing a member did about a due, as real events tell."""

    INVITED = "invited"
    OPENED = "opened"
    STARTED = "started"
    FAILED = "failed"


class Standing(StrEnum):
    """What was said about a due, over and above the money."""

    ACTIVE = "active"
    CLAIMED = "claimed"
    WAIVED = "waived"
    REFUNDED = "refunded"
    DROPPED = "dropped"


class DueState(StrEnum):
    """A payer's state, as people see it (spec §5)."""

    INVITED = "invited"
    OPENED = "opened"
    STARTED = "started"
    FAILED = "failed"
    PARTIAL = "partial"
    CLAIMED = "claimed"
    PAID = "paid"
    WAIVED = "waived"
    REFUNDED = "refunded"
    DROPPED = "dropped"


class Stall(StrEnum):
    """Why a payer has not paid, from real events only (spec §5)."""

    NEVER_OPENED = "never_opened"
    SILENT = "silent"
    HESITANT = "hesitant"
    TECHNICAL = "technical"


_STALLS = {
    Progress.INVITED: Stall.NEVER_OPENED,
    Progress.OPENED: Stall.SILENT,
    Progress.STARTED: Stall.HESITANT,
    Progress.FAILED: Stall.TECHNICAL,
}


@dataclass(frozen=True, slots=True)
class Due:
    """What one member owes in a collection, and where its two clocks stand (``dunning``)."""

    member: MemberId
    amount: int | None
    """Minor units; None while a member of a self-declared collection has not said theirs."""
    anchor_at: datetime
    """When the reminder clock started."""
    paid: int = 0
    progress: Progress = Progress.INVITED
    standing: Standing = Standing.ACTIVE
    stalled_at: datetime | None = None
    """The last step of a running attempt: the escalation clock. None when no attempt runs."""
    slot: int = 0
    """The last reminder slot that was dealt with (sent, skipped or missed)."""
    rung: int = 0
    """How many rungs of the ladder this attempt has been given."""
    next_at: datetime | None = None
    """When the sweep must look at this due again; None when nothing is planned."""
    claim: str = ""
    """The proof that came with a claim (a picture's address), or empty."""

    @property
    def state(self) -> DueState:
        standing = self.standing
        if standing is not Standing.ACTIVE and standing is not Standing.CLAIMED:
            return _STATES[standing]
        if self.amount is not None and self.paid >= self.amount:
            return DueState.PAID
        if standing is Standing.CLAIMED:
            return DueState.CLAIMED
        return DueState.PARTIAL if self.paid else _STATES[self.progress]

    @property
    def unsettled(self) -> bool:
        """Money is still asked for: invited, opened, started, failed or partial."""
        return self.state in UNSETTLED

    @property
    def remaining(self) -> int:
        """Minor units still to pay; 0 when settled, waived, or not declared yet."""
        if self.amount is None or self.standing in (Standing.WAIVED, Standing.DROPPED):
            return 0
        return max(0, self.amount - self.paid)

    @property
    def stall(self) -> Stall | None:
        return _STALLS[self.progress] if self.unsettled else None

    @property
    def tally(self) -> Tally:
        if self.standing is Standing.DROPPED:
            return Tally(paid=self.paid)
        state = self.state
        waived = state is DueState.WAIVED
        return Tally(
            heads=1,
            settled=int(waived or state is DueState.PAID),
            claimed=int(state is DueState.CLAIMED),
            amount=0 if waived else (self.amount or 0),
            paid=self.paid,
        )


_STATES: dict[Progress | Standing, DueState] = {
    said: DueState(said.value) for said in (*Progress, Standing.WAIVED, Standing.REFUNDED, Standing.DROPPED)
}
UNSETTLED = frozenset({DueState.INVITED, DueState.OPENED, DueState.STARTED, DueState.FAILED, DueState.PARTIAL})
"""The states in which money is still asked for."""


class IntentState(StrEnum):
    """One attempt to pay (the statuses peers converge on; ``unknown`` is asked about, never guessed)."""

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Intent:
    """One attempt of a member to pay, on one channel."""

    id: IntentId
    collection: CollectionId
    member: MemberId
    channel: str
    amount: int
    currency: str
    created_at: datetime
    state: IntentState = IntentState.CREATED
    reference: str = ""
    """The channel's own number for it."""
    action: Mapping[str, str] = field(default_factory=dict)
    """What the payer does next: ``{"kind": "redirect", "url": …}`` (``ports.NextAction``)."""
    cause: str = ""
    """Why it failed or is unknown: a code of the channel, never a text for people."""
    expires_at: datetime | None = None
    asked: int = 0
    """How often the channel was asked what became of it."""
    next_at: datetime | None = None
    """When to ask again, or to expire it."""


class Listing(StrEnum):
    """Why money that arrived is not (wholly) on a due. It is kept and shown, never dropped."""

    OVERPAID = "overpaid"
    LATE = "late"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that arrived. ``(channel, reference)`` is unique: the same charge never counts twice."""

    channel: str
    reference: str
    collection: CollectionId
    member: MemberId
    amount: int
    currency: str
    at: datetime
    """When the channel says it was paid."""
    intent: IntentId | None = None
    listed: int = 0
    """The part of ``amount`` that is on no due."""
    listing: Listing | None = None
