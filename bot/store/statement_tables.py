"""Tables of statements: the days of channels that were read, and the lines of ours in them."""

from __future__ import annotations

from sqlmodel import SQLModel

from bot.store.tables import _big, _key, _text


class StatementRow(SQLModel, table=True):
    """``model.Statement``; ``day`` as in ISO 8601, ``counts`` as JSON."""

    __tablename__ = "statement"
    channel: str = _key()
    day: str = _key()
    read_at: int | None = _big(null=True)
    counts: str = _text()
    tries: int = _big()
    next_at: int | None = _big(null=True)
    cause: str = _text()


class StatementLineRow(SQLModel, table=True):
    """A line that is not somebody else's, by which the books and the channel's agree about it."""

    __tablename__ = "statement_line"
    channel: str = _key()
    kind: str = _key()
    reference: str = _key()
    day: str = _text()
