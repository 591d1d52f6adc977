"""Tables of money on its way back, and of money that could not be booked."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from bot.store.tables import _big, _flag, _key, _text

_WAITING = text("next_at IS NOT NULL")


class RefundRow(SQLModel, table=True):
    __tablename__ = "refund"
    __table_args__ = (
        Index("refund_next", "next_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("refund_due", "collection_id", "member_id"),
    )
    id: str = _key()
    channel: str = _text()
    charge: str = _text()
    collection_id: str = _text()
    member_id: int = _big()
    amount: int = _big()
    currency: str = _text()
    created_at: int = _big()
    by_member: int = _big()
    by_hand: bool = _flag()
    into: str = _text()
    paid_for: int = _big()
    state: str = _text()
    reference: str = _text()
    cause: str = _text()
    asked: int = _big()
    next_at: int | None = _big(null=True)


class StrayRow(SQLModel, table=True):
    __tablename__ = "stray"
    __table_args__ = (Index("stray_id", "id", unique=True),)
    channel: str = _key()
    reference: str = _key()
    id: str = _text()
    intent: str = _text()
    amount: int = _big()
    currency: str = _text()
    at: int = _big()
    received_at: int = _big()
    why: str = _text()
    collection_id: str = _text()
    member_id: int = _big()
    settled_by: int = _big()
    fate: str = _text()
    asked: int | None = _big(null=True)
    asked_currency: str = _text()
