"""Swings: the moments in which a payment channel, as measured, became another than it was."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Swung(StrEnum):
    """What it became."""

    SLOW = "slow"
    QUICK = "quick"
    FAILING = "failing"
    SOUND = "sound"
    """It answers again."""
    FORGOTTEN = "forgotten"
    """Nobody asked it for so long that what was known is worth nothing: it gets another try."""
    OPENED = "opened"
    """Its breaker: nothing is asked of it for a while."""
    PROBED = "probed"
    """One call is let through to see."""
    CLOSED = "closed"
    """The probe was answered: all is asked of it again."""


@dataclass(frozen=True, slots=True)
class Swing:
    """One swing of one operation, with what was measured at that moment."""

    channel: str
    operation: str
    swung: Swung
    latency: int
    """Median of the last ``calls``, in milliseconds."""
    answered: int
    """Per cent of them."""
    calls: int
