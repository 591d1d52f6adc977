"""The bank behind the sandbox: orders in memory, scenarios, and signed webhooks over HTTP."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

import structlog

from adapters.channels.sandbox.returns import Returns
from bot.domain.money import Money
from bot.ports import Clock, Unavailable, Unknown

log = structlog.get_logger(__name__)

Play = Literal[
    "success", "decline", "error", "silence", "late", "twice", "leave", "lost", "less", "foreign", "stranger"
]
PLAYS: Final[tuple[Play, ...]] = ("decline", "error", "silence", "late", "twice", "leave", "lost")
ODD: Final[tuple[Play, ...]] = ("less", "foreign", "stranger")
"""Money comes, but not what was asked for: half of it, euros (of euros: dollars), or for an order that nobody made."""
NextPlay = Literal["", "down", "mute"]
CREATIONS: Final[tuple[NextPlay, ...]] = ("down", "mute")
QUIET_ANSWERS: Final = 4
"""How many questions about an order that fell silent get no answer, …"""
MUTE_ANSWERS: Final = 2
"""… and about one that was made without an answer."""
MOST_TRIES: Final = 5

Post = Callable[[bytes], Awaitable[int]]
"""Delivers a webhook's body, signed on the way; the HTTP status."""


@dataclass(slots=True)
class Order:
    """What the bank knows. ``state``: open, paid, failed, closed."""

    id: str
    title: str
    amount: Money
    return_url: str
    reference: str
    expires_at: datetime
    state: Literal["open", "paid", "failed", "closed"] = "open"
    cause: str = ""
    paid_at: datetime | None = None
    received: Money | None = None
    """What came; None: nothing, or what was asked for."""
    quiet: int = 0
    late: bool = False
    lost: bool = False
    """Nothing is told of it, and no question about it is answered: its statement alone has it."""

    @property
    def came(self) -> Money:
        return self.received or self.amount


class Bank:
    """Takes orders, plays scenarios, tells about them."""

    def __init__(self, clock: Clock, post: Post, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._clock, self._post, self._pause = clock, post, pause
        self._orders: dict[str, Order] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self.planned: NextPlay = ""
        self.returns = Returns(clock, self._deliver)

    def find(self, order_id: str) -> Order | None:
        return self._orders.get(order_id)

    # -- what the channel asks ------------------------------------------------------------------------------

    def order(self, order: Order) -> Order:
        """Take an order; the same id again finds the same order. Plays what was planned for it."""
        planned, self.planned = self.planned, ""
        if planned == "down":
            raise Unavailable("503")
        known = self._orders.setdefault(order.id, order)
        if planned == "mute":
            known.quiet = MUTE_ANSWERS
            raise Unknown("timeout")
        return known

    def ask(self, order_id: str) -> Order | None:
        """What became of an order; ``Unknown`` while the bank is silent about it, which ends in its being paid."""
        order = self._orders.get(order_id)
        if order is not None and order.lost:
            raise Unknown("timeout")
        if order is not None and order.quiet:
            order.quiet -= 1
            if not order.quiet:
                self._take_money(order)
            raise Unknown("timeout")
        return order

    def close(self, order_id: str) -> Order | None:
        """No more payments for it. Money that was on its way arrives all the same, after the answer."""
        order = self.ask(order_id)
        if order is not None and order.state == "open":
            order.state = "closed"
            if order.late:
                self._take_money(order)
                self._tell_soon(order, times=1)
                return Order(order.id, order.title, order.amount, order.return_url, order.reference, order.expires_at,
                             state="closed")  # fmt: skip
        return order

    def paid(self) -> list[Order]:
        """Those over which money came."""
        return [order for order in self._orders.values() if order.paid_at is not None and order.state == "paid"]

    # -- what the payer does ----------------------------------------------------------------------------------

    async def play(self, order: Order, play: Play) -> None:
        """The payer's choice on the bank's page."""
        if order.state != "open":
            return
        if play == "stranger":
            order = _made_elsewhere(order)
            self._orders[order.id] = order
        elif play in ("less", "foreign"):
            order.received = _odd(order.amount, play)
        if play in ("success", "twice", *ODD):
            self._take_money(order)
            await self._tell(order, times=2 if play == "twice" else 1)
        elif play in ("decline", "error"):
            order.state, order.cause = "failed", "insufficient_funds" if play == "decline" else "http_502"
            await self._tell(order, times=1)
        elif play == "silence":
            order.quiet = QUIET_ANSWERS
        elif play == "late":
            order.late = True
        elif play == "lost":
            order.lost = True
            self._take_money(order)

    def _take_money(self, order: Order) -> None:
        order.state, order.paid_at = "paid", self._clock.now()

    # -- telling ------------------------------------------------------------------------------------------------

    def _tell_soon(self, order: Order, *, times: int) -> None:
        task = asyncio.create_task(self._tell(order, times=times))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, order: Order, *, times: int) -> None:
        body = _event(order, self._clock.now())
        for _ in range(times):
            await self._deliver(body)

    async def _deliver(self, body: bytes) -> None:
        for attempt in range(MOST_TRIES):
            status = await self._post(body)
            if status == 200:
                break
            log.warning("sandbox.hook_refused", status=status)
            await self._pause(0.2 * 2**attempt)


def _odd(asked: Money, play: Play) -> Money:
    """Something else than what was asked for."""
    if play == "less":
        return Money(max(1, asked.minor // 2), asked.currency)
    return Money(asked.minor, "USD" if asked.currency == "EUR" else "EUR")


def _made_elsewhere(order: Order) -> Order:
    """An order as like as can be, under an id and a reference of its own."""
    mark = secrets.token_hex(6)
    return replace(order, id=mark, reference=f"SB{mark.upper()}")


def _event(order: Order, now: datetime) -> bytes:
    paid = order.state == "paid"
    event = {
        "id": f"evt_{secrets.token_hex(8)}",
        "intent": order.id,
        "order": order.reference,
        "state": order.state,
        "cause": order.cause,
        "amount": order.came.minor if paid else 0,
        "currency": order.came.currency,
        "at": (order.paid_at or now).isoformat(),
    }
    return json.dumps(event, separators=(",", ":")).encode()
