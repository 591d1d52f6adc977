"""What a chat has settled before, and what is being planned on top of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from bot.domain.model import ChatId, CollectionId, MemberId
from bot.domain.plans import Past, Planning
from bot.store import codec
from bot.store.books import Books
from bot.store.rows import COLLECTION, DUE, PERSON, PLANNING

_TOOK_PART: Final = ("paid", "waived", "refunded")
_SETTLED = sa.or_(
    COLLECTION.c.state == "closed",
    sa.and_(COLLECTION.c.state == "open", COLLECTION.c.heads > 0, COLLECTION.c.settled == COLLECTION.c.heads),
)
_MINE = (
    sa.select(DUE.c.member_id, DUE.c.amount, DUE.c.state, DUE.c.weight, COLLECTION.c.mode)
    .join(COLLECTION, COLLECTION.c.id == DUE.c.collection_id)
    .join(PERSON, PERSON.c.id == DUE.c.member_id)
    .where(
        COLLECTION.c.chat_id == sa.bindparam("chat"),
        COLLECTION.c.currency == sa.bindparam("currency"),
        COLLECTION.c.opened_at > sa.func.coalesce(PERSON.c.forgotten_at, -1),
        DUE.c.member_id.in_(sa.bindparam("members", expanding=True)),
        DUE.c.state.in_(_TOOK_PART),
        _SETTLED,
    )
    .order_by(COLLECTION.c.number)
)


class History(Books):
    """The part of a transaction that remembers."""

    def past(self, chat: ChatId, currency: str, members: Iterable[MemberId]) -> dict[MemberId, Past]:
        """How each of ``members`` took part in what was settled in ``chat`` in that currency, since they last asked to
        be forgotten. Those without a past are left out."""
        found: dict[MemberId, Past] = {}
        rows = self.connection.execute(_MINE, {"chat": chat, "currency": currency, "members": list(members)})
        for member, amount, state, weight, mode in rows:
            before = found.get(member, Past())
            found[MemberId(member)] = Past(
                came=before.came + 1,
                spent=before.spent + ((amount or 0) if state == "paid" else 0),
                weight=weight if mode == "shares" else before.weight,
            )
        return found

    def planning(self, collection: CollectionId) -> Planning | None:
        facts = self.connection.execute(
            sa.select(PLANNING.c.facts).where(PLANNING.c.collection_id == collection)
        ).scalar()
        return codec.loads(facts) if facts is not None else None
