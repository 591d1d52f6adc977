"""How fast a platform may be written to: large rounds of reminders are spread, whatever else is sent goes first.

Only what may wait is held back; everything that is sent is counted. What is too much all the same the platform refuses
with a time to wait, which ``deliver`` obeys.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_MOST_REMEMBERED: Final = 10_000


class Pace:
    """The limits of one platform: messages in any second, and in one group in any minute. 0: no such limit."""

    def __init__(self, per_second: int, per_minute: int) -> None:
        self._per_second, self._per_minute = per_second, per_minute
        self._all: deque[datetime] = deque(maxlen=max(per_second, 1))
        self._in: dict[str, deque[datetime]] = {}
        self._booked: dict[int, datetime] = {}

    def count(self, group: str, now: datetime) -> None:
        """Something is sent that does not wait; ``group`` is empty for what goes to one person."""
        self._note(group, now)

    def book(self, row: int, group: str, now: datetime) -> datetime:
        """When the outbox row may be sent: ``now``, or later, once; asked again then, it may."""
        booked = self._booked.pop(row, None)
        if booked is not None and booked <= now:
            return now
        at = booked or self._free(group, now)
        if at > now:
            self._booked[row] = at
            if len(self._booked) > _MOST_REMEMBERED:
                self._booked.pop(next(iter(self._booked)))
        if booked is None:
            self._note(group, at)
        return at

    def _free(self, group: str, now: datetime) -> datetime:
        at = now
        if self._per_second and len(self._all) == self._per_second:
            at = max(at, self._all[0] + _SECOND)
        inside = self._in.get(group) if group else None
        if inside and len(inside) == self._per_minute:
            at = max(at, inside[0] + _MINUTE)
        return at

    def _note(self, group: str, at: datetime) -> None:
        self._all.append(max(at, self._all[-1]) if self._all else at)
        if group and self._per_minute:
            if group not in self._in and len(self._in) >= _MOST_REMEMBERED:
                self._in.pop(next(iter(self._in)))
            self._in.setdefault(group, deque(maxlen=self._per_minute)).append(at)
