"""Fixed amounts that do not come to the total that was said: the gap, and whose amount may be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.domain.errors import SumsDoNotMeet
from bot.domain.money import Money
from bot.domain.notice import Value

MOST_LINES: Final = 20
MOST_NAME: Final = 40


def does_not_meet(stated: int, amounts: Sequence[tuple[str, int]], currency: str) -> SumsDoNotMeet:
    """The refusal for ``amounts`` (as said, minor units) of which ``stated`` is not the sum."""
    gap = stated - sum(minor for _, minor in amounts)
    lines: tuple[Value, ...] = tuple(
        {"name": name[:MOST_NAME], "money": Money(minor, currency)} for name, minor in amounts[:MOST_LINES]
    )
    return SumsDoNotMeet(
        stated=Money(stated, currency),
        total=Money(stated - gap, currency),
        gap=Money(abs(gap), currency),
        short=gap > 0,
        lines=lines,
        more=max(0, len(amounts) - MOST_LINES),
    )
