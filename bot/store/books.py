"""The books of one collection, read back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ledger import Entry, Posting, micros
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

    def bookings(self, collection: CollectionId, kinds: Iterable[str], since: datetime) -> tuple[Entry, ...]:
        """The entries of these kinds that were booked after ``since``, in order."""
        these = sa.and_(
            ENTRY.c.collection_id == collection, ENTRY.c.kind.in_(sorted(kinds)), ENTRY.c.at > micros(since)
        )
        joined = sa.and_(POSTING.c.collection_id == ENTRY.c.collection_id, POSTING.c.seq == ENTRY.c.seq)
        lines = sa.select(POSTING.c.seq, POSTING.c.account, POSTING.c.minor).join(ENTRY, joined).where(these)
        postings: dict[int, list[Posting]] = {}
        for seq, account, minor in self.connection.execute(lines.order_by(POSTING.c.seq, POSTING.c.line)):
            postings.setdefault(seq, []).append(Posting(account, minor))
        rows = self.connection.execute(sa.select(*ENTRY.c).where(these).order_by(ENTRY.c.seq))
        return tuple(entry_of(row, tuple(postings.get(row.seq, ()))) for row in rows)
