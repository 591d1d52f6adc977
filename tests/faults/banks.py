"""Banks that misbehave: answers that are late, lost, wrong or doubled, before and after they had an effect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from bot.domain.model import Intent, IntentState
from bot.domain.money import Money
from bot.ports import (
    ChannelAnswer,
    ChannelTraits,
    ChargeFact,
    Clock,
    Declined,
    HookEvent,
    Payer,
    PaymentChannel,
    StatementLine,
    Unavailable,
    Unknown,
    Unverified,
)

TIMEOUT = 10.0
"""Seconds after which a call is given up, as in ``bot.app.channels``."""
EXPIRES_AFTER = timedelta(minutes=15)
RETRIES = (15.0, 60.0, 600.0)
"""Seconds after which a webhook that was not acknowledged is sent again."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A bad time: between ``start`` and ``end`` (virtual seconds) calls are ``down`` (5xx), ``mute`` (time-outs) or
    ``slow``."""

    start: float
    end: float
    kind: str


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong, outside of bad times. Shares of calls or of webhooks."""

    lost_before: float = 0.01
    """A time-out; nothing happened."""
    lost_after: float = 0.01
    """A time-out; it happened."""
    broken_before: float = 0.01
    """5xx; nothing happened, and the bank says so."""
    broken_after: float = 0.01
    """5xx; it happened, and nobody can tell."""
    refused: float = 0.005
    """4xx."""
    hook_lost: float = 0.05
    """Never sent."""
    hook_twice: float = 0.1
    hook_late: float = 0.1
    """Minutes late: often after what was sent later."""
    ack_lost: float = 0.05
    """Our answer does not arrive: the bank sends it again."""
    deaf: bool = False
    """No question is answered, and nothing is closed: what happened is in the statement alone."""


@dataclass(slots=True)
class Order:
    id: str
    amount: Money
    expires_at: datetime
    state: str = "open"
    """open, paying, paid, closed."""
    paid_at: datetime | None = None


@dataclass(slots=True)
class Bank(PaymentChannel):
    """One channel, and what really happened there."""

    name: str
    clock: Clock
    ticks: Callable[[], float]
    chance: Random
    faults: Faults = field(default_factory=Faults)
    spells: tuple[Spell, ...] = ()
    latency: float = 0.1
    traits: ChannelTraits = field(default_factory=ChannelTraits)
    orders: dict[str, Order] = field(default_factory=dict)
    tell: Callable[[str, bytes], Awaitable[int]] | None = None
    """Delivers a webhook; the HTTP status."""
    injected: dict[str, int] = field(default_factory=dict)
    """Faults that were played, by kind."""
    troubled: set[str] = field(default_factory=set)
    """Orders that met one."""
    _events: int = 0
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    # -- what the product asks --------------------------------------------------------------------------------

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        def effect() -> ChannelAnswer:
            money, until = Money(intent.amount, intent.currency), self.clock.now() + EXPIRES_AFTER
            return self._answer(self.orders.setdefault(intent.id, Order(intent.id, money, until)))

        return await self._call(intent.id, effect)

    async def query(self, intent: Intent) -> ChannelAnswer:
        await self._heard()
        return await self._call(intent.id, lambda: self._answer(self.orders.get(intent.id)))

    async def close(self, intent: Intent) -> ChannelAnswer:
        def effect() -> ChannelAnswer:
            order = self.orders.get(intent.id)
            if order is not None and order.state == "open":
                order.state = "closed"
            return self._answer(order)

        await self._heard()
        return await self._call(intent.id, effect)

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """What it really took, which nobody can lose."""
        assert self.traits.settling is not None
        came = [(order, order.paid_at) for order in self.orders.values() if order.paid_at is not None]
        lines = [StatementLine("charge", order.id, order.id, order.amount, at) for order, at in came]
        return [line for line in lines if self.traits.settling.day_of(line.at) == day]

    async def _heard(self) -> None:
        if self.faults.deaf:
            await asyncio.sleep(TIMEOUT)
            raise Unknown("timeout")

    def _answer(self, order: Order | None) -> ChannelAnswer:
        if order is None:
            return ChannelAnswer(IntentState.CLOSED, cause="no_such_order")
        if order.state == "closed":
            return ChannelAnswer(IntentState.CLOSED, reference=order.id)
        if order.state == "paid" and order.paid_at is not None:
            return ChannelAnswer(
                IntentState.PAID, reference=order.id, charge=ChargeFact(order.id, order.amount, order.paid_at)
            )
        action = {"kind": "redirect", "url": f"https://{self.name}.example/{order.id}"}
        return ChannelAnswer(IntentState.PENDING, reference=order.id, action=action, expires_at=order.expires_at)

    async def _call(self, order: str, effect: Callable[[], ChannelAnswer]) -> ChannelAnswer:
        """An answer after a while, unless something goes wrong before or after the effect."""
        spell = next((s.kind for s in self.spells if s.start <= self.ticks() < s.end), "")
        took = self.latency * self.chance.lognormvariate(0, 0.4) * (30 if spell == "slow" else 1)
        dice, f = self.chance.random(), self.faults
        if spell == "mute":
            dice = f.lost_before / 2 if self.chance.random() < 0.5 else f.lost_before + f.lost_after / 2
        elif spell == "down":
            dice = f.lost_before + f.lost_after + f.broken_before / 2
        steps = ("lost_before", "lost_after", "broken_before", "broken_after", "refused")
        fault = ""
        for step in steps:
            share = getattr(f, step)
            if dice < share:
                fault = step
                break
            dice -= share
        if fault:
            self._count(fault, order)
        await asyncio.sleep(TIMEOUT if fault.startswith("lost") or took > TIMEOUT else took)
        if fault == "lost_before":
            raise Unknown("timeout")
        if fault == "broken_before":
            raise Unavailable("503")
        if fault == "refused":
            raise Declined("400")
        answer = effect()
        if fault == "lost_after" or took > TIMEOUT:
            raise Unknown("timeout")
        if fault == "broken_after":
            raise Unknown("502")
        return answer

    def _count(self, fault: str, order: str) -> None:
        self.troubled.add(order)
        self.injected[fault] = self.injected.get(fault, 0) + 1

    # -- what payers do ---------------------------------------------------------------------------------------

    async def pays(self, order_id: str) -> bool:
        """A payer pays an order, if it is still open. It takes two seconds, in which it cannot be closed."""
        order = self.orders[order_id]
        if order.state != "open" or order.expires_at <= self.clock.now():
            return False
        order.state = "paying"
        await asyncio.sleep(2.0)
        order.state, order.paid_at = "paid", self.clock.now()
        task = asyncio.create_task(self._report(order))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        return True

    # -- webhooks ---------------------------------------------------------------------------------------------

    async def _report(self, order: Order) -> None:
        f, roll = self.faults, self.chance.random
        body = self.event(order)
        if roll() < f.hook_lost:
            self._count("hook_lost", order.id)
            return
        if roll() < f.hook_late:
            self._count("hook_late", order.id)
            await asyncio.sleep(self.chance.uniform(60, 1200))
        else:
            await asyncio.sleep(self.chance.expovariate(2.0))
        if roll() < f.hook_twice:
            self._count("hook_twice", order.id)
            await self._deliver(order.id, body)
        await self._deliver(order.id, body)

    def event(self, order: Order) -> bytes:
        """A new webhook about an order that was paid."""
        self._events += 1
        return json.dumps(
            {
                "id": f"{self.name}-{self._events}",
                "order": order.id,
                "minor": order.amount.minor,
                "currency": order.amount.currency,
                "at": (order.paid_at or self.clock.now()).isoformat(),
            }
        ).encode()

    async def _deliver(self, order: str, body: bytes) -> None:
        assert self.tell is not None
        for pause in (*RETRIES, 0.0):
            status = await self.tell(self.name, body)
            if status == 200 and self.chance.random() >= self.faults.ack_lost:
                return
            self._count("ack_lost" if status == 200 else "hook_refused", order)
            await asyncio.sleep(pause)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        try:
            said = json.loads(body)
            money, at = Money(said["minor"], said["currency"]), datetime.fromisoformat(said["at"])
            charge = ChargeFact(said["order"], money, at)
        except (ValueError, KeyError, TypeError) as error:
            raise Unverified("not the shape of an event") from error
        answer = ChannelAnswer(IntentState.PAID, reference=said["order"], charge=charge)
        return (HookEvent(said["id"], said["order"], answer),)

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"ok", "text/plain"

    async def aclose(self) -> None: ...

    @property
    def taken(self) -> Mapping[str, int]:
        """Order → minor units that payers really paid."""
        return {o.id: o.amount.minor for o in self.orders.values() if o.state == "paid"}
