"""Money that could not be booked, in the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bot.domain.command import AskMoney
from bot.domain.ledger import micros
from bot.domain.model import NOBODY, Astray, CollectionId, MemberId, Stray
from bot.store.base import Base
from bot.store.codec import clean, instant
from bot.store.prepared import Prepared
from bot.store.return_tables import StrayRow
from bot.store.rows import COLLECTION, table

STRAY = table(StrayRow)
_SELECT = sa.select(*STRAY.c)
_OF = Prepared(
    _SELECT.where(STRAY.c.channel == sa.bindparam("channel"), STRAY.c.reference == sa.bindparam("reference"))
)
MOST = 50


def stray_of(row: Any) -> Stray:
    return Stray(
        id=row.id,
        channel=row.channel,
        reference=row.reference,
        intent=row.intent,
        amount=row.amount,
        currency=row.currency,
        at=instant(row.at),
        received_at=instant(row.received_at),
        why=Astray(row.why),
        collection=CollectionId(row.collection_id) if row.collection_id else None,
        member=MemberId(row.member_id),
        settled_by=MemberId(row.settled_by),
    )


def stray_row(s: Stray) -> dict[str, Any]:
    return {
        "id": s.id,
        "channel": s.channel,
        "reference": clean(s.reference),
        "intent": clean(s.intent),
        "amount": s.amount,
        "currency": s.currency,
        "at": micros(s.at),
        "received_at": micros(s.received_at),
        "why": s.why.value,
        "collection_id": s.collection or "",
        "member_id": s.member,
        "settled_by": s.settled_by,
    }


class Strays(Base):
    """The part of a transaction that knows of them."""

    def stray(self, id: str) -> Stray | None:  # noqa: A002 - the field's word
        row = self.connection.execute(_SELECT.where(STRAY.c.id == id)).first()
        return stray_of(row) if row else None

    def stray_of(self, channel: str, reference: str) -> Stray | None:
        row = _OF.first(self.connection, {"channel": channel, "reference": reference})
        return stray_of(row) if row else None

    def _strays(self, command: AskMoney) -> tuple[Stray, ...]:
        """Those still open, of what the asker collects; to the operator, in private, also those of nobody."""
        mine = sa.select(COLLECTION.c.id).where(COLLECTION.c.organiser == command.by.member)
        if not command.reply.private:
            mine = mine.where(COLLECTION.c.chat_id == command.reply.chat)
        whose: sa.ColumnElement[bool] = STRAY.c.collection_id.in_(mine)
        if command.reply.private and command.by.admin:
            whose = sa.or_(whose, STRAY.c.collection_id == "")
        select = _SELECT.where(STRAY.c.settled_by == NOBODY, whose).order_by(STRAY.c.received_at, STRAY.c.id)
        return tuple(map(stray_of, self.connection.execute(select.limit(MOST))))

    def strays_open(self) -> Mapping[str, int]:
        """How many nobody has dealt with, by reason."""
        select = sa.select(STRAY.c.why, sa.func.count()).where(STRAY.c.settled_by == NOBODY).group_by(STRAY.c.why)
        return {why.value: 0 for why in Astray} | dict(self.connection.execute(select).all())
