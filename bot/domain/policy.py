"""The settings a decision may look at, as frozen values (``config`` fills them)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Literal

from bot.domain.interruption import Catalogue
from bot.domain.money import Money


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the escalation ladder: so long after the last step of a stalled attempt, by this medium."""

    after: timedelta
    via: Literal["sms", "service_notice", "call"]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours without contact, in the chat's time zone; ``start == end`` means none. May cross midnight."""

    start: time
    end: time


GENTLE_HOURS = Quiet(time(20, 30), time(9))


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How often people are reached at most, over all media and all collections of a chat; None for no such limit."""

    roster_a_day: int | None = None
    """Group reminders in one chat on one local date."""
    a_day: int | None = None
    """Contacts of one member on one local date."""
    a_week: int | None = None
    """Contacts of one member in any 7 days."""


GENTLE = Ceilings(roster_a_day=1, a_day=1, a_week=3)
"""``[quiet] preset = "gentle"``: what the strictest professional rules allow (reference reliability §5)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How the bot asks for money. Defaults are the product's own rule (spec §6)."""

    every: timedelta = timedelta(hours=6)
    lasting: timedelta = timedelta(hours=72)
    ladder: tuple[Rung, ...] = (
        Rung(timedelta(minutes=3), "sms"),
        Rung(timedelta(minutes=15), "service_notice"),
        Rung(timedelta(hours=24), "call"),
    )
    quiet_chat: Quiet | None = None
    """Quiet hours of reminders in chat; off by default."""
    quiet_personal: Quiet = Quiet(time(21), time(8))
    """Quiet hours of SMS and calls, over and above ``contact.NIGHT``, which always holds."""
    ceilings: Ceilings = Ceilings()
    gentle_hours: Quiet | None = None
    """Hours without any contact, by whatever medium."""
    mentions_per_message: int = 4
    messages_per_slot: int = 3
    names_in_group: bool = False
    organiser_pays: bool = False
    """The money goes to somebody else than the organiser, who then pays their own share like everybody."""
    gathering: timedelta = timedelta(days=7)
    """How long an all-or-nothing gathers where nobody said until when."""
    undo_window: timedelta = timedelta(seconds=60)
    """Of a fresh collection."""
    change_undo_window: timedelta = timedelta(minutes=10)
    proposal_window: timedelta = timedelta(minutes=10)
    second_person: tuple[Money, ...] = ()
    """Above these sums (one a currency) somebody else in charge has to agree; none: nobody has to."""
    payee_cooldown: timedelta = timedelta(hours=12)
    """From the announcement of another account to its taking effect in what is being collected."""
    admins: frozenset[str] = frozenset()
    """Platform user ids that are admins everywhere, as ``telegram:123``."""
    most_minor: int = 1_000_000_000
    """The largest amount one command may ask for, in minor units."""
    channels: tuple[str, ...] = ("sandbox", "manual")
    """Configured payment channels, in the order the cashier offers them where nothing else tells them apart."""
    single_payment: tuple[Money, ...] = ()
    """What is more goes in parts, each a payment of its own."""
    hold_above: tuple[Money, ...] = ()
    """A payment above it waits for the organiser's tap (one sum a currency; none: no limit) …"""
    hold_member_hour: tuple[Money, ...] = ()
    """… and so does what takes a member's payments of one hour above this, …"""
    hold_hour: tuple[Money, ...] = ()
    """… or everybody's."""
    hold_window: timedelta = timedelta(hours=24)
    most_switches: int = 2
    """How often one payment goes on by another way, or by a fresh order, by itself."""
    most_by_itself: int = 6
    """How many attempts on one due the bot begins by itself within an hour."""
    causes: Catalogue = field(default_factory=Catalogue)
    """What is known to stop payments."""

    def at_once(self, currency: str) -> int | None:
        """The most minor units of a single payment; None: no limit."""
        return min((limit.minor for limit in self.single_payment if limit.currency == currency), default=None)

    @property
    def most_contacts(self) -> int:
        """The contact contract: how many messages a member can get at most in one collection, over all media."""
        days, limits = self.lasting // timedelta(days=1) + 1, self.ceilings
        most = [self.lasting // self.every + len(self.ladder)]
        if limits.a_day is not None:
            most.append(limits.a_day * days)
        if limits.a_week is not None:
            most.append(limits.a_week * (self.lasting // timedelta(days=7) + 1))
        return min(most)
