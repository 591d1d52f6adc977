"""One request for money in a chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.model.people import NOBODY, ChatId, CollectionId, MemberId
from bot.domain.model.tally import Tally
from bot.domain.money import Money


class Mode(StrEnum):
    EQUAL = "equal"
    EACH = "each"
    FIXED = "fixed"
    SHARES = "shares"
    SELF = "self"


class CollectionState(StrEnum):
    PLANNING = "planning"
    """Ways to split are being compared (``plans``): there are no dues yet."""
    GATHERING = "gathering"
    """All or nothing: people say that they are in, and nobody is asked to pay before there are enough."""
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


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
    suggested: int | None = None
    """What is proposed to those who choose."""
    deadline: datetime | None = None
    payee: str = ""
    """Where the money goes, in the organiser's words. A copy from creation, with ``payee_picture``: it does not change
    under those who pay."""
    payee_picture: str = ""
    recipient: MemberId = NOBODY
    """Whose account it is: their own share is money they would owe to themselves. The organiser may change, this does
    not."""
    helpers: tuple[MemberId, ...] = ()
    """Co-treasurers: they may do what the organiser may."""
    cap: int | None = None
    """An activity's places: who comes later waits."""
    quorum: int | None = None
    """All or nothing: with fewer heads nobody pays."""
    starts_at: datetime | None = None
    place: str = ""
    names: bool = False
    """The group may read who has not paid: chosen when it was opened."""
    tagged: bool = False
    """Each due carries a few minor units of its own, by which a transfer tells its payer (``tags``)."""
    plan: str = ""
    """The plan it was split by (``plans.Plan``), where it began with several."""
    contract: int = 0
    """How many messages that ask for money a member gets at most, over all media: what was announced at creation. 0: as
    many as there are reminders."""
    state: CollectionState = CollectionState.OPEN
    summarised: bool = False
    tally: Tally = field(default_factory=Tally)
    chain: Chain = Chain()

    @property
    def open(self) -> bool:
        return self.state is CollectionState.OPEN

    @property
    def gathering(self) -> bool:
        return self.state is CollectionState.GATHERING

    @property
    def planning(self) -> bool:
        return self.state is CollectionState.PLANNING

    @property
    def running(self) -> bool:
        """Not closed, not called off."""
        return self.open or self.gathering or self.planning

    @property
    def by_sign_up(self) -> bool:
        """Who takes part says so: nobody is presumed to."""
        return self.cap is not None or self.quorum is not None

    @property
    def last_reminder_at(self) -> datetime:
        return self.opened_at + self.lasting

    @property
    def most_reminders(self) -> int:
        return self.lasting // self.every

    @property
    def most_contacts(self) -> int:
        """The contact contract."""
        return self.contract or self.most_reminders

    @property
    def announced_reminders(self) -> int:
        """How many reminders were announced: all of the plan, where the contract allows as many."""
        return min(self.most_reminders, self.most_contacts)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)
