"""Swings of payment channels, in the store: kept for the board, and let go of with time."""

from __future__ import annotations

from collections.abc import Collection as Collection_
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from bot.domain.ledger import micros
from bot.domain.swings import Swing, Swung
from bot.store.base import Base
from bot.store.codec import instant
from bot.store.prepared import Prepared
from bot.store.rows import table
from bot.store.swing_table import SwingRow

SWING = table(SwingRow)
MOST_KEPT: Final = 5_000
"""However often channels swing, no more are kept."""
_INSERT = Prepared(sa.insert(SWING))


def _swing_of(row: Any) -> tuple[datetime, Swing]:
    swing = Swing(row.channel, row.operation, Swung(row.swung), row.latency, row.answered, row.calls)
    return instant(row.at), swing


class Swings(Base):
    """The part of a transaction that knows how channels did."""

    def keep_swing(self, swing: Swing, at: datetime) -> None:
        row = {
            "channel": swing.channel,
            "operation": swing.operation,
            "swung": swing.swung.value,
            "latency": swing.latency,
            "answered": swing.answered,
            "calls": swing.calls,
            "at": micros(at),
        }
        _INSERT.run(self.connection, row)

    def swings(
        self, channels: Collection_[str], since: datetime, until: datetime, *, most: int
    ) -> tuple[tuple[datetime, Swing], ...]:
        """The newest of ``channels`` from ``since`` on and before ``until``, the newest first."""
        between = sa.and_(SWING.c.at >= micros(since), SWING.c.at < micros(until), SWING.c.channel.in_(channels))
        select = sa.select(*SWING.c).where(between).order_by(SWING.c.at.desc(), SWING.c.id.desc()).limit(most)
        return tuple(map(_swing_of, self.connection.execute(select)))

    def expire_swings(self, before: datetime) -> int:
        """Those before, and what is more than ``MOST_KEPT``; how many."""
        crowded = sa.select(SWING.c.id).order_by(SWING.c.id.desc()).offset(MOST_KEPT).limit(1).scalar_subquery()
        old = sa.or_(SWING.c.at < micros(before), SWING.c.id <= crowded)
        return self.connection.execute(sa.delete(SWING).where(old)).rowcount
