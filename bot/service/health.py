"""How channels do: latency and answers of the last calls per (channel, operation), breakers, and what follows for
routing. In memory only: after a restart everybody is thought well until shown otherwise."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from threading import Lock
from time import monotonic
from typing import Final

from bot.domain.routing import Pulse, Routes, Way
from bot.ports import Declined, PaymentChannel, Unavailable
from bot.service.breaker import FAILURES, REST, Breaker, BreakerState

LAST: Final = 20
"""Calls that count."""
WINDOW: Final = 300.0
"""Seconds for which a call counts. A channel that nobody asks any more is forgotten, and thereby gets another try."""
FEWEST: Final = 3
"""Calls below which nothing is said of a channel."""
WELL: Final = 0.7
"""Share of the limit below which a slow channel is well again …"""
CALM: Final = 60.0
"""… when it stays so for that many seconds: hysteresis, so that payers are not sent to and fro."""
PAYING: Final = frozenset({"create", "query", "close"})
"""Operations without which nobody can be sent there to pay. Refunds are watched too, and have their own breakers."""
FAILS_BELOW: Final = 0.8
WORKS_FROM: Final = 0.95


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a channel is avoided. Seconds."""

    slow: float = 0.2
    failures: int = FAILURES
    rest: float = REST


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured of one operation: seconds, and the share of calls that were answered."""

    latency: float
    answered: float
    calls: int
    slow: bool
    failing: bool
    breaker: BreakerState


@dataclass(slots=True)
class _Flag:
    """Up at once, down after it was well for ``CALM`` seconds."""

    up: bool = False
    well_since: float | None = None

    def see(self, now: float, *, bad: bool, well: bool) -> None:
        if bad:
            self.up, self.well_since = True, None
        elif not well:
            self.well_since = None
        elif self.up:
            self.well_since = now if self.well_since is None else self.well_since
            if now - self.well_since >= CALM:
                self.up, self.well_since = False, None


@dataclass(slots=True)
class _Record:
    breaker: Breaker
    calls: deque[tuple[float, float, bool]] = field(default_factory=lambda: deque(maxlen=LAST))
    """When it ended, how long it took, whether it was answered."""
    running: dict[int, float] = field(default_factory=dict)
    """When calls began that are still under way."""
    slow: _Flag = field(default_factory=_Flag)
    failing: _Flag = field(default_factory=_Flag)


class Health:
    """Watches the calls and draws conclusions. Safe across threads."""

    def __init__(
        self,
        channels: Mapping[str, PaymentChannel] | None = None,
        limits: Limits | None = None,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        self._ways = {name: way_of(channel) for name, channel in (channels or {}).items()}
        self._limits, self._ticks = limits or Limits(), ticks
        self._records: dict[tuple[str, str], _Record] = {}
        self._numbers, self._lock = count(), Lock()

    @contextmanager
    def watching(self, channel: str, operation: str) -> Iterator[None]:
        """Around one call. ``Unavailable`` without a call while the breaker is open. ``Declined`` is an answer too."""
        with self._lock:
            record = self._record(channel, operation)
            ticket = record.breaker.admit()
            if ticket is None:
                raise Unavailable("breaker_open", retry_after=max(1.0, record.breaker.rest_left))
            number, began = next(self._numbers), self._ticks()
            record.running[number] = began
        answered = False
        try:
            yield
            answered = True
        except Declined:
            answered = True
            raise
        finally:
            with self._lock:
                now = self._ticks()
                del record.running[number]
                record.calls.append((now, now - began, answered))
                record.breaker.report(ticket, ok=answered)
                self._read(record, now)

    def routes(self) -> Routes:
        """What channels can do and how they do, for a decision."""
        with self._lock:
            now = self._ticks()
            found: dict[str, Pulse] = {}
            for (channel, operation), record in self._records.items():
                reading, so_far = self._read(record, now), found.get(channel, Pulse())
                found[channel] = Pulse(
                    slow=so_far.slow or (operation == "create" and reading.slow),
                    failing=so_far.failing or (operation in PAYING and reading.failing),
                    resting=so_far.resting or (operation == "create" and reading.breaker is BreakerState.OPEN),
                )
            return Routes(self._ways, found)

    def readings(self) -> Mapping[tuple[str, str], Reading]:
        """For ``/metrics``."""
        with self._lock:
            now = self._ticks()
            return {key: self._read(record, now) for key, record in sorted(self._records.items())}

    def _record(self, channel: str, operation: str) -> _Record:
        key = (channel, operation)
        if key not in self._records:
            limits = self._limits
            self._records[key] = _Record(Breaker(self._ticks, failures=limits.failures, rest=limits.rest))
        return self._records[key]

    def _read(self, record: _Record, now: float) -> Reading:
        while record.calls and record.calls[0][0] < now - WINDOW:
            record.calls.popleft()
        limit = self._limits.slow
        hanging = [now - began for began in record.running.values() if now - began > limit]
        seconds = [took for _, took, _ in record.calls] + hanging
        known = len(seconds) >= FEWEST
        latency = median(seconds) if seconds else 0.0
        share = sum(ok for _, _, ok in record.calls) / len(record.calls) if record.calls else 1.0
        if seconds:
            record.slow.see(now, bad=known and latency > limit, well=latency <= limit * WELL)
            record.failing.see(now, bad=known and share < FAILS_BELOW, well=share >= WORKS_FROM)
        else:
            record.slow, record.failing = _Flag(), _Flag()
        return Reading(latency, share, len(record.calls), record.slow.up, record.failing.up, record.breaker.state)


def way_of(channel: PaymentChannel) -> Way:
    """A channel's traits, as far as choosing goes."""
    traits = channel.traits
    return Way(
        channel.name,
        currencies=traits.currencies,
        surfaces=frozenset(traits.surfaces),
        minimum=traits.minimum,
        maximum=traits.maximum,
        fee_basis_points=traits.fee_basis_points,
        digital_only=traits.digital_only,
        manual=traits.manual,
        can_query=traits.can_query,
        platform=traits.platform,
    )
