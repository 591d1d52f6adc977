"""One way to pay."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.domain.money import Money
from bot.ports.outside import Declined
from bot.ports.statement import Settling, StatementLine

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

Surface = Literal["web", "mobile", "wechat", "alipay", "telegram"]
"""Where a payer stands when they choose: a browser at a desk, one on a phone, the browser inside a wallet, a chat."""

ActionKind = Literal["redirect", "qr", "deep_link", "invoice", "manual"]


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """What a channel can do. Limits in minor units of the intent's currency; empty ``currencies`` means any."""

    currencies: frozenset[str] = frozenset()
    surfaces: frozenset[Surface] = frozenset({"web", "mobile", "wechat", "alipay"})
    """Where a payer can use it."""
    platform: str = ""
    """Only who is on this chat platform can pay by it; empty: everybody."""
    minimum: int = 1
    maximum: int = 10**12
    minima: Mapping[str, int] = field(default_factory=dict)
    maxima: Mapping[str, int] = field(default_factory=dict)
    """Currency → the same, where it is another than in general."""
    can_query: bool = True
    can_close: bool = True
    can_refund: bool = False
    settling: Settling | None = None
    """The days of its statement; None: it gives none."""
    manual: bool = False
    """No intent is created: the payer pays outside and claims."""
    digital_only: bool = False
    """Must not be used for things and services outside of the platform (Telegram Stars)."""
    fee_basis_points: int = 0
    """What it usually keeps, in hundredths of a percent: for choosing only, never booked."""

    @property
    def can_statement(self) -> bool:
        return self.settling is not None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as far as a channel may have to know. ``platform``, ``person`` and ``chat`` as in ``ChatPort``."""

    surface: Surface = "web"
    platform: str = ""
    person: str = ""
    chat: str = ""
    """The platform's id of the chat in which it is collected."""
    locale: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class ChargeFact:
    """Money that arrived, in the channel's words."""

    reference: str
    """The channel's id of the charge: what a refund names, and what makes it count once."""
    amount: Money
    at: datetime
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """What a channel says about an intent. ``action``: ``{"kind": ActionKind, "url": …}`` and what else the page needs.

    * ``redirect``, ``deep_link``: ``url`` is opened; ``qr``: ``url`` is shown as a code to be scanned
    * ``invoice``: the chat shows it (``url`` opens it where there is one)

    When money has arrived ``state`` is PAID and ``charge`` tells of it. ``cause`` is the channel's own code.
    """

    state: IntentState
    reference: str = ""
    action: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    expires_at: datetime | None = None
    charge: ChargeFact | None = None


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What a channel says about a refund."""

    state: RefundState
    reference: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class ReturnFact:
    """Money of a charge that went back, and who knows whether it was us that sent it."""

    charge: str
    """The channel's reference of the charge (``ChargeFact.reference``)."""
    reference: str
    """The channel's id of the return."""
    amount: Money
    at: datetime
    kind: Literal["refund", "dispute"] = "refund"
    """``dispute``: the payer's bank took it back, or holds it until it has decided."""
    total: bool = False
    """``amount`` is all that has gone back of the charge so far."""
    undone: bool = False
    """It came back to us."""


@dataclass(frozen=True, slots=True)
class HookEvent:
    """A verified webhook. ``id`` is the channel's id of the event; ``intent`` our id that it carries.

    A notice about money on its way back carries ``refund`` (our id of the refund) and ``refunded`` instead of
    ``answer``; ``returned`` tells of it where it may be none of ours, and counts where ``refund`` is not known (or not
    given). Events of kinds that say nothing about either are not returned at all.
    """

    id: str
    intent: str
    answer: ChannelAnswer | None = None
    refund: str = ""
    refunded: RefundAnswer | None = None
    returned: ReturnFact | None = None
    moved: bool = False
    """It says that something happened, but not what it comes to: the channel is asked about the attempt at once."""


class Unverified(Exception):
    """A webhook whose signature, freshness or shape is wrong. Nothing may be believed of it."""


@runtime_checkable
class PaymentChannel(Protocol):
    """One way to pay. Adapters inherit from it. What goes out raises ``Outside``; ``Unknown`` after a time-out.

    The intent's and the refund's id are the channel's idempotency keys: the same call again means the same.
    """

    name: str
    traits: ChannelTraits

    @abstractmethod
    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        """Start an attempt: mostly PENDING, with the next action."""

    @abstractmethod
    async def query(self, intent: Intent) -> ChannelAnswer:
        """What became of it."""

    @abstractmethod
    async def close(self, intent: Intent) -> ChannelAnswer:
        """Make sure it can no longer be paid; PAID when it was paid already."""

    async def prepare(self, headers: Mapping[str, str]) -> None:
        """Before ``verify``: get what it will need and does not have (a certificate). Believes nothing, and does
        nothing for headers that make no sense. ``Outside`` when the channel should send the webhook again."""
        return

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        """Check a webhook on its raw bytes; header names are in lower case. ``Unverified`` unless everything is
        right."""

    @abstractmethod
    def acknowledge(self) -> tuple[int, bytes, str]:
        """Status, body and media type that tell the channel that its event is safe here."""

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        """Give back ``refund.amount`` of ``charge``. ``Declined`` where the channel cannot."""
        raise Declined("cannot_refund")

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        """What became of it."""
        raise Declined("cannot_refund")

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """What was settled on ``day``, as the channel parts its days (``traits.settling``). Empty: nothing was; a day
        that is not ready is ``Unavailable``."""
        raise Declined("cannot_statement")

    async def check(self) -> str:
        """For the operator's check: empty when the credentials work, else what is wrong and what to do."""
        return ""

    def routes(self) -> Sequence[BaseRoute]:
        """Pages of its own (the sandbox plays a bank); mostly empty."""
        return ()

    @abstractmethod
    async def aclose(self) -> None:
        """Let go of connections (``close`` is about intents)."""
