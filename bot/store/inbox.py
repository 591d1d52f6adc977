"""The inbox: outside events are committed here before they are acknowledged, and die here the second time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ledger import micros
from bot.ports import RawUpdate
from bot.store.base import Base, insert_into
from bot.store.prepared import Prepared
from bot.store.rows import INBOX

_LARGEST = 2**62


class Conflict(Exception):
    """An event with this id came before, with another content."""


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """A raw update that waits to be worked through."""

    source: str
    id: str
    body: bytes
    attempts: int


def _rank(event_id: str) -> int:
    """Numeric ids keep their order, whatever order they arrive in."""
    return min(int(event_id), _LARGEST) if event_id.isascii() and event_id.isdigit() and len(event_id) < 19 else 0


def _insert(dialect: str) -> Any:
    return insert_into(dialect, INBOX).on_conflict_do_nothing(index_elements=["source", "event_id"])


_INSERT = {dialect: _insert(dialect) for dialect in ("sqlite", "postgresql")}
_INSERTED = {dialect: Prepared(insert.returning(INBOX.c.event_id)) for dialect, insert in _INSERT.items()}


class Inbox(Base):
    """The part of a transaction that takes events in."""

    def _row(
        self, source: str, event_id: str, body: bytes, *, state: str, at: int, order: int = 0
    ) -> dict[str, object]:
        return {
            "source": source,
            "event_id": event_id,
            "digest": hashlib.sha256(body).hexdigest(),
            "rank": min(order, _LARGEST) or _rank(event_id),
            "state": state,
            "attempts": 0,
            "error": "",
            "body": body if state == "pending" else b"",
            "received_at": at,
        }

    def first_time(self, source: str, event_id: str, body: bytes = b"") -> bool:
        """Note the event as done; False when it was known. ``Conflict`` when it was known with another body."""
        row = self._row(source, event_id, body, state="done", at=0)
        if _INSERTED[self.dialect].first(self.connection, row) is not None:
            return True
        known = sa.select(INBOX.c.digest).where(INBOX.c.source == source, INBOX.c.event_id == event_id)
        if self.connection.execute(known).scalar_one() != row["digest"]:
            raise Conflict(source)
        return False

    def put(self, source: str, updates: Sequence[RawUpdate], now: datetime) -> None:
        """Keep raw updates to be worked through; known ones are passed over."""
        at = micros(now)
        rows = [self._row(source, u.id, u.body, state="pending", at=at, order=u.order) for u in updates]
        if rows:
            self.connection.execute(_INSERT[self.dialect], rows)

    def take_updates(self, source: str, *, most: int) -> list[PendingUpdate]:
        """The oldest pending updates, in the order of their ids."""
        select = (
            sa.select(INBOX.c.source, INBOX.c.event_id, INBOX.c.body, INBOX.c.attempts)
            .where(INBOX.c.source == source, INBOX.c.state == "pending")
            .order_by(INBOX.c.rank, INBOX.c.received_at)
            .limit(most)
        )
        return [PendingUpdate(s, i, bytes(body), tries) for s, i, body, tries in self.connection.execute(select)]

    def update_done(self, source: str, id: str) -> bool:  # noqa: A002 - the field's word
        """Mark as done, within the transaction of its effects; False when somebody else did it already."""
        done = sa.update(INBOX).where(INBOX.c.source == source, INBOX.c.event_id == id, INBOX.c.state == "pending")
        return bool(self.connection.execute(done.values(state="done", body=b"")).rowcount)

    def update_failed(self, source: str, id: str, error: str, *, most_tries: int) -> bool:  # noqa: A002
        """Count a failure; True when the update is set aside for a person to look at (its body is kept)."""
        me = sa.and_(INBOX.c.source == source, INBOX.c.event_id == id)
        tries = sa.select(INBOX.c.attempts).where(me)
        quarantined = (self.connection.execute(tries).scalar_one() + 1) >= most_tries
        changed = {"attempts": INBOX.c.attempts + 1, "error": error, "state": "dead" if quarantined else "pending"}
        self.connection.execute(sa.update(INBOX).where(me).values(changed))
        return bool(quarantined)

    def inbox_depth(self) -> Mapping[str, int]:
        """Rows that are not done, by state."""
        select = sa.select(INBOX.c.state, sa.func.count()).where(INBOX.c.state != "done").group_by(INBOX.c.state)
        return {"pending": 0, "dead": 0} | dict(self.connection.execute(select).all())
