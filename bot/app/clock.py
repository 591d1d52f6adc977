"""The real clock: the one place where the time is read. And fresh ids, the one place where chance comes in."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta

from bot.ports import Clock


class SystemClock:
    """Real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """Real time, moved forward by hand: the demo's clock."""

    def __init__(self, wall: Clock, start: datetime) -> None:
        self._wall = wall
        self._ahead = start - wall.now()

    def now(self) -> datetime:
        return self._wall.now() + self._ahead

    def move_to(self, at: datetime) -> None:
        """Never backwards."""
        self._ahead += max(timedelta(0), at - self.now())


def fresh_id() -> str:
    """80 random bits as 16 characters of base 32: an id nobody can guess."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()
