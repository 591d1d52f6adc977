"""The desk: what the web asks of the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.command import Command
from bot.domain.errors import Refusal
from bot.domain.model import CollectionId, Intent, MemberId
from bot.domain.money import Money
from bot.ports.board import BoardView, OrganiserBoard
from bot.ports.channel import Surface


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: done, known already, or refused. ``intent`` is the attempt that it started or found."""

    duplicate: bool = False
    refusal: Refusal | None = None
    intent: str = ""


@dataclass(frozen=True, slots=True)
class Covered:
    """Somebody whose due is paid by another."""

    member: MemberId
    name: str
    money: Money


@dataclass(frozen=True, slots=True)
class Part:
    """What is paid next of what is asked: all of it, or a part where that is more than one payment takes; ``left``
    parts are left with it."""

    money: Money
    left: int


@dataclass(frozen=True, slots=True)
class CashierView:
    """What a member sees on their pay page."""

    collection: str
    member: MemberId
    member_name: str
    organiser: MemberId
    organiser_name: str
    title: str
    number: int
    locale: str
    amount: Money
    paid: Money
    remaining: Money
    state: str
    open: bool
    payee: str
    payee_picture: bool
    payee_until: datetime | None
    """From then on the money goes to another account; None: nothing of the kind is announced."""
    deadline: datetime | None
    timezone: str
    declared: bool
    channels: tuple[str, ...]
    """The ways that work for it, the best first; ``manual`` among them last."""
    own: Money
    asked: Money
    """What they are asked for themselves, and altogether with what they pay for others."""
    returned: Money
    """What went back to them, or is on its way."""
    over: Money
    """What they paid beyond it, and is theirs."""
    credit: Money
    """What they have too much in other collections here: it may pay for this one."""
    parts: Mapping[str, Part] = field(default_factory=dict)
    """Channel → what is paid by it next."""
    covers: tuple[Covered, ...] = ()
    """For whom they pay, in order."""
    exact: Money | None = None
    """What to transfer by hand, where the cents tell who it is from."""
    intent: Intent | None = None
    """The latest attempt."""
    suggested: Money | None = None
    """What is proposed where everybody chooses, with ``minimum`` and ``maximum``."""
    minimum: Money | None = None
    maximum: Money | None = None
    tell: str = ""
    """What there is to say of how the attempt stopped (``strings.toml``, section ``causes``); empty: nothing."""
    best: str = ""
    """The way that is best now that another has just stopped; empty: nothing stopped, or there is no other."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A charge, or a refund (``state`` of it; ``channel`` is the way it took)."""

    money: Money
    channel: str
    reference: str
    at: datetime
    heard: datetime | None = None
    fee: Money | None = None
    state: str = ""

    @property
    def way(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What a member paid for one collection, and what went back."""

    number: int
    title: str
    member: MemberId
    member_name: str
    organiser: MemberId
    organiser_name: str
    locale: str
    timezone: str
    paid: Money
    net: Money
    """Without what went back or is on its way."""
    charges: tuple[ReceiptLine, ...]
    refunds: tuple[ReceiptLine, ...]


@dataclass(frozen=True, slots=True)
class NoticeBoard:
    """What everybody in the chat may see of a collection on its own page: no names but the organiser's."""

    collection: str
    number: int
    title: str
    organiser: MemberId
    organiser_name: str
    locale: str
    timezone: str
    shares: tuple[tuple[int, Money], ...]
    """How many people have which amount, the most frequent first."""
    settled: int
    heads: int
    paid: Money
    total: Money
    open: bool
    payee: str
    payee_picture: bool
    deadline: datetime | None
    stalls: tuple[tuple[str, int], ...] = ()
    """Why people have not paid (``Stall``), and how many each, the most frequent first."""
    down: tuple[str, ...] = ()
    """Channels that could take this money, and do not answer just now."""


class Desk(Protocol):
    """The product's counter, as the web adapter sees it. Implemented in ``app``."""

    async def submit(self, command: Command, *, source: str = "", event_id: str = "") -> Outcome:
        """Apply a command; with ``source`` and ``event_id`` at most once. Returns after the commit."""

    async def cashier(self, collection: str, member: MemberId, surface: Surface = "web") -> CashierView | None:
        """What the member sees, with the ways that work on ``surface``."""

    async def receipt(self, collection: str, member: MemberId) -> ReceiptView | None: ...

    async def notice_board(self, collection: str) -> NoticeBoard | None: ...

    async def board(self, collection: CollectionId, reader: MemberId, view: BoardView) -> OrganiserBoard | None:
        """The organiser's board; None for whoever is not in charge (any more)."""

    async def hook(self, channel: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, str]:
        """A payment channel's webhook: verified, committed, and only then the acknowledgement."""

    async def keep_proof(self, data: bytes, media_type: str) -> str:
        """Keep a picture that proves a payment; its name, for ``Claim``. ``media_type`` is image/png or image/jpeg."""

    async def payee_picture(self, collection: str) -> bytes | None:
        """The organiser's own QR code, as PNG or JPEG; None when there is none (any more)."""

    def explain(self, refusal: Refusal, view: CashierView) -> str:
        """A refusal in words, for the reader of the page."""

    def translate(self, locale: str, key: str, **values: object) -> str:
        """A string of the language files, ``{placeholders}`` filled."""

    def now(self) -> datetime: ...

    def ready(self) -> Mapping[str, str]:
        """Part → what is wrong with it (empty: nothing)."""
