"""Ways to pay that do as they are told: be down, be silent, take their time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from bot.domain.model import Intent, IntentState
from bot.domain.money import Money
from bot.ports import (
    ChannelAnswer,
    ChannelTraits,
    ChargeFact,
    Declined,
    HookEvent,
    Payer,
    PaymentChannel,
    Unavailable,
    Unknown,
    Unverified,
)

Mood = Literal["well", "down", "mute", "no"]


class Scripted(PaymentChannel):
    """A bank in memory. ``mood`` is how it answers, ``code`` its no; ``asked`` is what it was asked, in order."""

    def __init__(self, name: str, **traits: object) -> None:
        self.name = name
        self.traits = ChannelTraits(**traits)  # type: ignore[arg-type]
        self.mood: Mood = "well"
        self.code = "not_allowed"
        self.orders: dict[str, IntentState] = {}
        self.asked: list[str] = []

    def pays(self, intent: str) -> None:
        """The payer pays what is still open."""
        assert self.orders[intent] is IntentState.PENDING, "nobody can pay that any more"
        self.orders[intent] = IntentState.PAID

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        return self._said("create", intent, IntentState.PENDING)

    async def query(self, intent: Intent) -> ChannelAnswer:
        return self._said("query", intent, IntentState.CLOSED)

    async def close(self, intent: Intent) -> ChannelAnswer:
        if self.mood == "well" and self.orders.get(intent.id) is IntentState.PENDING:
            self.orders[intent.id] = IntentState.CLOSED
        return self._said("close", intent, IntentState.CLOSED)

    def _said(self, operation: str, intent: Intent, otherwise: IntentState) -> ChannelAnswer:
        self.asked.append(operation)
        if self.mood == "down":
            raise Unavailable("503")
        if self.mood == "no":
            raise Declined(self.code)
        if operation == "create":
            self.orders.setdefault(intent.id, IntentState.PENDING)
        if self.mood == "mute":
            raise Unknown("timeout")
        state = self.orders.get(intent.id, otherwise)
        action = {"kind": "redirect", "url": f"https://{self.name}.example/{intent.id}"}
        charge = None
        if state is IntentState.PAID:
            charge = ChargeFact(f"{self.name}-{intent.id}", Money(intent.amount, intent.currency), intent.created_at)
        return ChannelAnswer(
            state, reference=intent.id, action=action if state is IntentState.PENDING else {}, charge=charge
        )

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        raise Unverified("it sends no webhooks")

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"", "text/plain"

    async def aclose(self) -> None: ...
