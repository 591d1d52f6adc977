"""The manual channel: nothing to call. What was paid is claimed by the payer and confirmed by the organiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.model import Intent, IntentState
from bot.ports import ChannelAnswer, ChannelTraits, Declined, HookEvent, Payer, PaymentChannel, Unverified


class Manual(PaymentChannel):
    """No attempt can be started on it, nothing can be asked, and no webhook is ever genuine."""

    name = "manual"
    traits = ChannelTraits(can_query=False, can_close=False, manual=True)

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        """``Declined``: the page offers a claim instead of an attempt."""
        raise Declined("manual")

    async def query(self, intent: Intent) -> ChannelAnswer:
        return ChannelAnswer(IntentState.CLOSED)

    async def close(self, intent: Intent) -> ChannelAnswer:
        return ChannelAnswer(IntentState.CLOSED)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        raise Unverified("nobody sends webhooks for manual payments")

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 404, b"", "text/plain"

    async def aclose(self) -> None:
        """Nothing is held open."""
