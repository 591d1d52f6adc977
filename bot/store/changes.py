"""The last change of a collection, and who helps with it, in the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from bot.domain import command as c
from bot.domain.decision import LastChange, State
from bot.domain.ledger import micros
from bot.domain.model import CollectionId, MemberId, PayeeChange
from bot.store import codec
from bot.store.change_tables import LastChangeRow, PayeeChangeRow
from bot.store.prepared import Prepared
from bot.store.returning import Returning
from bot.store.rows import COLLECTION, COLLECTION_SELECT, collection_of, table

LAST_CHANGE = table(LastChangeRow)
_ONE = Prepared(sa.select(LAST_CHANGE.c.body).where(LAST_CHANGE.c.collection_id == sa.bindparam("id")))


def helps(member: MemberId) -> sa.ColumnElement[bool]:
    """Whether they are a co-treasurer (``rows.members_row``)."""
    return (sa.literal(",") + COLLECTION.c.helpers + ",").contains(f",{member},")


def last_change_row(change: LastChange) -> dict[str, Any]:
    return {"collection_id": change.collection, "body": codec.dumps(change)}


PAYEE_CHANGE = table(PayeeChangeRow)
_PAYEE_CHANGES = sa.select(*PAYEE_CHANGE.c)


def payee_change_of(row: Any) -> PayeeChange:
    return PayeeChange(
        collection=CollectionId(row.collection_id),
        by=MemberId(row.by_member),
        payee=row.payee,
        picture=row.payee_picture,
        asked_at=codec.instant(row.asked_at),
        at=codec.instant(row.at),
        next_at=codec.maybe(row.next_at),
        agreed_by=MemberId(row.agreed_by),
        held_by=MemberId(row.held_by),
        over=bool(row.over),
    )


def payee_change_row(change: PayeeChange) -> dict[str, Any]:
    return {
        "collection_id": change.collection,
        "by_member": change.by,
        "payee": codec.clean(change.payee),
        "payee_picture": codec.clean(change.picture),
        "asked_at": micros(change.asked_at),
        "at": micros(change.at),
        "next_at": codec.stored(change.next_at),
        "agreed_by": change.agreed_by,
        "held_by": change.held_by,
        "over": change.over,
    }


class Changes(Returning):
    """The part of a transaction that knows what may be taken back."""

    def last_change(self, collection: CollectionId) -> LastChange | None:
        body = _ONE.scalar(self.connection, {"id": collection})
        return cast(LastChange, codec.loads(body)) if body is not None else None

    def payee_changes(self, collections: Iterable[CollectionId]) -> dict[CollectionId, PayeeChange]:
        """The accounts that are announced for these collections, or were last."""
        rows = self.connection.execute(_PAYEE_CHANGES.where(PAYEE_CHANGE.c.collection_id.in_(list(collections))))
        return {change.collection: change for change in map(payee_change_of, rows)}

    def with_collecting(self, state: State, member: MemberId) -> State:
        """And what ``member`` is collecting, with the accounts that are announced there."""
        running = COLLECTION_SELECT.where(
            COLLECTION.c.organiser == member, COLLECTION.c.state.in_(("planning", "gathering", "open"))
        )
        collecting = tuple(map(collection_of, self.connection.execute(running.order_by(COLLECTION.c.opened_at))))
        changes = {i: change for i, change in self.payee_changes(x.id for x in collecting).items() if not change.over}
        return replace(state, collecting=collecting, payee_changes=changes)

    def payee_switches(self, now: datetime, *, most: int) -> list[c.SwitchPayee]:
        """Announced accounts whose time has come."""
        due = sa.select(PAYEE_CHANGE.c.collection_id).where(PAYEE_CHANGE.c.next_at <= micros(now))
        ids = self.connection.execute(due.order_by(PAYEE_CHANGE.c.next_at).limit(most)).scalars()
        return [c.SwitchPayee(collection=CollectionId(i)) for i in ids]
