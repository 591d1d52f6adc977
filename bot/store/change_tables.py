"""Tables of what was changed, as far as it can be taken back."""

from __future__ import annotations

from sqlmodel import SQLModel

from bot.store.tables import _key, _text


class LastChangeRow(SQLModel, table=True):
    """The newest change of a collection (``decision.LastChange``, as ``codec`` writes it)."""

    __tablename__ = "last_change"
    collection_id: str = _key()
    body: str = _text()
