"""Telegram Stars: for digital goods only, says Telegram; paid, given back and accounted for within it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import Final

from adapters.channels.telegram_invoice.adapter import Invoices
from adapters.channels.telegram_invoice.transactions import Transactions
from adapters.channels.telegram_invoice.wire import Wire
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.domain.money import Money
from bot.ports import (
    ChannelAnswer,
    ChannelTraits,
    ChargeFact,
    Declined,
    Outside,
    RefundAnswer,
    Settling,
    StatementLine,
)

STARS: Final = "XTR"
SETTLING: Final = Settling(ready=timedelta(minutes=15))
"""Transactions are listed at once; their days are parted in UTC here."""


class TelegramStars(Invoices):
    """A collection in Stars was declared digital by its organiser; in any other currency it is refused here."""

    name = "telegram_stars"
    traits = ChannelTraits(
        currencies=frozenset({STARS}),
        surfaces=frozenset({"telegram", "web", "mobile"}),
        platform="telegram",
        can_refund=True,
        settling=SETTLING,
        digital_only=True,
    )

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._transactions = Transactions(wire)

    async def query(self, intent: Intent) -> ChannelAnswer:
        paid = await self._transactions.payment_for(intent.id)
        if paid is None:
            return self.as_far_as_known(intent)
        fact = ChargeFact(paid.id, Money(paid.amount, STARS), paid.at)
        return ChannelAnswer(IntentState.PAID, reference=intent.reference, charge=fact)

    async def close(self, intent: Intent) -> ChannelAnswer:
        """From now on the answer before checkout is no."""
        known = await self.query(intent)
        return known if known.state is IntentState.PAID else ChannelAnswer(IntentState.CLOSED)

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        """All of a charge; Telegram gives back no part of one. Said again it is the same: a charge goes back once."""
        if refund.amount != charge.amount:
            raise Declined("cannot_refund")
        paid = await self._transactions.payment(charge.reference)
        if paid is None:
            raise Declined("no_such_charge")
        try:
            await self.wire.do("refundStarPayment", user_id=paid.payer, telegram_payment_charge_id=paid.id)
        except Declined as trouble:
            if trouble.code != "CHARGE_ALREADY_REFUNDED":
                raise
        return RefundAnswer(RefundState.REFUNDED, reference=paid.id)

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        if await self._transactions.returned(charge.reference):
            return RefundAnswer(RefundState.REFUNDED, reference=charge.reference)
        return RefundAnswer(RefundState.FAILED, cause="never_given_back")

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """Of a day in UTC."""
        return [
            StatementLine(
                kind="charge" if t.incoming else "refund",
                reference=t.id,
                intent=t.payload if t.incoming else "",
                amount=Money(t.amount, STARS),
                at=t.at,
                charge="" if t.incoming else t.id,
            )
            for t in await self._transactions.all()
            if t.at.astimezone(UTC).date() == day
        ]

    async def check(self) -> str:
        try:
            await self.wire.ask("getMyStarBalance")
        except Outside as trouble:
            return f"Telegram does not tell the bot's Stars ({trouble.code})"
        return ""
