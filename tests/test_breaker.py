"""The breaker: it opens, it rests, and exactly one call tries whether the other side is back."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.ports import Unavailable
from bot.service.breaker import Breaker, BreakerState
from bot.service.health import Health, Limits


class Ticks:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def _fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        ticket = breaker.admit()
        assert ticket is not None
        breaker.report(ticket, ok=False)


def test_it_opens_after_failures_in_a_row_and_only_then(ticks: Ticks) -> None:
    breaker = Breaker(ticks, failures=3)
    _fail(breaker, 2)
    ticket = breaker.admit()
    assert ticket is not None
    breaker.report(ticket, ok=True)
    _fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    _fail(breaker, 1)
    assert (breaker.state, breaker.admit(), breaker.rest_left) == (BreakerState.OPEN, None, 30.0)


@pytest.mark.parametrize(("ok", "state"), [(True, BreakerState.CLOSED), (False, BreakerState.OPEN)])
def test_after_the_rest_one_probe_decides(ticks: Ticks, ok: bool, state: BreakerState) -> None:
    breaker = Breaker(ticks, failures=1)
    _fail(breaker, 1)
    ticks.at += 30
    assert breaker.state is BreakerState.HALF_OPEN
    admitted = [ticket for _ in range(10) if (ticket := breaker.admit()) is not None]
    assert len(admitted) == 1
    breaker.report(admitted[0], ok=ok)
    assert breaker.state is state


def test_a_call_from_before_neither_closes_it_nor_spoils_the_probe(ticks: Ticks) -> None:
    breaker = Breaker(ticks, failures=1)
    early, other = breaker.admit(), breaker.admit()
    assert early is not None
    assert other is not None
    breaker.report(early, ok=False)
    breaker.report(other, ok=True)
    assert breaker.state is BreakerState.OPEN
    ticks.at += 30
    probe = breaker.admit()
    assert probe is not None
    breaker.report(other, ok=False)
    breaker.report(early, ok=True)
    breaker.report(probe, ok=True)
    assert breaker.state is BreakerState.CLOSED


async def test_a_hundred_callers_at_once_make_one_probe(ticks: Ticks) -> None:
    health = Health(limits=Limits(failures=1), ticks=ticks)
    with pytest.raises(Unavailable), health.watching("alipay", "create"):
        raise Unavailable("503")
    ticks.at += 30
    made, go = 0, asyncio.Event()
    refused: list[tuple[str, bool]] = []

    async def call() -> None:
        nonlocal made
        try:
            with health.watching("alipay", "create"):
                made += 1
                await go.wait()
        except Unavailable as trouble:
            refused.append((trouble.code, trouble.retry_after >= 1))

    calls = [asyncio.create_task(call()) for _ in range(100)]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*calls)
    assert (made, refused) == (1, [("breaker_open", True)] * 99)
    assert health.readings()["alipay", "create"].breaker is BreakerState.CLOSED


async def test_a_probe_that_is_cancelled_does_not_hold_the_door_for_ever(ticks: Ticks) -> None:
    health = Health(limits=Limits(failures=1), ticks=ticks)
    with pytest.raises(Unavailable), health.watching("alipay", "create"):
        raise Unavailable("503")
    ticks.at += 30

    async def probe() -> None:
        with health.watching("alipay", "create"):
            await asyncio.Event().wait()

    task = asyncio.create_task(probe())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    ticks.at += 30
    with health.watching("alipay", "create"):
        pass
    assert health.readings()["alipay", "create"].breaker is BreakerState.CLOSED


class AnyCalls(RuleBasedStateMachine):
    """Calls that begin and end in any order, and time that passes: a model says what the breaker must say."""

    def __init__(self) -> None:
        super().__init__()
        self.ticks = Ticks()
        self.breaker = Breaker(self.ticks, failures=3, rest=10.0)
        self.under_way: list[tuple[int, int]] = []
        self.state, self.failed, self.opened, self.era = "closed", 0, 0.0, 0

    @rule()
    def begin(self) -> None:
        ticket = self.breaker.admit()
        rested = self.state == "open" and self.ticks.at - self.opened >= 10
        assert (ticket is not None) == (self.state == "closed" or rested)
        if rested:
            self.state, self.era = "probing", self.era + 1
        if ticket is not None:
            self.under_way.append((ticket, self.era))

    @precondition(lambda self: self.under_way)
    @rule(ok=st.booleans(), data=st.data())
    def end(self, ok: bool, data: st.DataObject) -> None:
        ticket, era = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        self.breaker.report(ticket, ok=ok)
        if era != self.era:
            return
        self.failed = 0 if ok else self.failed + 1
        if ok and self.state == "probing":
            self.state, self.era = "closed", self.era + 1
        elif not ok and (self.state == "probing" or self.failed >= 3):
            self.state, self.opened, self.failed, self.era = "open", self.ticks.at, 0, self.era + 1

    @rule(seconds=st.sampled_from([1.0, 4.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.ticks.at += seconds

    @invariant()
    def at_most_one_probe_is_under_way(self) -> None:
        probing = [era for _, era in self.under_way if era == self.era] if self.state == "probing" else []
        assert len(probing) <= 1


TestAnyCalls = AnyCalls.TestCase
