"""Telegram Payments: cards and wallets, over the provider that the bot's owner has connected with BotFather.

The money is at the provider, whose own pages give it back; Telegram has no method for that, and none to ask what
became of an invoice. Its word comes as an update, kept for 24 hours until it is taken.
"""

from __future__ import annotations

from typing import Final

from adapters.channels.telegram_invoice.adapter import Invoices
from adapters.channels.telegram_invoice.wire import Wire
from bot.domain.model import Intent, IntentState
from bot.ports import ChannelAnswer, ChannelTraits, Outside

CURRENCIES: Final = frozenset({
    "AED", "AFN", "ALL", "AMD", "ARS", "AUD", "AZN", "BAM", "BDT", "BND", "BOB", "BRL", "BYN", "CAD",
    "CHF", "CLP", "CNY", "COP", "CRC", "CZK", "DKK", "DOP", "DZD", "EGP", "ETB", "EUR", "GBP", "GEL",
    "GTQ", "HKD", "HNL", "HUF", "IDR", "ILS", "INR", "JMD", "JPY", "KES", "KGS", "KRW", "KZT", "LKR",
    "MAD", "MDL", "MNT", "MUR", "MVR", "MXN", "MYR", "MZN", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB",
    "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TJS", "TRY",
    "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VND", "YER", "ZAR",
})  # fmt: skip
"""https://core.telegram.org/bots/payments#supported-currencies, as far as Telegram's number of decimals is sure to be
ISO's. The least and the most of each follow the dollar's rate, and Telegram alone knows them."""


class TelegramPayments(Invoices):
    """``currency`` is the one that ``check`` tries the provider with."""

    name = "telegram_payments"
    traits = ChannelTraits(
        currencies=CURRENCIES,
        surfaces=frozenset({"telegram", "web", "mobile"}),
        platform="telegram",
        can_query=False,
    )

    def __init__(self, wire: Wire, *, provider_token: str, currency: str) -> None:
        super().__init__(wire, provider_token=provider_token)
        self._currency = currency

    async def query(self, intent: Intent) -> ChannelAnswer:
        return self.as_far_as_known(intent)

    async def close(self, intent: Intent) -> ChannelAnswer:
        """From now on the answer before checkout is no. A payment let through a moment ago still counts when it is
        told of."""
        return ChannelAnswer(IntentState.CLOSED)

    async def check(self) -> str:
        """Asks for the link of an invoice that belongs to no attempt: it could never be paid."""
        if self._currency not in CURRENCIES:
            return f"Telegram Payments knows no {self._currency}: it is offered for other currencies only"
        try:
            await self.link(self.asked("check", "", _ENOUGH, self._currency))
        except Outside as trouble:
            return f"Telegram refuses an invoice ({trouble.code}): see the provider token that BotFather gave"
        return ""


_ENOUGH: Final = 100_000
"""Between the least and the most of nearly every currency, in minor units."""
