"""The books of one collection, read back."""

from __future__ import annotations

import sqlalchemy as sa

from bot.domain.ledger import Entry, Posting
from bot.domain.model import CollectionId
from bot.store.base import Base
from bot.store.rows import ENTRY, POSTING, entry_of


class Books(Base):
    """The part of a transaction that reads the ledger."""

    def entries(self, collection: CollectionId) -> list[Entry]:
        """The ledger of one collection, in order."""
        postings: dict[int, list[Posting]] = {}
        lines = sa.select(POSTING.c.seq, POSTING.c.account, POSTING.c.minor)
        ordered = lines.where(POSTING.c.collection_id == collection).order_by(POSTING.c.seq, POSTING.c.line)
        for seq, account, minor in self.connection.execute(ordered):
            postings.setdefault(seq, []).append(Posting(account, minor))
        rows = sa.select(*ENTRY.c).where(ENTRY.c.collection_id == collection).order_by(ENTRY.c.seq)
        return [entry_of(row, tuple(postings.get(row.seq, ()))) for row in self.connection.execute(rows)]
