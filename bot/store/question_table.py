"""The table of questions that stand in chats with a yes and a no under them."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import SQLModel

from bot.store.tables import _key, _text


class QuestionRow(SQLModel, table=True):
    """Which message puts a proposal (it is in the outbox), and where it stands: the platform's id of the place."""

    __tablename__ = "question"
    proposal: str = _key()
    outbox_id: int = _key(BigInteger)
    place: str = _text()
