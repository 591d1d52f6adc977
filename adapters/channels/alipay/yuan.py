"""How Alipay writes amounts and times: decimal yuan, and the time of Beijing without saying so."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from bot.domain.money import Money

CNY: Final = "CNY"
BEIJING: Final = timezone(timedelta(hours=8))
_YUAN: Final = re.compile(r"(-?)(\d{1,10})(?:\.(\d{1,2}))?", re.ASCII)
_TIME: Final = "%Y-%m-%d %H:%M:%S"


def money_of(text: object) -> Money:
    """``"88.8"`` → 8880 fen. ``ValueError`` for what is no amount or finer than a fen."""
    match = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("no amount in yuan")
    minor = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
    return Money(-minor if match[1] else minor, CNY)


def time_of(text: object) -> datetime:
    """``"2026-11-24 10:00:00"`` in Beijing → UTC. ``ValueError`` for what is no time."""
    if not isinstance(text, str) or len(text) != 19:
        raise ValueError("no time")
    return datetime.strptime(text, _TIME).replace(tzinfo=BEIJING).astimezone(UTC)


def written(at: datetime) -> str:
    """An instant as Alipay writes it."""
    return at.astimezone(BEIJING).strftime(_TIME)
