"""Virtual time: an event loop whose clock jumps to the next timer when nothing is left to do, and a store that answers
before time goes on. One seed gives one run."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.store import Store, Work

T = TypeVar("T")
START = datetime(2026, 11, 24, 2, tzinfo=UTC)


class _Jumps(selectors.DefaultSelector):
    """Never waits: the time that it would wait for has passed."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everybody waits for somebody else")
        ready = super().select(0)
        if not ready:
            self.loop.passed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """``passed``: virtual seconds since the start."""

    def __init__(self) -> None:
        selector = _Jumps()
        super().__init__(selector)
        selector.loop, self.passed = self, 0.0
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return getattr(self, "passed", 0.0)


class VirtualClock:
    """``ports.Clock`` on a virtual loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.passed)


class Prompt(Store):
    """A store whose works are done when ``submit`` returns."""

    def submit(self, work: Callable[[Work], T]) -> Future[T]:
        stirred: list[bool] = []

        def run(connection: Any) -> T:
            unit = Work(connection)
            result = work(unit)
            stirred.append(unit.stirred)
            return result

        future: Future[T] = self._engine.submit(run)
        wait([future])
        if any(stirred) and self.on_commit is not None:
            self.on_commit()
        return future

    def read(self, look: Callable[[Work], T]) -> Future[T]:
        future = super().read(look)
        wait([future])
        return future


def run(main: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """Run ``main`` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        return runner.run(main(loop))
