"""What a channel settled, a day at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from bot.domain.money import Money

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settling:
    """When the days of a channel's statement begin and end, and when one can be read."""

    ready: timedelta
    """After a day's end: from then on its statement is whole."""
    zone: tzinfo = UTC
    """Its midnights part the days; one with a fixed distance from UTC."""
    begins: timedelta = timedelta()
    """How long after midnight a day begins; negative: on the evening before."""

    def start(self, day: date) -> datetime:
        """The first instant of ``day``; it ends with the first of the next."""
        return (datetime.combine(day, time(), self.zone) + self.begins).astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        return (at.astimezone(self.zone) - self.begins).date()

    def ready_at(self, day: date) -> datetime:
        """From when on the statement of ``day`` can be read."""
        return self.start(day + DAY) + self.ready

    def newest(self, now: datetime) -> date:
        """The last day that can be read."""
        return self.day_of(now - self.ready) - DAY


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of what a channel settled on one day."""

    kind: Literal["charge", "refund", "dispute"]
    """``dispute``: the payer's bank, or the channel, took it back."""
    reference: str
    """As a webhook or an answer names it: the channel's id of the charge, or of its way back."""
    intent: str
    """Our id, where the channel kept it; of what went back, that of the refund."""
    amount: Money
    at: datetime
    fee: Money | None = None
    charge: str = ""
    """Of what went back: the channel's id of the charge, where the line names it."""
    undone: bool = False
    """What went back is here again: a dispute was won, a refund did not reach its payer."""
