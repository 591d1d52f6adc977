"""What the contact policy must know: who was reached, when and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from bot.domain.contact import MEDIA, looks_back, may_reach_the_contract
from bot.domain.decision import Contact, Contacted
from bot.domain.ledger import micros
from bot.domain.model import ChatId, Collection, MemberId
from bot.domain.policy import Policy
from bot.store.books import Books
from bot.store.codec import instant
from bot.store.rows import COLLECTION, CONTACT, CONTACT_SELECT, PERSON_CONTACT, contact_of

WEEK: Final = timedelta(days=7)


def _of(name: str) -> sa.ColumnElement[bool]:
    return CONTACT.c.collection_id.in_(sa.bindparam(name, expanding=True))


_CONTACTS = (
    CONTACT_SELECT.join(COLLECTION, COLLECTION.c.id == CONTACT.c.collection_id)
    .where(
        COLLECTION.c.chat_id.in_(sa.bindparam("chats", expanding=True)),
        CONTACT.c.outcome == "sent",
        sa.or_(
            CONTACT.c.at > sa.bindparam("week"),
            sa.and_(_of("ids"), CONTACT.c.medium != "organiser"),
        ),
    )
    .order_by(CONTACT.c.at, CONTACT.c.id)
)
_SENT = sa.and_(CONTACT.c.outcome == "sent", CONTACT.c.medium.in_(sorted(MEDIA)))
_INSTANTS = sa.func.count(sa.distinct(CONTACT.c.step + ":" + sa.cast(CONTACT.c.at, sa.Text)))
_STEPS = sa.select(CONTACT.c.collection_id, _INSTANTS).where(_of("ids"), _SENT).group_by(CONTACT.c.collection_id)
_LATELY = (
    CONTACT_SELECT.join(COLLECTION, COLLECTION.c.id == CONTACT.c.collection_id)
    .add_columns(COLLECTION.c.chat_id)
    .where(
        COLLECTION.c.chat_id.in_(sa.bindparam("chats", expanding=True)),
        CONTACT.c.outcome == "sent",
        sa.or_(
            CONTACT.c.at > sa.case((CONTACT.c.medium == "organiser", sa.bindparam("week")), else_=sa.bindparam("near")),
            sa.and_(_of("ids"), CONTACT.c.medium == "chat"),
            sa.and_(_of("whole"), CONTACT.c.medium != "organiser"),
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
        self, collections: Sequence[Collection], policy: Policy, now: datetime
    ) -> Mapping[ChatId, tuple[Contact, ...]]:
        """By chat, the contacts that ``policy`` looks at now: of members as far as it looks back, mentions for as long
        as the collections run, all of one whose contract may have come to its end; what organisers were told in the
        last 7 days."""
        ids, steps = [x.id for x in collections], dict[str, int]()
        for id_, count in self.connection.execute(_STEPS, {"ids": ids}):
            steps[id_] = count
        bound = {
            "chats": list({x.chat for x in collections}),
            "ids": ids,
            "whole": [x.id for x in collections if may_reach_the_contract(x, policy, steps.get(x.id, 0))],
            "near": micros(now - max((looks_back(policy, x.every) for x in collections), default=WEEK)),
            "week": micros(now - WEEK),
        }
        found: dict[ChatId, list[Contact]] = {}
        for row in self.connection.execute(_LATELY, bound):
            found.setdefault(ChatId(row[-1]), []).append(contact_of(row))
        return {chat: tuple(contacts) for chat, contacts in found.items()}

    def history(self, collection: Collection) -> tuple[Contact, ...]:
        """What the contact policy of ``collection`` knows at any instant of its life, read whole: for whoever wants
        to read it, or what will come."""
        bound = {"chats": [collection.chat], "ids": [collection.id], "week": micros(collection.opened_at - WEEK)}
        return tuple(map(contact_of, self.connection.execute(_CONTACTS, bound)))
