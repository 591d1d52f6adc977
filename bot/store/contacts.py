"""What the contact policy must know: who was reached, when and how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from bot.domain.decision import Contact, Contacted
from bot.domain.ledger import micros
from bot.domain.model import ChatId, Collection, CollectionId, MemberId
from bot.store.books import Books
from bot.store.codec import instant
from bot.store.rows import COLLECTION, CONTACT, CONTACT_SELECT, PERSON_CONTACT, contact_of

WEEK: Final = timedelta(days=7)
_CONTACTS = (
    CONTACT_SELECT.join(COLLECTION, COLLECTION.c.id == CONTACT.c.collection_id)
    .add_columns(COLLECTION.c.chat_id)
    .where(
        COLLECTION.c.chat_id.in_(sa.bindparam("chats", expanding=True)),
        CONTACT.c.outcome == "sent",
        sa.or_(
            CONTACT.c.at > sa.bindparam("week"),
            sa.and_(CONTACT.c.collection_id.in_(sa.bindparam("ids", expanding=True)), CONTACT.c.medium != "organiser"),
        ),
    )
    .order_by(CONTACT.c.at, CONTACT.c.id)
)


class Contacts(Books):
    """The part of a transaction that looks back."""

    def contacted(self, ids: list[MemberId], now: datetime | None) -> tuple[Contacted, ...]:
        if not ids:
            return ()
        select = sa.select(PERSON_CONTACT.c.member_id, PERSON_CONTACT.c.medium, PERSON_CONTACT.c.at).where(
            PERSON_CONTACT.c.member_id.in_(ids)
        )
        if now is not None:
            select = select.where(PERSON_CONTACT.c.at > micros(now - WEEK))
        return tuple(Contacted(MemberId(m), medium, instant(at)) for m, medium, at in self.connection.execute(select))

    def contacts(
        self, chats: list[ChatId], ids: list[CollectionId], now: datetime
    ) -> Mapping[ChatId, tuple[Contact, ...]]:
        """By chat, the contacts that were made: all of the collections ``ids``, and those of the last 7 days."""
        rows = self.connection.execute(_CONTACTS, {"chats": chats, "ids": ids, "week": micros(now - WEEK)})
        found: dict[ChatId, list[Contact]] = {}
        for row in rows:
            found.setdefault(ChatId(row[-1]), []).append(contact_of(row))
        return {chat: tuple(contacts) for chat, contacts in found.items()}

    def history(self, collection: Collection) -> tuple[Contact, ...]:
        """What the contact policy of ``collection`` knows at any instant of its life: see ``State.history``."""
        found = self.contacts([collection.chat], [collection.id], collection.opened_at)
        return found.get(collection.chat, ())
