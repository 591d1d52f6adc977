"""The table of swings: how payment channels did, as far as it was measured."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import SQLModel

from bot.store.tables import _big, _serial, _text


class SwingRow(SQLModel, table=True):
    """``swings.Swing`` and when it was."""

    __tablename__ = "swing"
    __table_args__ = (Index("swing_at", "at"),)
    id: int = _serial()
    channel: str = _text()
    operation: str = _text()
    swung: str = _text()
    latency: int = _big()
    answered: int = _big()
    calls: int = _big()
    at: int = _big()
