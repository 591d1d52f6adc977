"""A breaker: after some failures in a row nothing is asked for a while, then exactly one probe decides.

    closed ──failures in a row──► open ──rest is over──► half-open ──the probe succeeds──► closed
                                   ▲                         └──────── it fails ───────────► open

Of the six libraries that were tried, each let every waiting call through when half-open.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

FAILURES: Final = 5
REST: Final = 30.0


class Breaker:
    """Guards one operation of one channel. ``ticks`` gives seconds that only grow. Not safe across threads by itself.

    Whoever is admitted gets a ticket and reports with it, once. Tickets of an earlier state say nothing any more: a
    call that was under way when the breaker opened neither closes it nor spoils the probe.
    """

    def __init__(self, ticks: Callable[[], float], *, failures: int = FAILURES, rest: float = REST) -> None:
        self._ticks, self._most, self._rest = ticks, failures, rest
        self._failed = 0
        self._era = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._probing or not self.rest_left else BreakerState.OPEN

    @property
    def rest_left(self) -> float:
        """Seconds until a probe is admitted; 0 when one may be."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + self._rest - self._ticks())

    def admit(self) -> int | None:
        """A ticket, or None: ask nothing now."""
        if self._opened_at is None:
            return self._era
        if self._probing or self.rest_left:
            return None
        self._probing = True
        self._era += 1
        return self._era

    def report(self, ticket: int, *, ok: bool) -> None:
        """How the call went."""
        if ticket != self._era:
            return
        if ok:
            self._failed = 0
            if self._probing:
                self._turn(None)
        else:
            self._failed += 1
            if self._probing or self._failed >= self._most:
                self._turn(self._ticks())

    def _turn(self, opened_at: float | None) -> None:
        self._opened_at, self._probing, self._failed = opened_at, False, 0
        self._era += 1


class BreakerState(StrEnum):
    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"
