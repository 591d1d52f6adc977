"""What the organiser's board shows: where everybody stands, the money that waits, the ways to pay, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.model import MemberId
from bot.domain.money import Money
from bot.domain.swings import Swing

GROUPS = ("waits", "technical", "hesitant", "silent", "never_opened", "settled", "out")
"""How people are sorted: who waits for an answer of those in charge, who has not paid by why (``Stall``), who has
settled, who is not in (dropped, on the waitlist)."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """What it is asked to show. Pages count from 0; ``group`` is one of ``GROUPS``, or empty for all."""

    group: str = ""
    page: int = 0
    past: int = 0
    """The page of what was decided."""


@dataclass(frozen=True, slots=True)
class BoardPerson:
    """One member, and the next contact that will be made, or (``silent``) why there is none."""

    member: MemberId
    state: str
    stall: str
    amount: Money | None
    """None: they have not chosen it yet."""
    paid: Money
    remaining: Money
    returned: Money
    way: str
    """The channel of their last attempt, or of their last charge where that came later."""
    tell: str
    """What stopped their last attempt (``strings.toml``, section ``causes_short``); empty: nothing."""
    last: datetime | None
    """The last thing they did."""
    rests: datetime | None
    promised: bool
    next_at: datetime | None
    next_via: str
    silent: str


@dataclass(frozen=True, slots=True)
class BoardMoney:
    """Money that waits, or is on no due. ``kind`` says what ``word`` is: ``held`` (which limit), ``listed`` (a
    ``Listing``), ``stray`` (``Astray``), ``refund`` (``RefundState``), ``unclear`` (none: nobody knows yet)."""

    kind: str
    member: MemberId
    money: Money
    word: str = ""
    way: str = ""
    at: datetime | None = None
    """Until when it is held; when an unclear attempt is asked about next (None: a person must look)."""


@dataclass(frozen=True, slots=True)
class BoardOperation:
    """What was measured of the last calls. Milliseconds, per cent."""

    operation: str
    latency: int
    answered: int
    calls: int
    breaker: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class BoardWay:
    """One channel as it is now."""

    channel: str
    health: str
    """``well``, ``slow``, ``failing``, ``silent``, ``resting`` (its breaker is open); ``idle``: not asked lately."""
    unfit: str
    """Why it cannot take this collection's money at all (``routing.Why``); empty: it can."""
    operations: tuple[BoardOperation, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A way that was passed over, why (``routing.Why``), and how it did then, where that was kept."""

    channel: str
    why: str
    swing: Swing | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """One decision of the router: an attempt, the way it took and why (``routing.Why``)."""

    at: datetime
    member: MemberId
    money: Money
    channel: str
    why: str
    wanted: str
    passed: tuple[Passed, ...]
    tried: tuple[str, ...]
    before: tuple[str, str, str] | None
    """The member's attempt before it: channel, state, and what stopped it (``causes_short``)."""
    state: str
    tell: str


@dataclass(frozen=True, slots=True)
class Swinging:
    """A channel became another than it was."""

    at: datetime
    swing: Swing


@dataclass(frozen=True, slots=True)
class OrganiserBoard:
    """All of the page, for one reader who is in charge."""

    number: int
    title: str
    state: str
    reader: MemberId
    organiser: MemberId
    names: Mapping[MemberId, str]
    """As they are shown; of everybody who is on this page."""
    locale: str
    timezone: str
    gathering: bool
    settled: int
    heads: int
    paid: Money
    total: Money
    goal: Money | None
    deadline: datetime | None
    next_reminder_at: datetime | None
    counts: tuple[tuple[str, int], ...]
    """By ``GROUPS``; those with nobody are left out."""
    view: BoardView
    pages: int
    people: tuple[BoardPerson, ...]
    money: tuple[BoardMoney, ...]
    ways: tuple[BoardWay, ...]
    watched_since: datetime
    steps: tuple[Routed | Swinging, ...]
    """What was decided and what channels became, the newest first."""
    past_pages: int
