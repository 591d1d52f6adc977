"""Saving decisions, in sets: one statement per kind of change, whatever the number of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.decision import Decision, RefundRequest, Request
from bot.domain.ledger import micros
from bot.domain.notice import Medium, Notice
from bot.store import codec
from bot.store.base import insert_into
from bot.store.changes import LAST_CHANGE, PAYEE_CHANGE, last_change_row, payee_change_row
from bot.store.codec import clean, covered_row, stored
from bot.store.due_rows import DUE_KEYS, due_row
from bot.store.outbox import ANSWER_PRIORITY
from bot.store.personal import Personal
from bot.store.prepared import Prepared
from bot.store.returning import REFUND, refund_row
from bot.store.rows import (
    CHARGE,
    CHAT,
    COLLECTION,
    CONTACT,
    DUE,
    ENTRY,
    INTENT,
    OUTBOX,
    PERSON,
    PERSON_CONTACT,
    PLANNING,
    POSTING,
    POSTING_KEYS,
    PROPOSAL,
    charge_row,
    collection_row,
    contact_row,
    entry_row,
    intent_row,
    posting_rows,
)
from bot.store.statements import Statements
from bot.store.strays import STRAY, stray_row

_ORDINALS = 1_000_000
"""Dues of one command in the order decided, those of a later command after them."""


def upsert(dialect: str, table: sa.Table, keys: Sequence[str], keep: Sequence[str] = ()) -> Prepared:
    """INSERT … ON CONFLICT (keys) DO UPDATE of everything but ``keep``."""
    insert = insert_into(dialect, table)
    changing = {c.name: insert.excluded[c.name] for c in table.c if c.name not in {*keys, *keep}}
    return Prepared(insert.on_conflict_do_update(index_elements=list(keys), set_=changing))


def _statements(dialect: str) -> dict[str, Prepared]:
    pending = sa.text("state = 'pending' AND merge_key IS NOT NULL")
    return {
        "collection": upsert(dialect, COLLECTION, ["id"], ["number", "chat_id", "currency"]),
        "due": upsert(dialect, DUE, ["collection_id", "member_id"], ["ordinal"]),
        "planning": upsert(dialect, PLANNING, ["collection_id"]),
        "intent": upsert(dialect, INTENT, ["id"], ["collection_id", "member_id", "channel", "amount", "created_at"]),
        "refund": upsert(dialect, REFUND, ["id"], ["channel", "charge", "collection_id", "member_id"]),
        "stray": upsert(dialect, STRAY, ["channel", "reference"], ["id", "amount", "currency"]),
        "last_change": upsert(dialect, LAST_CHANGE, ["collection_id"]),
        "payee_change": upsert(dialect, PAYEE_CHANGE, ["collection_id"]),
        "outbox": Prepared(
            insert_into(dialect, OUTBOX).on_conflict_do_nothing(index_elements=["merge_key"], index_where=pending)
        ),
    }


_BY_DIALECT = {name: _statements(name) for name in ("sqlite", "postgresql")}
_ADVANCE = Prepared(
    sa.update(DUE)
    .where(
        DUE.c.collection_id == sa.bindparam("b_collection"),
        DUE.c.anchor_at == sa.bindparam("b_anchor"),
        DUE.c.slot == sa.bindparam("b_slot"),
        DUE.c.stalled_at.is_(None),
        DUE.c.rest_until.is_(None),
        DUE.c.next_at <= sa.bindparam("b_now"),
    )
    .values(slot=sa.bindparam("b_new_slot"), next_at=sa.bindparam("b_next"))
)
_SILENCE = Prepared(
    sa.update(DUE).where(DUE.c.collection_id == sa.bindparam("b_collection")).values(next_at=None, stalled_at=None)
)
_AMEND = Prepared(
    sa.update(CHARGE)
    .where(CHARGE.c.channel == sa.bindparam("b_channel"), CHARGE.c.reference == sa.bindparam("b_reference"))
    .values(known_as=sa.bindparam("b_known_as"), covered=sa.bindparam("b_covered"), fee=sa.bindparam("b_fee"))
)
_CHAT = Prepared(
    sa.update(CHAT)
    .where(CHAT.c.id == sa.bindparam("b_id"))
    .values(locale=sa.bindparam("b_locale"), timezone=sa.bindparam("b_zone"), active=sa.bindparam("b_active"))
)
_PERSON = Prepared(
    sa.update(PERSON)
    .where(PERSON.c.id == sa.bindparam("b_id"))
    .values(
        locale=sa.bindparam("b_locale"),
        muted=sa.bindparam("b_muted"),
        phone=sa.bindparam("b_phone"),
        consent=sa.bindparam("b_consent"),
        payee=sa.bindparam("b_payee"),
        payee_picture=sa.bindparam("b_picture"),
        forgotten_at=sa.bindparam("b_forgotten"),
    )
)

_CONSENT_ASKED = Prepared(sa.update(PERSON).where(PERSON.c.id == sa.bindparam("b_id")).values(consent_asked=True))
_BY_PHONE = frozenset({"sms", "call", "answer"})

_PRIORITY = {
    Medium.ANSWER: ANSWER_PRIORITY,
    Medium.PRIVATE: 2,
    Medium.CHAT: 3,
    Medium.SMS: 3,
    Medium.SERVICE_NOTICE: 3,
    Medium.CALL: 3,
    Medium.CARD: 4,
    Medium.EDIT: 4,
}
_REQUEST_PRIORITY, _ONCE_PRIORITY = 1, 5


def _lane(notice: Notice) -> str:
    """What keeps its order: notices of one lane are sent one after the other."""
    match notice.medium:
        case Medium.ANSWER:
            return f"press:{notice.press}"
        case Medium.PRIVATE:
            return f"member:{notice.member}"
        case Medium.CHAT:
            return f"chat:{notice.chat}"
        case Medium.CARD:
            return f"card:{notice.collection}"
        case Medium.EDIT if notice.amends is not None:
            return f"edit:{notice.amends.place}:{notice.amends.message}"
        case _:
            return f"{notice.medium.value}:{notice.member}"


def _errand_lane(request: Request | RefundRequest) -> str:
    """What is asked of a channel about one attempt, or about one refund, is asked in order."""
    return f"refund:{request.refund}" if isinstance(request, RefundRequest) else f"intent:{request.intent}"


def _notice_row(notice: Notice, now: int) -> dict[str, Any]:
    return {
        "kind": "notice",
        "lane": _lane(notice),
        "priority": _ONCE_PRIORITY if notice.once else _PRIORITY[notice.medium],
        "merge_key": f"card:{notice.collection}" if notice.medium is Medium.CARD else None,
        "once": notice.once,
        "round": notice.collection if notice.spread and notice.collection else "",
        "payload": codec.dumps(notice),
        "not_before": now,
        "created_at": now,
    }


_INSERT = {table: Prepared(sa.insert(table)) for table in (CHARGE, ENTRY, POSTING, CONTACT, PERSON_CONTACT, PROPOSAL)}


class Saving(Personal, Statements):
    """The writing half of a transaction."""

    def save(self, decisions: Sequence[Decision], *, now: datetime) -> None:
        """Write everything the decisions change. What comes later in ``decisions`` wins."""
        decisions = [each for d in decisions for each in (d, *d.others)]
        statements = _BY_DIALECT[self.dialect]
        at = micros(now)
        self._many(_CHAT, [
            {"b_id": d.chat.id, "b_locale": d.chat.locale, "b_zone": d.chat.timezone, "b_active": d.chat.active}
            for d in decisions if d.chat is not None
        ])  # fmt: skip
        self._many(_PERSON, [
            {
                "b_id": m.id,
                "b_locale": m.locale,
                "b_muted": m.muted,
                "b_phone": clean(m.phone),
                "b_consent": m.consent,
                "b_payee": clean(m.payee),
                "b_picture": clean(m.payee_picture),
                "b_forgotten": stored(m.forgotten_at),
            }
            for d in decisions for m in d.members
        ])  # fmt: skip
        for member in (m for d in decisions for m in d.forgotten):
            self.forget(member, now)
        self._many(statements["collection"], [collection_row(d.collection) for d in decisions if d.collection])
        statements["due"].run_rows(self.connection, DUE_KEYS, [
            due_row(d.collection.id if d.collection else d.touched, ordinal, due)  # type: ignore[arg-type]
            for d in decisions for ordinal, due in enumerate(d.dues, start=self._first_ordinal(d))
        ])  # fmt: skip
        self._many(_SILENCE, [{"b_collection": c} for d in decisions for c in d.silenced])
        self._many(_ADVANCE, [
            {
                "b_collection": d.touched,
                "b_anchor": micros(a.cohort.anchor_at),
                "b_slot": a.cohort.slot,
                "b_now": at,
                "b_new_slot": a.slot,
                "b_next": stored(a.next_at),
            }
            for d in decisions for a in d.advances
        ])  # fmt: skip
        self._many(statements["planning"], [
            {"collection_id": d.planning.collection, "facts": codec.dumps(d.planning)} for d in decisions if d.planning
        ])  # fmt: skip
        self._many(statements["intent"], [intent_row(i) for d in decisions for i in d.intents])
        self._many(_INSERT[CHARGE], [charge_row(c) for d in decisions for c in d.charges])
        self._many(_AMEND, [
            {
                "b_channel": c.channel,
                "b_reference": c.reference,
                "b_known_as": clean(c.known_as),
                "b_covered": covered_row(c.covered),
                "b_fee": c.fee,
            }
            for d in decisions for c in d.amended
        ])  # fmt: skip
        self._many(statements["refund"], [refund_row(r) for d in decisions for r in d.refunds])
        self._many(statements["stray"], [stray_row(s) for d in decisions for s in d.strays])
        self.keep_statements(decisions)
        self._many(statements["last_change"], [last_change_row(d.last_change) for d in decisions if d.last_change])
        self._many(statements["payee_change"], [payee_change_row(p) for d in decisions for p in d.payee_changes])
        entries = [e for d in decisions for e in d.entries]
        self._many(_INSERT[ENTRY], [entry_row(e) for e in entries])
        postings = [row for e in entries for row in posting_rows(e)]
        _INSERT[POSTING].run_rows(self.connection, POSTING_KEYS, postings)
        self._contacts(decisions)
        self._many(_INSERT[PROPOSAL], [
            {"id": p.id, "by_member": p.by, "command": codec.dumps(p.command), "expires_at": micros(p.expires_at)}
            for d in decisions for p in d.proposals
        ])  # fmt: skip
        self._send(decisions, at)

    @staticmethod
    def _first_ordinal(decision: Decision) -> int:
        return (decision.collection.chain.seq if decision.collection else 0) * _ORDINALS

    def _contacts(self, decisions: Sequence[Decision]) -> None:
        contacts = [c for d in decisions for c in d.contacts]
        self._many(_INSERT[CONTACT], [contact_row(c) for c in contacts])
        self._many(_INSERT[PERSON_CONTACT], [
            {"member_id": member, "medium": c.medium, "at": micros(c.at)}
            for c in contacts
            if c.outcome == "sent" and c.medium in _BY_PHONE
            for member in c.members
        ])  # fmt: skip
        self._many(_CONSENT_ASKED, [{"b_id": m} for d in decisions for m in d.consent_asked])

    def _send(self, decisions: Sequence[Decision], at: int) -> None:
        rows = [
            {
                "kind": "request",
                "lane": _errand_lane(r),
                "priority": _REQUEST_PRIORITY,
                "merge_key": None,
                "once": False,
                "round": "",
                "payload": codec.dumps(r),
                "not_before": at,
                "created_at": at,
            }
            for d in decisions
            for r in d.requests
        ]
        rows += [_notice_row(n, at) for d in decisions for n in d.notices]
        for row in rows:
            row |= {"state": "pending", "attempts": 0, "token": "", "error": "", "reference": ""}
        self._many(_BY_DIALECT[self.dialect]["outbox"], rows)
        self.stirred = (
            self.stirred or bool(rows) or any(d.dues or d.advances or d.intents or d.refunds for d in decisions)
        )

    def _many(self, statement: Prepared, rows: list[dict[str, Any]]) -> None:
        statement.run_many(self.connection, rows)
