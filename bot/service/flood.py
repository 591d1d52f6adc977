"""Flood control: one member cannot make the bot talk without end (hostile.json C23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BURST: Final = 8
EVERY: Final = timedelta(seconds=2)
SAME: Final = timedelta(seconds=2)
MOST_KEYS: Final = 10_000
HINT_EVERY: Final = timedelta(hours=12)


@dataclass(slots=True)
class _Bucket:
    tokens: int
    filled_at: datetime
    last_text: str = ""
    last_at: datetime | None = None


class FloodGate:
    """A token bucket per speaker, in memory; the same words again within two seconds are one saying.

    What is not admitted is dropped without a word: an answer to each would be the flood. ``now`` is when it was said:
    what piled up while the bot was down is no flood.
    """

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._hinted: dict[str, datetime] = {}

    def hints(self, speaker: str, now: datetime) -> bool:
        """Whether somebody who is not understood is told what can be typed: now and then, so that two bots do not talk
        to each other for ever."""
        if (before := self._hinted.get(speaker)) is not None and abs(now - before) < HINT_EVERY:
            return False
        if len(self._hinted) >= MOST_KEYS:
            self._hinted.clear()
        self._hinted[speaker] = now
        return True

    def admits(self, speaker: str, text: str, now: datetime) -> bool:
        if len(self._buckets) >= MOST_KEYS:
            self._buckets.clear()
        bucket = self._buckets.setdefault(speaker, _Bucket(BURST, now))
        earned = (now - bucket.filled_at) // EVERY
        if earned > 0:
            bucket.tokens = min(BURST, bucket.tokens + earned)
            bucket.filled_at = now
        same = text == bucket.last_text and bucket.last_at is not None and abs(now - bucket.last_at) < SAME
        bucket.last_text, bucket.last_at = text, now
        if same or not bucket.tokens:
            return False
        bucket.tokens -= 1
        return True
