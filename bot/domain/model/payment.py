"""What was tried to pay, what arrived, and what goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.model.people import NOBODY, CollectionId, IntentId, MemberId, RefundId

MANUAL = "manual"
"""The channel of money that goes from hand to hand."""
CREDIT = "credit"
"""The channel of money that was here already: out of one collection and into another of the same organiser, so that
the sum over all collections is nothing."""
SEEN = "seen-"
"""How references begin that are ours, of money that a person saw and its channel had not told of."""


class IntentState(StrEnum):
    """One attempt to pay (the statuses peers converge on; ``unknown`` is asked about, never guessed)."""

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    HELD = "held"
    """Large: nothing is asked of the channel until the organiser lets it through."""
    WAITING = "waiting"
    """Nothing is asked of the channel until the attempts before it are closed for sure."""
    CLOSING = "closing"
    """Another way was taken: it is being closed, and asked about before the other one starts."""


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
    """How often the clock had the channel asked what became of it."""
    next_at: datetime | None = None
    """When to ask again, or to expire it."""
    covers: tuple[MemberId, ...] = ()
    """Whose dues it pays besides the member's own, in order."""
    surface: str = "web"
    """Where the payer chose (``ports.Surface``): decides which next action suits them."""
    ip: str = ""
    """The payer's address, where a channel asks for it (WeChat Pay's H5)."""
    wanted: str = ""
    """The channel that the payer asked for; empty when any was fine."""
    tried: tuple[str, ...] = ()
    """The channels that failed before it for the same payment, in order."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Channel → why it was taken or not (``routing.Why``), the one taken first."""

    @property
    def seen_as(self) -> str:
        """The reference of its money, where a person saw that before the channel told of it."""
        return f"{SEEN}{self.id}"


class Listing(StrEnum):
    """Why money that arrived is not (wholly) on a due. It is kept and shown, never dropped."""

    OVERPAID = "overpaid"
    """Their credit."""
    DUPLICATE = "duplicate"
    """A second charge for what was paid already. It is their credit as well."""
    WRONG_AMOUNT = "wrong_amount"
    """Not what the attempt was about: held until the organiser has said what it is."""
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
    fee: int | None = None
    """What the channel keeps of it, in minor units, as far as it says."""
    received_at: datetime | None = None
    """When we heard of it; ``at`` is when it was paid."""
    covered: tuple[tuple[MemberId, int], ...] = ()
    """What of it is on the dues of others that they paid for, in minor units each. While it is held: for whom it was
    meant, with nothing yet."""
    known_as: str = ""
    """What the channel calls it, where a person saw it before the channel told of it: ``reference`` is then ours."""

    @property
    def at_channel(self) -> str:
        """The reference by which its channel knows it; empty while only a person has seen it."""
        return self.known_as if self.seen else self.reference

    @property
    def seen(self) -> bool:
        """A person saw it in the channel's account, before the channel told of it."""
        return self.reference.startswith(SEEN)


ELSEWHERE, DISPUTE = "elsewhere", "dispute"
"""The causes of refunds that went without us: on the channel's own pages, or taken by the payer's bank."""


class RefundState(StrEnum):
    """Money on its way back. As with attempts, ``unknown`` is left only by what the channel says."""

    CREATED = "created"
    PENDING = "pending"
    REFUNDED = "refunded"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Refund:
    """A part of one charge, or all of it, on its way back to the payer, over the channel that it came by."""

    id: RefundId
    """Ours: the channel's idempotency key and what its notice carries."""
    channel: str
    charge: str
    """The reference of the charge at the channel."""
    collection: CollectionId
    member: MemberId
    amount: int
    currency: str
    created_at: datetime
    by: MemberId = NOBODY
    """Who wanted it."""
    by_hand: bool = False
    """The organiser gives it back outside of any channel, and says so."""
    into: str = ""
    """The collection in which it pays instead of going back, as their credit."""
    paid_for: MemberId = NOBODY
    """Whose due it comes off, where ``member`` had paid for somebody else."""
    state: RefundState = RefundState.CREATED
    reference: str = ""
    """The channel's own number for it."""
    cause: str = ""
    asked: int = 0
    next_at: datetime | None = None

    @property
    def way(self) -> str:
        """Over what it goes back: the channel it came by, the organiser's own hands, or not at all (credit)."""
        if self.into:
            return CREDIT
        return MANUAL if self.by_hand else self.channel

    @property
    def taken(self) -> bool:
        """Nobody gave it: the payer's bank, or the channel, took it back and has it."""
        return self.cause == DISPUTE and self.state is RefundState.REFUNDED

    @property
    def counts(self) -> bool:
        """It has gone back, or is on its way: that part of the charge cannot be given back again."""
        return self.state is not RefundState.FAILED
