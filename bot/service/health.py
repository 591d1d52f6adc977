"""How channels do: latency and answers of the last calls per (channel, operation), breakers, and what follows for
routing. In memory only: after a restart everybody is thought well until shown otherwise. What swings is told, to be
kept."""

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
from bot.domain.swings import Swing, Swung
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
_MOVES: Final = {BreakerState.OPEN: Swung.OPENED, BreakerState.CLOSED: Swung.CLOSED}
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
    silent: bool = False
    """Failing, and not one of the calls was answered."""
    last: float = 0.0
    """Seconds since it was asked for the last time."""


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
    channel: str
    operation: str
    breaker: Breaker
    calls: deque[tuple[float, float, bool]] = field(default_factory=lambda: deque(maxlen=LAST))
    """When it ended, how long it took, whether it was answered."""
    running: dict[int, float] = field(default_factory=dict)
    """When calls began that are still under way."""
    asked_at: float = 0.0
    slow: _Flag = field(default_factory=_Flag)
    failing: _Flag = field(default_factory=_Flag)


class Health:
    """Watches the calls and draws conclusions. Safe across threads."""

    def __init__(
        self,
        channels: Mapping[str, PaymentChannel] | None = None,
        limits: Limits | None = None,
        ticks: Callable[[], float] = monotonic,
        told: Callable[[Swing], None] | None = None,
    ) -> None:
        self._ways = {name: way_of(channel) for name, channel in (channels or {}).items()}
        self._limits, self._ticks = limits or Limits(), ticks
        self._records: dict[tuple[str, str], _Record] = {}
        self._told, self._swings, self._began = told, list[Swing](), self._ticks()
        self._numbers, self._lock = count(), Lock()

    @contextmanager
    def watching(self, channel: str, operation: str) -> Iterator[None]:
        """Around one call. ``Unavailable`` without a call while the breaker is open. ``Declined`` is an answer too."""
        with self._looking() as began:
            record = self._record(channel, operation)
            closed, ticket = record.breaker.state is BreakerState.CLOSED, record.breaker.admit()
            if ticket is None:
                raise Unavailable("breaker_open", retry_after=max(1.0, record.breaker.rest_left))
            number = next(self._numbers)
            record.running[number] = record.asked_at = began
            if not closed:
                self._swing(record, Swung.PROBED)
        answered = False
        try:
            yield
            answered = True
        except Declined:
            answered = True
            raise
        finally:
            with self._looking() as now:
                del record.running[number]
                record.calls.append((now, now - began, answered))
                before = record.breaker.state
                record.breaker.report(ticket, ok=answered)
                self._read(record, now)
                if before is not (after := record.breaker.state) and after in _MOVES:
                    self._swing(record, _MOVES[after])

    def routes(self) -> Routes:
        """What channels can do and how they do, for a decision."""
        with self._looking() as now:
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
        """For ``/metrics`` and the board."""
        with self._looking() as now:
            return {key: self._read(record, now) for key, record in sorted(self._records.items())}

    @property
    def watched(self) -> float:
        """Seconds since the watch began: what was before is not known."""
        return self._ticks() - self._began

    @contextmanager
    def _looking(self) -> Iterator[float]:
        """Alone with the records; the time. What swings meanwhile is told afterwards."""
        with self._lock:
            yield self._ticks()
            swings, self._swings = self._swings, []
        if self._told is not None:
            for swing in swings:
                self._told(swing)

    def _swing(self, record: _Record, swung: Swung) -> None:
        calls = record.calls
        answered = sum(ok for _, _, ok in calls) * 100 // len(calls) if calls else 0
        latency = round(median(took for _, took, _ in calls) * 1000) if calls else 0
        self._swings.append(Swing(record.channel, record.operation, swung, latency, answered, len(calls)))

    def _record(self, channel: str, operation: str) -> _Record:
        key = (channel, operation)
        if key not in self._records:
            limits = self._limits
            self._records[key] = _Record(
                channel, operation, Breaker(self._ticks, failures=limits.failures, rest=limits.rest)
            )
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
        was = record.slow.up, record.failing.up
        if seconds:
            record.slow.see(now, bad=known and latency > limit, well=latency <= limit * WELL)
            record.failing.see(now, bad=known and share < FAILS_BELOW, well=share >= WORKS_FROM)
        else:
            record.slow, record.failing = _Flag(), _Flag()
        slow, failing = record.slow.up, record.failing.up
        if any(was) and not seconds:
            self._swing(record, Swung.FORGOTTEN)
        else:
            if slow is not was[0]:
                self._swing(record, Swung.SLOW if slow else Swung.QUICK)
            if failing is not was[1]:
                self._swing(record, Swung.FAILING if failing else Swung.SOUND)
        return Reading(
            latency,
            share,
            len(record.calls),
            slow,
            failing,
            record.breaker.state,
            silent=failing and not any(ok for _, _, ok in record.calls),
            last=now - record.asked_at,
        )


def way_of(channel: PaymentChannel) -> Way:
    """A channel's traits, as far as choosing goes."""
    traits = channel.traits
    return Way(
        channel.name,
        currencies=traits.currencies,
        surfaces=frozenset(traits.surfaces),
        minimum=traits.minimum,
        maximum=traits.maximum,
        minima=traits.minima,
        maxima=traits.maxima,
        fee_basis_points=traits.fee_basis_points,
        digital_only=traits.digital_only,
        manual=traits.manual,
        can_query=traits.can_query,
        platform=traits.platform,
    )
