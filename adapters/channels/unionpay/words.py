"""How UnionPay writes amounts and times: fen, and the time of Beijing; some times lack their year."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from bot.domain.money import Money

CNY: Final = "CNY"
CURRENCY: Final = "156"
"""CNY in ISO 4217's numbers."""
BEIJING: Final = timezone(timedelta(hours=8))
_STAMP: Final = "%Y%m%d%H%M%S"
_FEN: Final = re.compile(r"\d{1,12}", re.ASCII)


def written(at: datetime) -> str:
    """An instant as UnionPay writes it: with an order's number, it names the order."""
    return at.astimezone(BEIJING).strftime(_STAMP)


def time_of(text: str) -> datetime:
    """``YYYYMMDDhhmmss`` in Beijing → UTC. ``ValueError`` for what is no time."""
    if not re.fullmatch(r"\d{14}", text, re.ASCII):
        raise ValueError("no time")
    return datetime.strptime(text, _STAMP).replace(tzinfo=BEIJING).astimezone(UTC)


def time_near(text: str, near: datetime) -> datetime:
    """``MMDDhhmmss``, in the year that brings it closest to ``near``."""
    if not re.fullmatch(r"\d{10}", text, re.ASCII):
        raise ValueError("no time")
    year = near.astimezone(BEIJING).year
    candidates = []
    for guess in (year - 1, year, year + 1):
        try:
            candidates.append(time_of(f"{guess}{text}"))
        except ValueError:  # 29 February, in the other years
            continue
    if not candidates:
        raise ValueError("no time")
    return min(candidates, key=lambda at: abs(at - near))


def money_of(text: str) -> Money:
    """``"3333"`` → 33.33 CNY. ``ValueError`` for what is no amount."""
    if not _FEN.fullmatch(text):
        raise ValueError("no amount in fen")
    return Money(int(text), CNY)
