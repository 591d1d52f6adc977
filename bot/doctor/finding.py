"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    GOOD = "ok"
    WARN = "warning"
    BAD = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """``what`` is so; ``remedy`` says what to do about it, and is empty when nothing is to be done."""

    level: Level
    what: str
    remedy: str = ""
