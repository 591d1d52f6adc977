"""Commands that keep the books beside what channels settle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.command.base import Command
from bot.domain.model import Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTold(Command):
    """What a channel keeps of a charge, in minor units. ``reference``: as the books know the charge."""

    channel: str
    reference: str
    fee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnStatement(Command):
    """About one day of one channel."""

    channel: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRead(OnStatement):
    """It was read, and its lines were applied."""

    counts: Mapping[str, int]
    """Lines by ``Match``."""
    ours: tuple[tuple[str, str], ...] = ()
    """Kind and reference of those that are not somebody else's."""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFailed(OnStatement):
    """It could not be read. ``wait``: at least so long, says the channel."""

    cause: str
    wait: timedelta = timedelta()
