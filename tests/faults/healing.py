"""Injected faults, one a payer, on a virtual clock: which are resolved without a person, and how soon.

The world of ``world``, among banks that each play one scenario of the real catalogue to a payer, once, and are well
otherwise. Payers tap Pay once, keep the page open for ten minutes, and pay whatever it offers; they never tap twice,
and no organiser answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from adapters.causes import catalogue
from bot.domain import command as c
from bot.domain.decide.healing import STOPS
from bot.domain.interruption import Act, Scenario, Stage
from bot.domain.model import CollectionId, Intent, IntentState, MemberId
from bot.ports import ChannelAnswer, Declined, Payer, Unknown
from bot.store import Store
from tests.faults.banks import Bank, Faults
from tests.faults.virtual import Prompt, VirtualLoop
from tests.faults.world import NAMES, Plan, World

QUIET = Faults(*(0.0,) * 9)
STAYS = 600.0
"""Seconds that a payer keeps the page open."""


def played() -> tuple[Scenario, ...]:
    """The scenarios that can be played: those of creating and paying, by the channels of the world."""
    stages = (Stage.CREATE, Stage.PAY)
    return tuple(s for s in catalogue().scenarios if s.channel in NAMES and s.stage in stages)


@dataclass(slots=True)
class Healed:
    """What became of the payers of one act: seconds from the fault's payer beginning to the books knowing the money."""

    met: int = 0
    after: list[float] = field(default_factory=list)


@dataclass(slots=True)
class SickBank(Bank):
    """Plays to each payer of ``ills`` their scenario, once."""

    ills: dict[int, Scenario] = field(default_factory=dict)
    quit: dict[str, Scenario] = field(default_factory=dict)
    """Orders whose payment it will refuse."""

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        ill = self.ills.pop(int(intent.member), None)
        if ill is None or (ill.stage is Stage.CREATE and ill.act is not Act.QUERY):
            if ill is not None:
                await asyncio.sleep(self.latency)
                raise Declined(ill.code)
            return await Bank.create(self, intent, title=title, return_url=return_url, payer=payer)
        answer = await Bank.create(self, intent, title=title, return_url=return_url, payer=payer)
        if ill.stage is Stage.CREATE:
            raise Unknown(ill.code)  # it happened, and the answer says otherwise
        self.quit[intent.id] = ill
        return answer


class Ward(World):
    """One payer a scenario."""

    def __init__(self, seed: int, loop: VirtualLoop, store: Prompt, scenarios: Sequence[Scenario]) -> None:
        super().__init__(Plan(seed, len(scenarios), faults=QUIET, spells=False), loop, store)
        self.handler.policy = replace(self.handler.policy, causes=catalogue())
        self.scenarios = scenarios
        self.healed = {act: Healed() for act in Act}

    def _bank(self, number: int, name: str, lasting: float) -> Bank:
        well = super()._bank(number, name, lasting)
        return SickBank(name, well.clock, well.ticks, Random(self.plan.seed), QUIET, traits=well.traits)

    async def live_through(self) -> dict[Act, Healed]:
        town = self._settle()
        loops = [asyncio.create_task(self.deliver.run()), asyncio.create_task(self._sweeping())]
        payers = []
        for (collection, member), scenario in zip(town, self.scenarios, strict=True):
            payers.append(asyncio.create_task(self._patient(collection, member, scenario)))
            await asyncio.sleep(20.0)
        await asyncio.gather(*payers)
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        return self.healed

    async def _patient(self, collection: CollectionId, member: MemberId, ill: Scenario) -> None:
        bank = self.banks[ill.channel]
        assert isinstance(bank, SickBank)
        bank.ills[int(member)] = ill
        began, healed = self.loop.time(), self.healed[ill.act]
        healed.met += 1
        self._do(c.OpenDue(collection=collection, member=member))
        self._do(c.StartPayment(collection=collection, member=member, channel=ill.channel))
        done: set[str] = set()
        while self.loop.time() - began < STAYS:
            view = self.store.read(lambda work: work.cashier(collection, member)).result()
            if view is None or view.state == "paid":
                healed.after.append(self.loop.time() - began)
                return
            shown = view.intent
            if shown is not None and shown.state is IntentState.PENDING and shown.id not in done:
                done.add(shown.id)
                await self._pay(shown)
            await asyncio.sleep(2.0)

    async def _pay(self, shown: Intent) -> None:
        bank = self.banks[shown.channel]
        assert isinstance(bank, SickBank)
        await asyncio.sleep(5.0)
        refusal = bank.quit.pop(shown.id, None)
        if refusal is None:
            await bank.pays(shown.id)
        elif refusal.act is Act.RENEW:  # too late for it: the order's time is over
            bank.orders[shown.id].state = "closed"
            self._says(shown, IntentState.CLOSED, refusal.code)
        else:
            bank.orders[shown.id].state = "closed"
            self._says(shown, IntentState.FAILED, refusal.code)

    def _says(self, intent: Intent, state: IntentState, code: str) -> None:
        assert state in STOPS
        self._do(c.ChannelAnswered(intent=intent.id, state=state, cause=code))


async def heal(seed: int, loop: VirtualLoop, store: Store, scenarios: Sequence[Scenario]) -> dict[Act, Healed]:
    """Every one of ``scenarios``, met by a payer of its own."""
    return await Ward(seed, loop, Prompt(store._engine), scenarios).live_through()
