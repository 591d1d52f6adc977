"""A bank that plays one scenario of the catalogue to each of its patients, and is well otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from adapters.causes import catalogue
from bot.domain.interruption import ANY, Act, Scenario, Stage
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.ports import ChannelAnswer, Clock, Declined, Payer, RefundAnswer, Unknown
from tests.faults.banks import Bank, Faults

PLAIN = "plain_bank"
"""Plays what any channel can do: it has no rows of its own."""
LASTS = 120.0
"""Seconds for which a question, a closing or a refund is answered so."""
QUIET = Faults(*(0.0,) * 9)
_BARE = {"failed": IntentState.FAILED, "unknown": IntentState.UNKNOWN, "closed": IntentState.CLOSED}
_OURS = ("moves.py", "holds.py")
"""Where attempts are from that we end ourselves."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario as it is played. What the catalogue doubts is played twice: it had ``happened`` all the same, or had
    not."""

    ill: Scenario
    happened: bool = False

    @property
    def channel(self) -> str:
        return self.ill.channel or PLAIN

    @property
    def code(self) -> str:
        """As the bank says it."""
        return "" if self.ill.channel == ANY and self.ill.code in _BARE else self.ill.code

    @property
    def says(self) -> IntentState:
        """What the bank says of an attempt."""
        said = IntentState.CLOSED if self.ill.act is Act.RENEW or self.ill.code == "expired" else IntentState.FAILED
        return _BARE.get(self.ill.code, said)

    @property
    def unsure(self) -> bool:
        """Whether what it says leaves open what became of it."""
        if self.ill.stage is Stage.REFUND:
            return self.ill.act is Act.QUERY or self.says is IntentState.UNKNOWN
        return self.ill.unsure or self.says is IntentState.UNKNOWN

    @property
    def doubted(self) -> bool:
        """Whether it may have happened all the same."""
        match self.ill.stage:
            case Stage.CREATE:
                return self.unsure
            case Stage.PAY | Stage.REFUND:
                return self.unsure or self.ill.act is Act.LATER
            case Stage.CLOSE:
                return True
        return False

    @property
    def stays(self) -> bool:
        """Whether the same way says so again: it is the payer's card, or the merchant's contract."""
        return self.ill.act in (Act.NONE, Act.SWITCH, Act.HAND_OVER) and not self.unsure

    @property
    def ends(self) -> bool:
        """A question, or a closing, whose answer is that the order has ended."""
        return self.ill.act in (Act.RENEW, Act.SWITCH) or self.ill.code == "closed"


def cases() -> Iterator[Case]:
    """Everything in the catalogue but people who stop without a code, and what we end ourselves."""
    for ill in catalogue().scenarios:
        if ill.stage in (Stage.OPEN, Stage.CHOOSE) or ill.source.endswith((*_OURS, "interruption.py")):
            continue
        yield (case := Case(ill))
        if case.doubted:
            yield Case(ill, happened=True)


@dataclass(slots=True)
class SickBank(Bank):
    """``patients``: member → what is played to them."""

    patients: dict[int, Case] = field(default_factory=dict)
    sick: dict[str, Case] = field(default_factory=dict)
    """Orders that meet it later than at their creation."""
    well_at: dict[str, float] = field(default_factory=dict)
    """When an order's, or a refund's, trouble is over (virtual seconds)."""
    returned: dict[str, int] = field(default_factory=dict)
    """Refund → minor units that went back."""

    @classmethod
    def of(cls, well: Bank, name: str, clock: Clock, seed: int) -> SickBank:
        return cls(name, clock, well.ticks, Random(seed), QUIET, traits=well.traits)

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        case = self.patients.get(int(intent.member))
        if case is not None and case.ill.stage is not Stage.REFUND and not case.stays:
            del self.patients[int(intent.member)]
        if case is None or case.ill.stage is not Stage.CREATE:
            answer = await Bank.create(self, intent, title=title, return_url=return_url, payer=payer)
            if case is not None and case.ill.stage is not Stage.REFUND:
                self.sick[intent.id] = case
            return answer
        if case.happened:
            await Bank.create(self, intent, title=title, return_url=return_url, payer=payer)
        else:
            await asyncio.sleep(self.latency)
        if case.says is IntentState.CLOSED and case.ill.code == "closed":
            return ChannelAnswer(IntentState.CLOSED)
        raise Unknown(case.code) if case.unsure else Declined(case.code)

    async def query(self, intent: Intent) -> ChannelAnswer:
        case = self._troubles(intent.id, Stage.QUERY)
        if case is None:
            return await Bank.query(self, intent)
        await asyncio.sleep(self.latency)
        if case.ends:
            return ChannelAnswer(IntentState.CLOSED, reference=intent.id, cause=case.code)
        if case.ill.act is Act.NONE:  # it says that nothing has happened yet
            return ChannelAnswer(IntentState.PENDING, reference=intent.id, action=intent.action)
        raise Unknown(case.code)

    async def close(self, intent: Intent) -> ChannelAnswer:
        case = self._troubles(intent.id, Stage.CLOSE)
        if case is None:
            return await Bank.close(self, intent)
        if case.ends and not case.happened:
            await Bank.close(self, intent)
            return ChannelAnswer(IntentState.CLOSED, reference=intent.id, cause=case.code)
        await asyncio.sleep(self.latency)
        raise Declined(case.code)

    def _troubles(self, id_: str, stage: Stage) -> Case | None:
        case = self.sick.get(id_)
        return case if case and case.ill.stage is stage and self.ticks() < self.well_at.get(id_, 0.0) else None

    # -- giving back ------------------------------------------------------------------------------------------

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        await asyncio.sleep(self.latency)
        case = self.patients.get(int(refund.member))
        ends = self.well_at.setdefault(refund.id, self.ticks() + LASTS)
        if case is None or (not case.stays and self.ticks() >= ends):
            return self._gives(refund)
        if case.happened:
            self._gives(refund)
        raise Unknown(case.code) if case.says is IntentState.UNKNOWN else Declined(case.code)

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        await asyncio.sleep(self.latency)
        if refund.id not in self.returned:
            return RefundAnswer(RefundState.FAILED, cause="no_such_refund")
        return self._gives(refund)

    def _gives(self, refund: Refund) -> RefundAnswer:
        self.returned[refund.id] = refund.amount
        return RefundAnswer(RefundState.REFUNDED, reference=f"back-{refund.id}")

    # -- what payers meet -------------------------------------------------------------------------------------

    async def quietly(self, order: str) -> None:
        """A payer pays, and no webhook ever tells so."""
        self.orders[order].state = "paying"
        await asyncio.sleep(2.0)
        self.orders[order].state, self.orders[order].paid_at = "paid", self.clock.now()

    def is_ill_for(self, order: str) -> None:
        """From now on, for a while."""
        self.well_at[order] = self.ticks() + LASTS
