"""Injected faults, one a payer, on a virtual clock: which are resolved without a person, and how soon.

The world of ``world``, among banks that each play the scenarios of the real catalogue (``sick``). Payers tap Pay once,
keep the page open for ten minutes, and pay whatever it offers. Who is told to choose another way taps Pay once more.
Whoever is to get money back waits a day. No organiser answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from adapters.causes import catalogue
from bot.domain import command as c
from bot.domain.intent import finished
from bot.domain.interruption import Act, Stage
from bot.domain.model import ChatId, CollectionId, Intent, IntentState, MemberId, RefundState
from bot.domain.notice import Notice, Reply
from bot.store import Store, Work, codec
from bot.store.returning import REFUND, refund_of
from bot.store.rows import OUTBOX
from tests.faults.banks import Bank
from tests.faults.sick import QUIET, Case, SickBank, cases
from tests.faults.virtual import Prompt, VirtualLoop
from tests.faults.world import Outcome, Plan, World

STAYS = 600.0
"""Seconds that a payer keeps the page open."""
WAITS = 86_400.0
"""Seconds that somebody waits for money to come back."""
READS = 15.0
"""Seconds after which a payer does what the page tells them."""
_ASKS_FOR_PATIENCE = frozenset({"being_looked_into", "already_paid", "ask_organiser"})
_HANDED = frozenset({"payment_handed_over", "refund_failed", "refund_by_hand"})


@dataclass(slots=True)
class Healed:
    """What became of some payers. Seconds from their beginning, or the refund's, to the books knowing the money."""

    met: int = 0
    alone: list[float] = field(default_factory=list)
    """Without anybody doing anything more than paying what is offered."""
    tapped: list[float] = field(default_factory=list)
    """With one tap more, as they were told."""
    handed: int = 0
    """The organiser heard that it needs a person."""

    def add(self, other: Healed) -> None:
        self.met += other.met
        self.handed += other.handed
        self.alone += other.alone
        self.tapped += other.tapped


@dataclass(slots=True)
class Round:
    """One ward: each patient with what became of them, and what its audit found."""

    patients: list[tuple[Case, Healed]]
    outcome: Outcome
    returned: int = 0
    """What banks gave back, …"""
    known_returned: int = 0
    """… what the books know of it, …"""
    by_hand: int = 0
    """… and what the organiser is to give back by hand; minor units."""

    def of(self, *, act: Act | None = None, stage: Stage | None = None) -> Healed:
        """The sum over an act, a stage, or all."""
        sum_ = Healed()
        for case, healed in self.patients:
            if act in (None, case.ill.act) and stage in (None, case.ill.stage):
                sum_.add(healed)
        return sum_

    @property
    def forgotten(self) -> list[str]:
        """Who was neither paid, or given back, nor handed to the organiser."""
        return [x.ill.id for x, healed in self.patients if not (healed.alone or healed.tapped or healed.handed)]

    @property
    def sound(self) -> bool:
        """Nobody paid twice, nothing was lost, nothing is open that nobody knows of."""
        o = self.outcome
        kept = o.received == o.allocated + o.listed + self.known_returned + self.by_hand
        return (
            not o.charged_twice
            and o.taken == o.received
            and kept
            and self.returned == self.known_returned
            and (o.findings, o.unfinished, o.for_a_person) == (0, 0, 0)
        )


class Ward(World):
    """One payer a case."""

    def __init__(self, seed: int, loop: VirtualLoop, store: Prompt, patients: Sequence[Case]) -> None:
        names = tuple(sorted({case.channel for case in cases()}))
        super().__init__(Plan(seed, len(patients), faults=QUIET, spells=False, names=names), loop, store)
        self.handler.policy = replace(self.handler.policy, causes=catalogue())
        self.patients = [(case, Healed()) for case in patients]

    def _bank(self, number: int, name: str, lasting: float) -> Bank:
        return SickBank.of(super()._bank(number, name, lasting), name, self.clock, self.plan.seed)

    def _at(self, channel: str) -> SickBank:
        bank = self.banks[channel]
        assert isinstance(bank, SickBank)
        return bank

    async def live_through(self) -> Round:
        town = self._settle()
        loops = [asyncio.create_task(self.deliver.run()), asyncio.create_task(self._sweeping())]
        tasks = []
        for (collection, member), (case, healed) in zip(town, self.patients, strict=True):
            lives = self._creditor if case.ill.stage is Stage.REFUND else self._patient
            tasks.append(asyncio.create_task(lives(collection, member, case, healed)))
            await asyncio.sleep(20.0)
        await asyncio.gather(*tasks)
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await self._calm()
        self._audit()
        result = Round(self.patients, self.outcome)
        result.returned = sum(minor for name in self.banks for minor in self._at(name).returned.values())
        result.known_returned, result.by_hand, handed = self.store.read(_look).result()
        for case, healed in self.patients:
            heard = not handed.isdisjoint((case.channel, code) for code in _as_told(case))
            healed.handed = int(heard and case.ill.act is Act.HAND_OVER)
        return result

    # -- paying -----------------------------------------------------------------------------------------------

    async def _patient(self, collection: CollectionId, member: MemberId, case: Case, healed: Healed) -> None:
        bank = self._at(case.channel)
        bank.patients[int(member)] = case
        began = self._begin(collection, member, case)
        healed.met += 1
        done: set[str] = set()
        stopped_at, taps = None, 0
        while self.loop.time() - began < STAYS:
            view = self.store.read(lambda work: work.cashier(collection, member)).result()
            if view is None or view.state == "paid":
                (healed.tapped if taps else healed.alone).append(self.loop.time() - began)
                return
            shown = view.intent
            if shown is not None and shown.state is IntentState.PENDING and shown.id not in done:
                done.add(shown.id)
                await self._pay(shown)
            stopped = shown is not None and finished(shown.state) and self._tells(shown) not in _ASKS_FOR_PATIENCE
            stopped_at = (stopped_at or self.loop.time()) if stopped else None
            if stopped_at is not None and self.loop.time() - stopped_at >= READS and not taps:
                taps, stopped_at = 1, None
                self._do(c.StartPayment(collection=collection, member=member))
            await asyncio.sleep(2.0)

    def _begin(self, collection: CollectionId, member: MemberId, case: Case) -> float:
        self._began[collection, member] = self.clock.now()
        self._do(c.OpenDue(collection=collection, member=member))
        self._do(c.StartPayment(collection=collection, member=member, channel=case.channel))
        return self.loop.time()

    def _tells(self, stopped: Intent) -> str:
        why = self.handler.policy.causes.of_attempt(stopped)
        return why.tell if why else ""

    async def _pay(self, shown: Intent) -> None:
        bank = self._at(shown.channel)
        await asyncio.sleep(5.0)
        case = bank.sick.get(shown.id)
        if case is None:
            await bank.pays(shown.id)
            return
        bank.is_ill_for(shown.id)
        order = bank.orders[shown.id]
        match case.ill.stage:
            case Stage.PAY if case.happened:
                await bank.quietly(shown.id)
                self._says(shown, case)
            case Stage.PAY:
                order.state = "closed"
                self._says(shown, case)
            case Stage.QUERY if case.ends:
                order.state = "closed"
            case Stage.NOTIFY | Stage.QUERY:
                await bank.quietly(shown.id)
            case Stage.CLOSE:
                if case.happened:
                    await bank.quietly(shown.id)
                other = next(name for name in self.banks if name != shown.channel)
                self._do(c.StartPayment(collection=shown.collection, member=shown.member, channel=other))

    def _says(self, intent: Intent, case: Case) -> None:
        self._do(c.ChannelAnswered(intent=intent.id, state=case.says, cause=case.code))

    # -- giving back ------------------------------------------------------------------------------------------

    async def _creditor(self, collection: CollectionId, member: MemberId, case: Case, healed: Healed) -> None:
        """Has paid, and is promised it back."""
        self._begin(collection, member, case)
        while (view := self.store.read(lambda work: work.cashier(collection, member)).result()) and not view.paid.minor:
            if view.intent is not None and view.intent.state is IntentState.PENDING:
                await self._at(case.channel).pays(view.intent.id)
            await asyncio.sleep(2.0)
        self._at(case.channel).patients[int(member)] = case
        organiser = c.Actor(self._organisers[collection])
        which = c.Which(ChatId(0), id=collection)
        said = c.GiveBack(by=organiser, reply=Reply(which.chat), which=which, member=member, confirmed=True)
        began = self.loop.time()
        healed.met += 1
        self._do(said)
        while self.loop.time() - began < WAITS:
            states = {r.state for r in self.store.read(lambda work: work.refunds(collection, member)).result()}
            if states == {RefundState.REFUNDED}:
                healed.alone.append(self.loop.time() - began)
            if states <= {RefundState.REFUNDED, RefundState.FAILED}:
                return
            await asyncio.sleep(5.0 if self.loop.time() - began < 600 else 300.0)


def _look(work: Work) -> tuple[int, int, set[tuple[str, str]]]:
    """What the books say went back, and waits for a hand, in minor units; of which codes of which channels an organiser
    heard."""
    refunds = [refund_of(row) for row in work.connection.execute(sa.select(*REFUND.c))]
    gone = sum(r.amount for r in refunds if r.state is RefundState.REFUNDED)
    by_hand = sum(r.amount for r in refunds if r.by_hand and r.state is RefundState.PENDING)
    handed = set()
    for (payload,) in work.connection.execute(sa.select(OUTBOX.c.payload)):
        said = codec.loads(payload)
        if isinstance(said, Notice) and said.key in _HANDED:
            handed.add((str(said.params["channel"]), str(said.params.get("cause", ""))))
    return gone, by_hand, handed


def _as_told(case: Case) -> tuple[str, ...]:
    """The code of a case as its notices carry it; what the organiser gives back by hand needs none."""
    by_hand = case.code in ("cannot_refund", "not_supported")
    return (case.code or "declined", *([""] if by_hand else []))


async def heal(seed: int, loop: VirtualLoop, store: Store, patients: Sequence[Case]) -> Round:
    """Every one of ``patients``, met by a payer of its own."""
    return await Ward(seed, loop, Prompt(store._engine), patients).live_through()
