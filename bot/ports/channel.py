"""One way to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from bot.domain.model import Intent, IntentState
from bot.domain.money import Money

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """What a channel can do. Limits in minor units of each currency; empty ``currencies`` means any."""

    currencies: frozenset[str] = frozenset()
    minimum: int = 1
    maximum: int = 10**12
    can_query: bool = True
    can_close: bool = True
    manual: bool = False
    """No intent is created: the payer pays outside and claims."""


ActionKind = Literal["redirect", "qr", "deep_link", "invoice", "manual"]


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """What a channel says about an intent. ``action``: ``{"kind": ActionKind, "url": …}`` and what else the page needs.

    When money has arrived ``state`` is PAID and ``charge`` tells of it.
    """

    state: IntentState
    reference: str = ""
    action: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    expires_at: datetime | None = None
    charge: ChargeFact | None = None


@dataclass(frozen=True, slots=True)
class ChargeFact:
    """Money that arrived, in the channel's words."""

    reference: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class HookEvent:
    """A verified webhook. ``id`` is the channel's id of the event; ``intent`` our id that it carries."""

    id: str
    intent: str
    answer: ChannelAnswer


class Unverified(Exception):
    """A webhook whose signature, freshness or shape is wrong. Nothing may be believed of it."""


@runtime_checkable
class PaymentChannel(Protocol):
    """One way to pay. ``create`` ``query`` ``close`` raise ``Outside``; ``Unknown`` after a time-out."""

    name: str
    traits: ChannelTraits

    async def create(self, intent: Intent, *, title: str, return_url: str) -> ChannelAnswer: ...

    async def query(self, intent: Intent) -> ChannelAnswer: ...

    async def close(self, intent: Intent) -> ChannelAnswer:
        """Make sure it can no longer be paid; PAID when it was paid already."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        """Check a webhook on its raw bytes. ``Unverified`` unless everything is right."""

    def acknowledge(self) -> tuple[int, bytes, str]:
        """Status, body and media type that tell the channel that its event is safe here."""

    def routes(self) -> Sequence[BaseRoute]:
        """Pages of its own (the sandbox plays a bank); mostly empty."""

    async def aclose(self) -> None:
        """Let go of connections (``close`` is about intents)."""
