"""Questions that stand in chats: which messages put a proposal, so that its buttons go when it is answered."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from bot.domain.notice import Notice
from bot.store import codec
from bot.store.base import Base
from bot.store.prepared import Prepared
from bot.store.question_table import QuestionRow
from bot.store.rows import OUTBOX, table

QUESTION = table(QuestionRow)
_INSERT = Prepared(sa.insert(QUESTION))


class Questions(Base):
    """The part of a transaction that knows of them."""

    def keep_question(self, proposals: Iterable[str], outbox_id: int, place: str) -> None:
        """The message of an outbox row puts these proposals, and stands in ``place``."""
        rows = [{"proposal": each, "outbox_id": outbox_id, "place": place} for each in proposals]
        _INSERT.run_many(self.connection, rows)

    def answered(self, proposal: str) -> tuple[tuple[Notice, str, str], ...]:
        """The messages that put it, each with its place and the platform's id of it; they put nothing any more."""
        mine = sa.select(QUESTION.c.outbox_id).where(QUESTION.c.proposal == proposal)
        select = (
            sa.select(OUTBOX.c.payload, QUESTION.c.place, OUTBOX.c.reference)
            .join(OUTBOX, OUTBOX.c.id == QUESTION.c.outbox_id)
            .where(QUESTION.c.proposal == proposal)
            .order_by(OUTBOX.c.id)
        )
        found = tuple((codec.loads(row[0]), row[1], row[2]) for row in self.connection.execute(select))
        self.connection.execute(sa.delete(QUESTION).where(QUESTION.c.outbox_id.in_(mine)))
        return found

    def expire_questions(self) -> int:
        """Those of which the message is no longer known; how many."""
        known = sa.select(OUTBOX.c.id).where(OUTBOX.c.id == QUESTION.c.outbox_id)
        return self.connection.execute(sa.delete(QUESTION).where(~known.exists())).rowcount
