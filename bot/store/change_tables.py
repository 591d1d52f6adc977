"""Tables of changes: the last one, as far as it can be taken back, and accounts that are announced."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from bot.store.tables import _big, _flag, _key, _text


class LastChangeRow(SQLModel, table=True):
    """The newest change of a collection (``decision.LastChange``, as ``codec`` writes it)."""

    __tablename__ = "last_change"
    collection_id: str = _key()
    body: str = _text()


_WAITING = text("next_at IS NOT NULL")


class PayeeChangeRow(SQLModel, table=True):
    __tablename__ = "payee_change"
    __table_args__ = (Index("payee_change_next", "next_at", sqlite_where=_WAITING, postgresql_where=_WAITING),)
    collection_id: str = _key()
    by_member: int = _big()
    payee: str = _text()
    payee_picture: str = _text()
    asked_at: int = _big()
    at: int = _big()
    next_at: int | None = _big(null=True)
    agreed_by: int = _big()
    held_by: int = _big()
    over: bool = _flag()
