"""One person: everything that is kept about them, and letting go of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ledger import micros
from bot.domain.model import MemberId
from bot.domain.money import Money
from bot.store.base import Base
from bot.store.changes import PAYEE_CHANGE
from bot.store.codec import maybe
from bot.store.returning import REFUND
from bot.store.rows import CHARGE, CHAT, COLLECTION, CONTACT, DUE, INTENT, MEMBERSHIP, PERSON, PERSON_CONTACT
from bot.store.strays import STRAY

MOST_CONTACTS = 5_000
_OWES_NOTHING = ("paid", "waived", "dropped", "for_others")
_SETTLED = ("paid", "waived", "dropped", "refunded", "for_others")


def _at(micro: int | None) -> str | None:
    at = maybe(micro)
    return at.isoformat() if at else None


class Personal(Base):
    """The part of a transaction that concerns one person."""

    def about(self, member: MemberId) -> Mapping[str, Any]:
        """All that is kept about ``member``, as plain values: amounts are decimal texts, instants ISO 8601."""
        person = self.connection.execute(sa.select(*PERSON.c).where(PERSON.c.id == member)).one()
        return {
            "person": {
                "number": person.id,
                "platform": person.platform,
                "id": person.external,
                "name": person.name,
                "username": person.username,
                "language": person.locale,
                "phone": person.phone,
                "sms_and_calls_agreed": bool(person.consent),
                "reminders_stopped": bool(person.muted),
                "private_chat": bool(person.reachable),
                "payee": person.payee,
                "payee_picture": bool(person.payee_picture),
                "forgotten_at": _at(person.forgotten_at),
            },
            "chats": _chats(self.connection, member),
            "dues": _dues(self.connection, member),
            "attempts_to_pay": _attempts(self.connection, member),
            "payments": _payments(self.connection, member),
            "refunds": _refunds(self.connection, member),
            "unbooked_payments": _strays(self.connection, member),
            "contacts": _contacts(self.connection, member),
        }

    def forget(self, member: MemberId, now: datetime) -> None:
        """Everything about ``member`` that the books do not need: who they are, how to reach them, what they did on
        the way to pay. What is owed and paid stays under their number alone."""
        blank = {"name": "", "username": "", "phone": "", "payee": "", "payee_picture": ""}
        kept = sa.update(PERSON).where(PERSON.c.id == member)
        self.connection.execute(kept.values(**blank, consent=False, forgotten_at=micros(now)))
        self.connection.execute(sa.delete(PAYEE_CHANGE).where(PAYEE_CHANGE.c.by_member == member))
        self.connection.execute(sa.delete(PERSON_CONTACT).where(PERSON_CONTACT.c.member_id == member))
        self.connection.execute(sa.update(INTENT).where(INTENT.c.member_id == member).values(ip="", surface="web"))

    # -- time -------------------------------------------------------------------------------------------------

    def expire_addresses(self, before: datetime) -> int:
        """Addresses of payers on attempts that began before; how many."""
        old = sa.and_(INTENT.c.created_at < micros(before), INTENT.c.ip != "")
        return self.connection.execute(sa.update(INTENT).where(old).values(ip="")).rowcount

    def expire_phones(self, before: datetime) -> int:
        """Phone numbers of people who owe nothing in a running collection, and were last asked before; how many."""
        running = sa.select(DUE.c.member_id).join(COLLECTION, COLLECTION.c.id == DUE.c.collection_id)
        busy = running.where(
            sa.or_(
                sa.and_(COLLECTION.c.state.in_(("open", "gathering")), DUE.c.state.not_in(_OWES_NOTHING)),
                COLLECTION.c.opened_at + COLLECTION.c.lasting >= micros(before),
            )
        )
        asked = sa.select(DUE.c.member_id)
        old = sa.and_(PERSON.c.phone != "", PERSON.c.id.in_(asked), PERSON.c.id.not_in(busy))
        return self.connection.execute(sa.update(PERSON).where(old).values(phone="", consent=False)).rowcount

    def expire_proofs(self, before: datetime) -> tuple[str, ...]:
        """Pictures that proved a payment which was settled in a collection that began before; what they are called."""
        began = sa.select(COLLECTION.c.id).where(COLLECTION.c.opened_at + COLLECTION.c.lasting < micros(before))
        old = sa.and_(
            DUE.c.claim != "",
            DUE.c.collection_id.in_(began),
            DUE.c.state.in_(_SETTLED),
        )
        names = tuple(self.connection.execute(sa.select(DUE.c.claim).where(old)).scalars())
        self.connection.execute(sa.update(DUE).where(old).values(claim=""))
        return names


def _chats(connection: sa.Connection, member: MemberId) -> list[dict[str, Any]]:
    select = sa.select(CHAT.c.title, MEMBERSHIP.c.since, MEMBERSHIP.c.left_at).join(
        MEMBERSHIP, MEMBERSHIP.c.chat_id == CHAT.c.id
    )
    rows = connection.execute(select.where(MEMBERSHIP.c.person_id == member).order_by(MEMBERSHIP.c.since))
    return [{"title": title, "since": _at(since), "left": _at(left)} for title, since, left in rows]


def _dues(connection: sa.Connection, member: MemberId) -> list[dict[str, Any]]:
    select = (
        sa.select(CHAT.c.title.label("chat"), COLLECTION.c.number, COLLECTION.c.title, COLLECTION.c.currency, DUE)
        .join(COLLECTION, COLLECTION.c.id == DUE.c.collection_id)
        .join(CHAT, CHAT.c.id == COLLECTION.c.chat_id)
        .where(DUE.c.member_id == member)
        .order_by(COLLECTION.c.opened_at)
    )
    return [
        {
            "chat": row.chat,
            "collection": f"#{row.number} {row.title}".strip(),
            "amount": None if row.amount is None else Money(row.amount, row.currency).digits(),
            "paid": Money(row.paid, row.currency).digits(),
            "credit": Money(row.credit, row.currency).digits(),
            "currency": row.currency,
            "state": row.state,
            "asked_at": _at(row.anchor_at),
            "proof_sent": bool(row.claim),
        }
        for row in connection.execute(select)
    ]


def _attempts(connection: sa.Connection, member: MemberId) -> list[dict[str, Any]]:
    select = sa.select(*INTENT.c).where(INTENT.c.member_id == member).order_by(INTENT.c.created_at)
    return [
        {
            "at": _at(row.created_at),
            "channel": row.channel,
            "amount": Money(row.amount, row.currency).digits(),
            "currency": row.currency,
            "state": row.state,
            "reference": row.reference,
            "address": row.ip,
        }
        for row in connection.execute(select)
    ]


def _payments(connection: sa.Connection, member: MemberId) -> list[dict[str, Any]]:
    select = sa.select(*CHARGE.c).where(CHARGE.c.member_id == member).order_by(CHARGE.c.at)
    return [
        {
            "at": _at(row.at),
            "channel": row.channel,
            "amount": Money(row.amount, row.currency).digits(),
            "currency": row.currency,
            "reference": row.reference,
        }
        for row in connection.execute(select)
    ]


def _refunds(connection: sa.Connection, member: MemberId) -> list[dict[str, Any]]:
    select = sa.select(*REFUND.c).where(REFUND.c.member_id == member).order_by(REFUND.c.created_at, REFUND.c.id)
    return [
        {
            "at": _at(row.created_at),
            "channel": row.channel,
            "amount": Money(row.amount, row.currency).digits(),
            "currency": row.currency,
            "state": row.state,
            "of_payment": row.charge,
            "reference": row.reference,
        }
        for row in connection.execute(select)
    ]


def _strays(connection: sa.Connection, member: MemberId) -> list[dict[str, Any]]:
    select = sa.select(*STRAY.c).where(STRAY.c.member_id == member).order_by(STRAY.c.at, STRAY.c.id)
    return [
        {
            "at": _at(row.at),
            "channel": row.channel,
            "amount": Money(row.amount, row.currency).digits(),
            "currency": row.currency,
            "reason": row.why,
            "reference": row.reference,
        }
        for row in connection.execute(select)
    ]


def _contacts(connection: sa.Connection, member: MemberId) -> list[dict[str, Any]]:
    mine = sa.select(DUE.c.collection_id).where(DUE.c.member_id == member)
    select = sa.select(CONTACT.c.at, CONTACT.c.step, CONTACT.c.medium, CONTACT.c.outcome, CONTACT.c.reason)
    about = select.add_columns(CONTACT.c.members).where(CONTACT.c.collection_id.in_(mine)).order_by(CONTACT.c.at)
    return [
        {"at": _at(row.at), "step": row.step, "by": row.medium, "outcome": row.outcome, "reason": row.reason}
        for row in connection.execute(about.limit(MOST_CONTACTS))
        if member in json.loads(row.members)
    ]
