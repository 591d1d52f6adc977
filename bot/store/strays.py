"""Money that could not be booked, in the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bot.domain.command import AskMoney
from bot.domain.ledger import micros
from bot.domain.model import (
    NOWHERE,
    UNSETTLED,
    Astray,
    Charge,
    CollectionId,
    Fate,
    IntentId,
    Likely,
    MemberId,
    Stray,
)
from bot.domain.money import Money
from bot.store.base import Base
from bot.store.codec import clean, instant
from bot.store.prepared import Prepared
from bot.store.return_tables import StrayRow
from bot.store.rows import COLLECTION, DUE, INTENT, table

STRAY = table(StrayRow)
_SELECT = sa.select(*STRAY.c)
_OF = Prepared(
    _SELECT.where(STRAY.c.channel == sa.bindparam("channel"), STRAY.c.reference == sa.bindparam("reference"))
)
OPEN = STRAY.c.fate.in_([Fate.OPEN.value, Fate.UNCLEAR.value])
MOST = 50
MOST_LIKELY = 3
"""So many people are proposed for one stray."""


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
        fate=Fate(row.fate),
        asked=None if row.asked is None else Money(row.asked, row.asked_currency),
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
        "fate": s.fate.value,
        "asked": s.asked.minor if s.asked else None,
        "asked_currency": s.asked.currency if s.asked else "",
    }


def charge_of(s: Stray) -> Charge:
    """As its channel knows it, for giving it back."""
    return Charge(
        channel=s.channel,
        reference=s.reference,
        collection=s.collection or NOWHERE,
        member=s.member,
        amount=s.amount,
        currency=s.currency,
        at=s.at,
        intent=IntentId(s.intent),
        received_at=s.received_at,
    )


def _whose(channel: str, amount: int, currency: str) -> sa.Select[Any]:
    left = DUE.c.amount - DUE.c.paid
    tried = sa.exists().where(
        INTENT.c.collection_id == DUE.c.collection_id,
        INTENT.c.member_id == DUE.c.member_id,
        INTENT.c.channel == channel,
    )
    return (
        sa.select(DUE.c.collection_id, COLLECTION.c.number, DUE.c.member_id)
        .join(COLLECTION, COLLECTION.c.id == DUE.c.collection_id)
        .where(
            COLLECTION.c.state == "open",
            COLLECTION.c.currency == currency,
            DUE.c.state.in_([state.value for state in UNSETTLED]),
            sa.or_(left == amount, left + DUE.c.tag == amount),
        )
        .order_by(tried.desc(), COLLECTION.c.opened_at.desc(), DUE.c.member_id)
        .limit(MOST_LIKELY)
    )


class Strays(Base):
    """The part of a transaction that knows of them."""

    def stray(self, id: str) -> Stray | None:  # noqa: A002 - the field's word
        row = self.connection.execute(_SELECT.where(STRAY.c.id == id).with_for_update()).first()
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
        select = _SELECT.where(OPEN, whose).order_by(STRAY.c.received_at, STRAY.c.id)
        return tuple(map(stray_of, self.connection.execute(select.limit(MOST))))

    def likely(self, strays: Iterable[Stray]) -> tuple[Likely, ...]:
        """For each that nobody knows of: who owes just that much in something open, first those who tried by the same
        channel."""
        waiting = (stray for stray in strays if stray.fate is Fate.OPEN and stray.why is not Astray.BEYOND)
        unknown = [stray for stray in waiting if stray.collection is None]
        return tuple(one for s in unknown for one in self.whose(s.channel, s.amount, s.currency, stray=s.id))

    def whose(self, channel: str, amount: int, currency: str, *, stray: str = "") -> tuple[Likely, ...]:
        rows = self.connection.execute(_whose(channel, amount, currency))
        return tuple(
            Likely(stray, CollectionId(row.collection_id), row.number, MemberId(row.member_id)) for row in rows
        )

    def strays_open(self) -> Mapping[str, int]:
        """How many nobody has dealt with, by reason."""
        select = sa.select(STRAY.c.why, sa.func.count()).where(OPEN).group_by(STRAY.c.why)
        return {why.value: 0 for why in Astray} | dict(self.connection.execute(select).all())
