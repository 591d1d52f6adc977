"""Attempts to pay, as their rules look at them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from bot.domain import command as c
from bot.domain.decision import Lately, Turnover
from bot.domain.ledger import micros
from bot.domain.model import Charge, CollectionId, Intent, IntentId, MemberId
from bot.store.base import Base
from bot.store.prepared import Prepared
from bot.store.rows import CHARGE, COLLECTION, INTENT, INTENT_SELECT, OUTBOX, charge_of, intent_of

_UNFINISHED: Final = ("created", "pending", "unknown", "held", "waiting", "closing")
_NO_TROUBLE: Final = ("", "replaced", "paid_before")
"""Causes of attempts that nothing stopped but their payer."""
_BY_ID = Prepared(INTENT_SELECT.where(INTENT.c.id == sa.bindparam("id")))
_OF_DUE = Prepared(
    INTENT_SELECT.where(
        INTENT.c.collection_id == sa.bindparam("id"),
        INTENT.c.member_id == sa.bindparam("member"),
        sa.or_(*(INTENT.c.state == state for state in _UNFINISHED)),
    ).order_by(INTENT.c.created_at)
)
_TITLE = Prepared(sa.select(COLLECTION.c.title).where(COLLECTION.c.id == sa.bindparam("id")))
_KNOWN = Prepared(
    sa.select(*CHARGE.c).where(
        CHARGE.c.channel == sa.bindparam("channel"), CHARGE.c.reference == sa.bindparam("reference")
    )
)
_ASKING = Prepared(
    sa.select(OUTBOX.c.id)
    .where(OUTBOX.c.lane == sa.bindparam("lane"), sa.text("state IN ('pending', 'sending')"))
    .limit(1)
)


class Attempts(Base):
    """The part of a transaction that reads attempts."""

    def attempt(self, id: IntentId) -> Intent | None:  # noqa: A002 - the field's word
        row = _BY_ID.first(self.connection, {"id": id})
        return intent_of(row) if row else None

    def intent(self, id: IntentId) -> tuple[Intent, str] | None:  # noqa: A002
        """An attempt and its collection's title."""
        found = self.attempt(id)
        return None if found is None else (found, _TITLE.scalar(self.connection, {"id": found.collection}))

    def unfinished(self, collection: CollectionId, member: MemberId) -> tuple[Intent, ...]:
        """The attempts on one due of which the end is not known, in order."""
        rows = _OF_DUE.all(self.connection, {"id": collection, "member": member})
        return tuple(map(intent_of, rows))

    def latest_attempts(self, collection: CollectionId, member: MemberId | None = None) -> Mapping[MemberId, Intent]:
        """The latest attempt of each who has one, or of ``member``."""
        mine = INTENT_SELECT.where(INTENT.c.collection_id == collection)
        if member is not None:
            mine = mine.where(INTENT.c.member_id == member)
        in_order = mine.order_by(INTENT.c.created_at, sa.func.length(INTENT.c.tried), INTENT.c.id)
        return {i.member: i for i in map(intent_of, self.connection.execute(in_order))}

    def ended_lately(self, collection: CollectionId, member: MemberId, since: datetime) -> tuple[Intent, ...]:
        """Those on one due that began after ``since``, and of which the channel said yes, no, or nothing clear."""
        mine = INTENT_SELECT.where(INTENT.c.collection_id == collection, INTENT.c.member_id == member)
        ended = mine.where(INTENT.c.created_at > micros(since), INTENT.c.state.in_(("paid", "failed", "unknown")))
        in_order = ended.order_by(INTENT.c.created_at, sa.func.length(INTENT.c.tried), INTENT.c.id)
        return tuple(map(intent_of, self.connection.execute(in_order)))

    def known_charge(self, command: c.RecordCharge | c.FeeTold) -> Charge | None:
        """The charge that the command tells of, when it counted already."""
        row = _KNOWN.first(self.connection, {"channel": command.channel, "reference": command.reference})
        return charge_of(row) if row else None

    def seen(self, intent: Intent) -> Charge | None:
        """The money of an attempt that a person saw before its channel told of it."""
        row = _KNOWN.first(self.connection, {"channel": intent.channel, "reference": intent.seen_as})
        return charge_of(row) if row else None

    def turnover(self, member: MemberId, currency: str, since: datetime) -> Turnover:
        """What began to be paid after ``since``, and may still be or was."""
        mine = sa.func.coalesce(sa.func.sum(sa.case((INTENT.c.member_id == member, INTENT.c.amount), else_=0)), 0)
        everybody = sa.func.coalesce(sa.func.sum(INTENT.c.amount), 0)
        counted = INTENT.c.state.in_(("created", "pending", "paid", "unknown"))
        recent = sa.and_(INTENT.c.created_at > micros(since), INTENT.c.currency == currency)
        row = self.connection.execute(sa.select(mine, everybody).where(recent, counted)).one()
        return Turnover(int(row[0]), int(row[1]))

    def lately(self, stopped: Intent, cause: str, since: datetime) -> Lately:
        """What happened around an attempt after ``since``."""
        mine = INTENT.c.member_id == stopped.member
        trouble = sa.and_(INTENT.c.state.in_(("failed", "unknown", "closed")), INTENT.c.cause.not_in(_NO_TROUBLE))
        alike = sa.and_(INTENT.c.channel == stopped.channel, INTENT.c.cause == cause)
        count = [
            sa.func.coalesce(sa.func.sum(sa.case((x, 1), else_=0)), 0)
            for x in (sa.and_(mine, INTENT.c.tried != ""), sa.and_(mine, trouble), alike)
        ]
        recent = sa.and_(INTENT.c.collection_id == stopped.collection, INTENT.c.created_at > micros(since))
        row = self.connection.execute(sa.select(*count).where(recent, INTENT.c.id != stopped.id)).one()
        return Lately(*map(int, row))

    def asking(self, id: IntentId) -> bool:  # noqa: A002
        """Whether something is still to be asked of its channel."""
        return _ASKING.first(self.connection, {"lane": f"intent:{id}"}) is not None
