"""What ``decide`` is given and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.domain.command import ChatCommand
from bot.domain.ledger import Entry, Posting
from bot.domain.model import (
    Charge,
    Chat,
    Collection,
    CollectionId,
    CollectionState,
    Due,
    Intent,
    IntentId,
    Likely,
    Listing,
    Loose,
    Member,
    MemberId,
    PayeeChange,
    Refund,
    RefundId,
    Standing,
    Statement,
    Stray,
)
from bot.domain.netting import Round
from bot.domain.notice import Notice
from bot.domain.plans import Past, Planning
from bot.domain.policy import Policy
from bot.domain.routing import Routes


@dataclass(frozen=True, slots=True)
class Context:
    """What is true outside the state: the instant, the settings, and fresh random ids (16 × base 32)."""

    now: datetime
    policy: Policy
    fresh: tuple[str, ...]
    routes: Routes = field(default_factory=Routes)
    """What the channels can do, and how they do just now."""


@dataclass(frozen=True, slots=True)
class Contacted:
    """When a member was last reached in person; the contact budget counts these."""

    member: MemberId
    medium: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cohort:
    """Dues of one collection whose reminder clocks stand alike; moved together by one statement."""

    anchor_at: datetime
    slot: int
    members: tuple[MemberId, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """One step of the dunning, as history, with its reason (``contact.Reason``)."""

    collection: CollectionId
    step: str
    """``reminder:3``, ``promise``, ``sms`` …: with the collection, the member and the local date it is unique."""
    medium: str
    """How it reaches them; ``organiser`` for what the organiser is told and no contact of a member."""
    outcome: Literal["sent", "merged", "skipped", "deferred"]
    reason: str
    members: tuple[MemberId, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim or a dispute that the organiser has not answered: what it is, and over how much (None: not declared)."""

    standing: Standing
    remaining: int | None


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest change of a collection, with all that it takes to take it back."""

    collection: CollectionId
    kind: str
    """As in the books: adjusted, dropped, closed …"""
    by: MemberId
    at: datetime
    seq: int
    """The number of its last entry: what its button carries."""
    state: CollectionState
    """The collection's, before it."""
    before: tuple[Due, ...] = ()
    after: tuple[Due, ...] = ()
    """The dues that it touched, in the same order."""
    moved: tuple[Posting, ...] = ()
    """What it booked, in sum."""
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class Credit:
    """What a member has too much in another collection of the same chat, organiser and currency."""

    collection: Collection
    due: Due
    charges: tuple[Charge, ...]
    refunds: tuple[Refund, ...]


@dataclass(frozen=True, slots=True)
class Turnover:
    """Minor units of payments that began within the last hour, in the currency in question."""

    member: int = 0
    everybody: int = 0


@dataclass(frozen=True, slots=True)
class Lately:
    """What happened around an attempt that stops, within the last hour, not counting itself."""

    by_itself: int = 0
    """Attempts on its due that the bot began."""
    stopped: int = 0
    """Attempts on its due that a channel stopped."""
    alike: int = 0
    """Attempts of the collection that its channel stopped with the same code."""


@dataclass(frozen=True, slots=True)
class State:
    """The slice a command needs; what it does not need is empty.

    ``dues`` and ``members`` may hold one member or all of them. ``roster`` is the chat's present members, in the
    order they became known. ``open_numbers`` are the chat's open collections when ``Which`` did not settle on one.
    """

    chat: Chat | None = None
    collection: Collection | None = None
    dues: Mapping[MemberId, Due] = field(default_factory=dict)
    members: Mapping[MemberId, Member] = field(default_factory=dict)
    roster: tuple[MemberId, ...] = ()
    intent: Intent | None = None
    intents: tuple[Intent, ...] = ()
    """Unfinished attempts on the due in question."""
    others: tuple[Intent, ...] = ()
    """``RecordCharge``: those on the dues that it pays for others."""
    attempts: Mapping[MemberId, Intent] = field(default_factory=dict)
    """``AskStatus``, ``AskShare``: the latest attempt of each who has one."""
    turnover: Turnover = Turnover()
    """``StartPayment``, where hourly limits are set."""
    lately: Lately = Lately()
    """``ChannelAnswered``, when an attempt stops."""
    seen: Charge | None = None
    """``RecordCharge``: the money of its attempt that a person has seen before its channel told of it."""
    ended: tuple[Intent, ...] = ()
    """Those on the due that began within the last hour and were paid, refused or are unclear, the oldest first, where a
    way is chosen."""
    asking: bool = False
    """A question about ``intent`` is still on its way to the channel."""
    known_charge: Charge | None = None
    """The charge with this channel and reference, when it counted already."""
    refund: Refund | None = None
    charges: tuple[Charge, ...] = ()
    """What the member in question has paid, where it may go back."""
    refunds: tuple[Refund, ...] = ()
    """What of it has gone back, or was to."""
    held: Mapping[Listing, int] = field(default_factory=dict)
    """What of it is on no due, in minor units."""
    planning: Planning | None = None
    past: Mapping[MemberId, Past] = field(default_factory=dict)
    """Of those who are in the planning, and of who speaks: what this chat has settled before."""
    credit: int = 0
    """What the speaker has too much elsewhere, in minor units (``AskToPay``)."""
    rounds: tuple[Round, ...] = ()
    """The newest open collections of the chat, the oldest first (``Net``)."""
    credits: tuple[Credit, ...] = ()
    """The same, to be spent: the oldest first."""
    held_by: Mapping[MemberId, Mapping[Listing, int]] = field(default_factory=dict)
    """``RecordReturn``: the same, of each whose due a charge paid."""
    loose: tuple[Loose, ...] = ()
    """``AskMoney``: the same of all members, in everything that is asked about."""
    strays: tuple[Stray, ...] = ()
    """Money that could not be booked: all that the asker may see, the one in question, or the one known already."""
    likely: tuple[Likely, ...] = ()
    """Whose those may be that nobody knows of."""
    operators: tuple[MemberId, ...] = ()
    """``RecordCharge`` of an unknown attempt, ``OnStatement``: who hears of it."""
    statement: Statement | None = None
    """``OnStatement``: that day, as far as it is known, …"""
    day_before: Statement | None = None
    """… and the one before it."""
    collecting: tuple[Collection, ...] = ()
    """``SetPayee``: what its author is collecting."""
    payee_changes: Mapping[CollectionId, PayeeChange] = field(default_factory=dict)
    """Accounts that are announced, of these collections."""
    last_change: LastChange | None = None
    """``Undo``: what it may take back."""
    open_numbers: tuple[int, ...] = ()
    next_number: int = 1
    contacted: tuple[Contacted, ...] = ()
    entries: tuple[Entry, ...] = ()
    """The collection's books, in order (``AskHistory``)."""
    recent: tuple[Entry, ...] = ()
    """The collection's bookings that let go of money lately (``letting_go``), where a second person may be needed."""
    open_ids: tuple[CollectionId, ...] = ()
    """The chat's open collections (``ChatLost``)."""
    cohorts: tuple[Cohort, ...] = ()
    """``Tick``: the dues that have come due and run no attempt, in cohorts. Those with an attempt are in ``dues``."""
    muted: frozenset[MemberId] = frozenset()
    """``Tick``: those of the cohorts who said stop."""
    reachable: frozenset[MemberId] = frozenset()
    """``Tick``: those of the cohorts who can be written to in private."""
    waiting: Mapping[MemberId, Waiting] = field(default_factory=dict)
    """``Tick``: those of the cohorts who wait for the organiser's answer."""
    history: tuple[Contact, ...] = ()
    """Contacts that were made in the chat: all of the collection, or of these what can still matter
    (``contact.looks_back``, ``contact.may_reach_the_contract``)."""


@dataclass(frozen=True, slots=True)
class Advance:
    """Set the reminder clock of a whole cohort (see ``dunning.tick``)."""

    cohort: Cohort
    slot: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Request:
    """Something to ask of a payment channel. Becomes an outbox row; its answer comes back as a command."""

    operation: Literal["create", "query", "close"]
    intent: IntentId
    channel: str


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """The same about money on its way back. ``refund`` is the channel's idempotency key: said again, it is the same."""

    operation: Literal["refund", "query_refund"]
    refund: RefundId
    channel: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A command that waits for its author's yes. Identified by ``id`` in the buttons under its preview."""

    id: str
    by: MemberId
    command: ChatCommand
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """All that changes because of one command. Saved in one transaction, or not at all."""

    collection: Collection | None = None
    dues: tuple[Due, ...] = ()
    advances: tuple[Advance, ...] = ()
    silenced: tuple[CollectionId, ...] = ()
    """Collections whose dues' clocks all stop, by one statement."""
    members: tuple[Member, ...] = ()
    forgotten: tuple[MemberId, ...] = ()
    """About whom nothing is kept but what the books need."""
    consent_asked: tuple[MemberId, ...] = ()
    """Who was asked whether SMS and calls are fine."""
    chat: Chat | None = None
    planning: Planning | None = None
    intents: tuple[Intent, ...] = ()
    charges: tuple[Charge, ...] = ()
    amended: tuple[Charge, ...] = ()
    """Charges of which more is known now: for whom they were, what the channel calls them."""
    refunds: tuple[Refund, ...] = ()
    strays: tuple[Stray, ...] = ()
    statements: tuple[Statement, ...] = ()
    stated: tuple[tuple[str, str], ...] = ()
    """Kind and reference of the lines of ours in ``statements``, of which there is one then."""
    entries: tuple[Entry, ...] = ()
    last_change: LastChange | None = None
    payee_changes: tuple[PayeeChange, ...] = ()
    contacts: tuple[Contact, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    notices: tuple[Notice, ...] = ()
    requests: tuple[Request | RefundRequest, ...] = ()
    touched: CollectionId | None = None
    """The collection an outside caller should look at next (a page that follows a command)."""
    intent: IntentId | None = None
    """The attempt that was started."""
    others: tuple[Decision, ...] = ()
    """What changes with it in other collections."""
