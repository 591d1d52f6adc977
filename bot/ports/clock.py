"""Time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time, UTC. The only source of now."""

    def now(self) -> datetime: ...


@dataclass(slots=True)
class FakeClock:
    """A clock that stands still until it is moved. Ships with the port: tests and the demo use it."""

    at: datetime

    def now(self) -> datetime:
        return self.at
