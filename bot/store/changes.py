"""The last change of a collection, and who helps with it, in the store."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa

from bot.domain.decision import LastChange
from bot.domain.model import CollectionId, MemberId
from bot.store import codec
from bot.store.change_tables import LastChangeRow
from bot.store.prepared import Prepared
from bot.store.returning import Returning
from bot.store.rows import COLLECTION, table

LAST_CHANGE = table(LastChangeRow)
_ONE = Prepared(sa.select(LAST_CHANGE.c.body).where(LAST_CHANGE.c.collection_id == sa.bindparam("id")))


def helps(member: MemberId) -> sa.ColumnElement[bool]:
    """Whether they are a co-treasurer (``rows.members_row``)."""
    return (sa.literal(",") + COLLECTION.c.helpers + ",").contains(f",{member},")


def last_change_row(change: LastChange) -> dict[str, Any]:
    return {"collection_id": change.collection, "body": codec.dumps(change)}


class Changes(Returning):
    """The part of a transaction that knows what may be taken back."""

    def last_change(self, collection: CollectionId) -> LastChange | None:
        body = _ONE.scalar(self.connection, {"id": collection})
        return cast(LastChange, codec.loads(body)) if body is not None else None
