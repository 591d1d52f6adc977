"""The bot's Star transactions, as Telegram keeps them: in chronological order, none ever taken out.

So what was read stays true, and only the end is read anew (``getStarTransactions``, 100 a page, by offset). A payment
and its refund share one id; a refund is the one that goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from adapters.channels.telegram_invoice.wire import Wire
from bot.ports import Unavailable

PAGE: Final = 100
_KINDS: Final = ("invoice_payment", "")


@dataclass(frozen=True, slots=True)
class Transaction:
    """Stars from or to a person, by an invoice of ours. ``payer`` is Telegram's number of that person."""

    id: str
    amount: int
    at: datetime
    payer: int
    payload: str
    incoming: bool


class Transactions:
    """Reads them, from where it stopped."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._read: list[Transaction] = []
        self._offset = 0
        self._turn = asyncio.Lock()

    async def all(self) -> Sequence[Transaction]:
        """Those about invoices, up to now. Full pages are kept; the last, which still fills, is not."""
        async with self._turn:
            while True:
                page = _page(await self._wire.ask("getStarTransactions", offset=self._offset, limit=PAGE))
                found = [t for t in map(_transaction, page) if t is not None]
                if len(page) < PAGE:
                    return [*self._read, *found]
                self._read += found
                self._offset += PAGE

    async def payment_for(self, payload: str) -> Transaction | None:
        """The first payment of the invoice that carries ``payload``."""
        return next((t for t in await self.all() if t.incoming and t.payload == payload), None)

    async def payment(self, charge: str) -> Transaction | None:
        return next((t for t in await self.all() if t.incoming and t.id == charge), None)

    async def returned(self, charge: str) -> bool:
        return any(t.id == charge and not t.incoming for t in await self.all())


def _page(answer: object) -> Sequence[object]:
    page = answer.get("transactions") if isinstance(answer, Mapping) else None
    if not isinstance(page, list) or len(page) > PAGE:
        raise Unavailable("unreadable_answer")
    return page


def _transaction(given: object) -> Transaction | None:
    """None for what has to do with no invoice: withdrawals, gifts, media."""
    if not isinstance(given, Mapping):
        raise Unavailable("unreadable_answer")
    incoming = "source" in given
    partner: Any = given.get("source") or given.get("receiver")
    if not isinstance(partner, Mapping) or partner.get("type") != "user":
        return None
    if partner.get("transaction_type", "") not in _KINDS:
        return None
    payer = partner.get("user")
    who = payer.get("id") if isinstance(payer, Mapping) else None
    id_, amount, seconds = given.get("id"), given.get("amount"), given.get("date")
    if not isinstance(id_, str) or type(amount) is not int or type(seconds) is not int or type(who) is not int:
        raise Unavailable("unreadable_answer")
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unavailable("unreadable_answer") from error
    return Transaction(id_, amount, at, who, str(partner.get("invoice_payload", "")), incoming)
