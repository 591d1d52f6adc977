"""The product among misbehaving banks and impatient payers, and what must hold in the end.

The real ``Handler``, ``ChannelDesk``, ``Hooks``, ``Deliver`` and ``Sweep`` over SQLite; only platform, banks and people
are made up. Everything that is random comes from one seed.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import sqlalchemy as sa

from bot.app.build import renderer
from bot.domain import command as c, ledger
from bot.domain.errors import Refusal
from bot.domain.model import CollectionId, Intent, MemberId, Mode
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from bot.ports import ChannelTraits, ChatTraits, Person, Place, Rendered, Settling
from bot.service.channels import ChannelDesk
from bot.service.deliver import Deliver
from bot.service.envelope import Envelopes
from bot.service.handle import Handler
from bot.service.health import Health, Limits
from bot.service.hooks import Hooks
from bot.service.pictures import Pictures
from bot.service.statements import Statements
from bot.service.sweep import Sweep
from bot.store import Store, Work
from bot.store.rows import CHARGE, INTENT, charge_of
from tests.faults.banks import Bank, Faults, Spell
from tests.faults.virtual import Prompt, VirtualClock, VirtualLoop

_OWNERS = sa.select(INTENT.c.id, INTENT.c.collection_id, INTENT.c.member_id)
_STATES = sa.select(INTENT.c.state)
NAMES = ("alipay", "wechatpay", "stripe")
GROUP_SIZE = 50
EACH = 5_000
RATE = 0.5
"""Payers a second, on average."""
IN_TIME = 900.0
"""Seconds within which a payment counts as a success for its payer."""
PATIENCE = 20.0
"""Seconds that a payer waits for something to happen on the page."""
GIVES_UP = 0.4
"""Share of payers who leave when they are told that it failed."""
WANDERS = 0.25
"""Share of payers who come back from the bank, choose another way, and then pay whatever is still open."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. ``routing`` off: payers choose by chance, and nothing goes on by itself."""

    seed: int
    payments: int
    routing: bool = True
    faults: Faults = field(default_factory=Faults)
    spells: bool = True
    names: tuple[str, ...] = NAMES
    """The banks."""
    statements: bool = False
    """They give statements, an hour after each day, and these are read."""


@dataclass(slots=True)
class Outcome:
    """What came of a run. Money in minor units."""

    started: int = 0
    to_paid: list[float] = field(default_factory=list)
    """Virtual seconds from a payer's first step to the books knowing that they paid, in order."""
    commits: list[float] = field(default_factory=list)
    """Real seconds from a webhook to the committed state."""
    charged_twice: list[str] = field(default_factory=list)
    """Dues for which payers paid more than was asked."""
    taken: int = 0
    """What the banks took from payers …"""
    received: int = 0
    """… what the books know of it, …"""
    allocated: int = 0
    listed: int = 0
    """… on dues, and beside them."""
    findings: int = 0
    """What ``verify`` finds in the books."""
    injected: Mapping[str, int] = field(default_factory=dict)
    troubled: int = 0
    """Attempts that met a fault."""
    unfinished: int = 0
    for_a_person: int = 0
    """Attempts that nobody knows the end of."""

    @property
    def success(self) -> float:
        """The share of payers who paid in time."""
        return sum(waited <= IN_TIME for waited in self.to_paid) / max(1, self.started)


class _Platform:
    """Takes everything."""

    name = "town"
    traits = ChatTraits()

    def __init__(self) -> None:
        self._messages = count(1)

    async def post(self, chat: str, message: Rendered, *, reply_to: str = "") -> str:
        return str(next(self._messages))

    async def write(self, person: str, message: Rendered) -> str:
        return await self.post(person, message)

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None: ...

    async def head_count(self, chat: str) -> int | None:
        return None


class World:
    """One town. ``live`` lets everybody pay, and time pass until nothing is open any more."""

    def __init__(self, plan: Plan, loop: VirtualLoop, store: Prompt) -> None:
        self.plan, self.loop, self.store = plan, loop, store
        self.chance = Random(plan.seed)
        self.clock = VirtualClock(loop)
        lasting = plan.payments / RATE
        self.banks = {name: self._bank(n, name, lasting) for n, name in enumerate(plan.names)}
        for bank in self.banks.values():
            bank.tell = self._hook
        policy = Policy(
            channels=plan.names,
            most_switches=2 if plan.routing else 0,
            every=timedelta(days=30),
            lasting=timedelta(days=30),
            ladder=(),
        )
        self.health = Health(self.banks, Limits(), loop.time)
        ids = count(1)
        self.handler = Handler(store, self.clock, policy, lambda: f"i{next(ids):015d}", self.health.routes)
        self.platform = _Platform()
        chats = {"town": self.platform}
        envelopes = Envelopes(
            store,
            self.clock,
            renderer(),
            chats,  # type: ignore[arg-type]  # as much of a platform as is used
            lambda *_: "https://pay.example/x",
            lambda *_: "",
            lambda *_: "",
            lambda _: "",
            Pictures(Path("none"), {}),
            "UTC",
            "en",
            names_in_group=False,
        )
        desk = ChannelDesk(self.handler, self.banks, lambda _: "https://pay.example/x", self.health)
        self.deliver = Deliver(self.handler, envelopes, chats, {}, desk)  # type: ignore[arg-type]
        self.hooks, self.sweep = Hooks(self.handler, self.banks), Sweep(self.handler)
        self.statements = Statements(self.handler, self.banks)
        store.on_commit = self.deliver.wake.set
        self.outcome = Outcome()
        self._began: dict[tuple[CollectionId, MemberId], datetime] = {}
        self._organisers: dict[CollectionId, MemberId] = {}

    def _bank(self, number: int, name: str, lasting: float) -> Bank:
        chance = Random(self.plan.seed * 10 + number)
        spells: list[Spell] = []
        at = chance.uniform(0, 600)
        while self.plan.spells and at < lasting:
            until = at + chance.uniform(60, 300)
            spells.append(Spell(at, until, chance.choice(("down", "mute", "slow"))))
            at = until + chance.uniform(600, 1800)
        settling = Settling(timedelta(hours=1)) if self.plan.statements else None
        traits = ChannelTraits(fee_basis_points=(55, 60, 290)[number % 3], settling=settling)
        return Bank(name, self.clock, self.loop.time, chance, self.plan.faults, tuple(spells), traits=traits)

    async def live(self) -> Outcome:
        town = self._settle()
        loops = [asyncio.create_task(self.deliver.run()), asyncio.create_task(self._sweeping())]
        payers = []
        for collection, member in town:
            await asyncio.sleep(self.chance.expovariate(RATE))
            payers.append(asyncio.create_task(self._payer(collection, member, Random(self.chance.random()))))
        await asyncio.gather(*payers)
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await self._calm()
        self._audit()
        return self.outcome

    # -- the town ---------------------------------------------------------------------------------------------

    def _settle(self) -> list[tuple[CollectionId, MemberId]]:
        """Collections of fifty, in chats of their own; who owes what."""
        owing: list[tuple[CollectionId, MemberId]] = []
        for n in range(-(-self.plan.payments // GROUP_SIZE)):
            size = min(GROUP_SIZE, self.plan.payments - len(owing))

            def move_in(work: Work, n: int = n, size: int = size) -> tuple[int, list[MemberId]]:
                place, now = Place(f"chat{n}", f"Chat {n}"), self.clock.now()
                chat = work.chat_of("town", place, now=now, locale="en", timezone="UTC", currency="CNY")
                people = [Person(f"{n}-{m}", f"Member {m}") for m in range(size + 1)]
                return chat.id, [member.id for member in work.see(chat.id, people, "town", now)]

            chat, members = self.store.run(move_in)
            said = c.Collect(
                by=c.Actor(members[0]),
                reply=Reply(chat),  # type: ignore[arg-type]
                chat=chat,  # type: ignore[arg-type]
                mode=Mode.EACH,
                currency="CNY",
                amount=EACH,
            )
            collection = self.handler.submit(said).result().decision.touched
            assert collection is not None
            self._organisers[collection] = members[0]
            owing += [(collection, member) for member in members[1:]]
        return owing

    # -- people -----------------------------------------------------------------------------------------------

    async def _payer(self, collection: CollectionId, member: MemberId, chance: Random) -> None:
        """Starts, waits, pays, tries again or gives up. A wanderer leaves orders open, and pays them too."""
        wanders, tabs = chance.random() < WANDERS, []
        self._began[collection, member] = self.clock.now()
        self._do(c.OpenDue(collection=collection, member=member))
        wanted = "" if self.plan.routing else chance.choice(self.plan.names)
        for attempt in range(4):
            if not self._do(c.StartPayment(collection=collection, member=member, channel=wanted)):
                break
            shown = await self._watch(collection, member)
            if shown is not None and shown.state.value == "pending":
                tabs.append((shown.channel, str(shown.id)))
                await asyncio.sleep(chance.expovariate(1 / 15.0))
                if wanders and not attempt:
                    wanted = chance.choice([name for name in self.plan.names if name != shown.channel])
                    continue
                if await self.banks[shown.channel].pays(shown.id):
                    break
            elif chance.random() < GIVES_UP:
                break
            if not self.plan.routing or wanted:
                wanted = chance.choice(self.plan.names)
        if wanders:
            for channel, order in tabs:
                await self.banks[channel].pays(order)

    async def _watch(self, collection: CollectionId, member: MemberId) -> Intent | None:
        """What the page shows once there is something to do, or when patience ends."""
        until = self.loop.time() + PATIENCE
        while True:
            view = self.store.read(lambda work: work.cashier(collection, member)).result()
            shown = view.intent if view else None
            if shown is None or shown.state.value not in ("created", "waiting") or self.loop.time() >= until:
                return shown
            await asyncio.sleep(0.7)

    def _do(self, command: c.Command) -> bool:
        with suppress(Refusal):
            self.handler.submit(command).result()
            return True
        return False

    # -- what drives it ---------------------------------------------------------------------------------------

    async def _hook(self, name: str, body: bytes) -> int:
        began = time.perf_counter()
        status, _, _ = await self.hooks.receive(name, {}, body)
        self.outcome.commits.append(time.perf_counter() - began)
        return status

    async def _sweeping(self) -> None:
        while True:
            self.sweep.run()
            await asyncio.sleep(5.0)

    async def _calm(self) -> None:
        """Time passes until the last webhook or statement has come and the janitor has nothing left to ask; at most
        nine days."""
        spoken = 2 * 86400.0 if self.plan.statements else 3600.0
        until, webhooks = self.loop.time() + 9 * 86400.0, self.loop.time() + spoken
        while (now := self.loop.time()) < until:
            self.sweep.run()
            await self.statements.run()
            await self.deliver.drain()
            following = self.sweep.next_instant(self.clock.now())
            if now >= webhooks and not self._open():
                return
            wait = (following - self.clock.now()).total_seconds() if following else 600.0
            await asyncio.sleep(min(max(wait, 0.5), 600.0))

    def _open(self) -> int:
        select = sa.text("SELECT count(*) FROM intent WHERE next_at IS NOT NULL")
        return int(self.store.read(lambda work: work.connection.execute(select).scalar_one()).result())

    # -- what must hold ---------------------------------------------------------------------------------------

    def _audit(self) -> None:
        """What the banks really took, against what the books know."""
        self.store.read(self._look).result()
        o, banks = self.outcome, self.banks.values()
        o.started = len(self._began)
        o.injected = {kind: sum(b.injected.get(kind, 0) for b in banks) for b in banks for kind in sorted(b.injected)}
        o.troubled = sum(len(b.troubled) for b in banks)

    def _look(self, work: Work) -> None:
        o = self.outcome
        run = work.connection.execute
        owner = {id_: (collection, member) for id_, collection, member in run(_OWNERS)}
        taken: Counter[tuple[str, int]] = Counter()
        for bank in self.banks.values():
            for order, minor in bank.taken.items():
                taken[owner[order]] += minor
        o.taken = taken.total()
        o.charged_twice = [f"{due}: {minor}" for due, minor in taken.items() if minor > EACH]
        first: dict[tuple[str, int], float] = {}
        for charge in map(charge_of, run(sa.select(*CHARGE.c))):
            o.received += charge.amount
            due, at = (charge.collection, charge.member), charge.received_at or charge.at
            waited = (at - self._began[due]).total_seconds()
            first[due] = min(waited, first.get(due, waited))
        o.to_paid = sorted(first.values())
        for collection in {id_ for id_, _ in self._began}:
            for account, minor in ledger.balances(work.entries(collection)).items():
                if account.startswith("listed:"):
                    o.listed -= minor
            o.allocated += sum(due.paid for due in work.dues(collection) if due.member != self._organisers[collection])
        states = Counter(state for (state,) in run(_STATES))
        o.unfinished = sum(states[s] for s in ("created", "pending", "waiting", "closing", "held"))
        o.for_a_person = states["unknown"]
        o.findings = sum(1 for _ in work.verify())


async def live(plan: Plan, loop: VirtualLoop, store: Store) -> Outcome:
    """One run of ``plan``."""
    world = World(plan, loop, Prompt(store._engine))
    return await world.live()
