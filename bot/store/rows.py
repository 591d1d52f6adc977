"""Rows ↔ values of the domain."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, cast

import sqlalchemy as sa

from bot.domain.decision import Contact
from bot.domain.ledger import Entry, Posting, micros
from bot.domain.model import (
    Chain,
    Charge,
    Chat,
    ChatId,
    Collection,
    CollectionId,
    CollectionState,
    Intent,
    IntentId,
    IntentState,
    Listing,
    Member,
    MemberId,
    Mode,
    Tally,
)
from bot.store import tables as t
from bot.store.codec import clean, covered_of, covered_row, instant, maybe, stored

_US = timedelta(microseconds=1)


def table(row: type[Any]) -> sa.Table:
    """The Core table behind an SQLModel class."""
    return cast(sa.Table, row.__table__)


CHAT, PERSON, MEMBERSHIP = table(t.ChatRow), table(t.PersonRow), table(t.MembershipRow)
COLLECTION, DUE, INTENT, CHARGE = table(t.CollectionRow), table(t.DueRow), table(t.IntentRow), table(t.ChargeRow)
ENTRY, POSTING, CONTACT = table(t.EntryRow), table(t.PostingRow), table(t.ContactRow)
PERSON_CONTACT, PROPOSAL, CARD = table(t.PersonContactRow), table(t.ProposalRow), table(t.CardRow)
MENU, PLANNING = table(t.MenuRow), table(t.PlanningRow)
INBOX, OUTBOX = table(t.InboxRow), table(t.OutboxRow)


def members_of(text: str) -> tuple[MemberId, ...]:
    return tuple(MemberId(int(number)) for number in text.split(",")) if text else ()


def members_row(members: Iterable[MemberId]) -> str:
    return ",".join(map(str, members))


CHAT_COLUMNS = (
    CHAT.c.id,
    CHAT.c.platform,
    CHAT.c.title,
    CHAT.c.locale,
    CHAT.c.timezone,
    CHAT.c.currency,
    CHAT.c.private,
)
CHAT_SELECT = sa.select(*CHAT_COLUMNS, CHAT.c.active)


def chat_of(row: Any) -> Chat:
    return Chat(ChatId(row[0]), *row[1:8])


PERSON_SELECT = sa.select(
    PERSON.c.id,
    PERSON.c.name,
    PERSON.c.username,
    PERSON.c.locale,
    PERSON.c.reachable,
    PERSON.c.muted,
    PERSON.c.phone,
    PERSON.c.consent,
    PERSON.c.payee,
    PERSON.c.payee_picture,
    PERSON.c.forgotten_at,
    PERSON.c.consent_asked,
)


def member_of(row: Any) -> Member:
    return Member(MemberId(row[0]), *(*row[1:10], maybe(row[10]), row[11]))


COLLECTION_SELECT = sa.select(*COLLECTION.c)


def collection_of(row: Any) -> Collection:
    return Collection(
        id=CollectionId(row.id),
        number=row.number,
        chat=ChatId(row.chat_id),
        organiser=MemberId(row.organiser),
        title=row.title,
        mode=Mode(row.mode),
        currency=row.currency,
        amount=row.amount,
        minimum=row.minimum,
        maximum=row.maximum,
        goal=row.goal,
        suggested=row.suggested,
        deadline=maybe(row.deadline),
        payee=row.payee,
        payee_picture=row.payee_picture,
        recipient=MemberId(row.recipient),
        helpers=members_of(row.helpers),
        cap=row.cap,
        quorum=row.quorum,
        starts_at=maybe(row.starts_at),
        place=row.place,
        names=bool(row.names),
        tagged=bool(row.tagged),
        plan=row.plan,
        contract=row.contract,
        state=CollectionState(row.state),
        opened_at=instant(row.opened_at),
        every=row.every * _US,
        lasting=row.lasting * _US,
        summarised=row.summarised,
        tally=Tally(row.heads, row.settled, row.claimed, row.asked, row.paid),
        chain=Chain(row.seq, row.head),
    )


def collection_row(c: Collection) -> dict[str, Any]:
    return {
        "id": c.id,
        "number": c.number,
        "chat_id": c.chat,
        "organiser": c.organiser,
        "title": clean(c.title),
        "mode": c.mode.value,
        "currency": c.currency,
        "amount": c.amount,
        "minimum": c.minimum,
        "maximum": c.maximum,
        "goal": c.goal,
        "suggested": c.suggested,
        "deadline": stored(c.deadline),
        "payee": clean(c.payee),
        "payee_picture": c.payee_picture,
        "recipient": c.recipient,
        "helpers": members_row(c.helpers),
        "cap": c.cap,
        "quorum": c.quorum,
        "starts_at": stored(c.starts_at),
        "place": clean(c.place),
        "names": c.names,
        "tagged": c.tagged,
        "plan": c.plan,
        "contract": c.contract,
        "state": c.state.value,
        "opened_at": micros(c.opened_at),
        "every": c.every // _US,
        "lasting": c.lasting // _US,
        "summarised": c.summarised,
        "heads": c.tally.heads,
        "settled": c.tally.settled,
        "claimed": c.tally.claimed,
        "asked": c.tally.amount,
        "paid": c.tally.paid,
        "seq": c.chain.seq,
        "head": c.chain.head,
    }


INTENT_SELECT = sa.select(*INTENT.c)


def intent_of(row: Any) -> Intent:
    return Intent(
        id=IntentId(row.id),
        collection=CollectionId(row.collection_id),
        member=MemberId(row.member_id),
        channel=row.channel,
        amount=row.amount,
        currency=row.currency,
        created_at=instant(row.created_at),
        state=IntentState(row.state),
        reference=row.reference,
        action=json.loads(row.action or "{}"),
        cause=row.cause,
        expires_at=maybe(row.expires_at),
        asked=row.asked,
        next_at=maybe(row.next_at),
        covers=members_of(row.covers),
        surface=row.surface,
        ip=row.ip,
        wanted=row.wanted,
        tried=tuple(row.tried.split(",")) if row.tried else (),
        reasons=json.loads(row.reasons or "{}"),
    )


def intent_row(i: Intent) -> dict[str, Any]:
    return {
        "id": i.id,
        "collection_id": i.collection,
        "member_id": i.member,
        "channel": i.channel,
        "amount": i.amount,
        "currency": i.currency,
        "created_at": micros(i.created_at),
        "state": i.state.value,
        "reference": clean(i.reference),
        "action": json.dumps(dict(i.action), ensure_ascii=True) if i.action else "",
        "cause": clean(i.cause),
        "expires_at": stored(i.expires_at),
        "asked": i.asked,
        "next_at": stored(i.next_at),
        "covers": members_row(i.covers),
        "surface": i.surface,
        "ip": i.ip,
        "wanted": i.wanted,
        "tried": ",".join(i.tried),
        "reasons": json.dumps(dict(i.reasons)) if i.reasons else "",
    }


def charge_of(row: Any) -> Charge:
    return Charge(
        channel=row.channel,
        reference=row.reference,
        collection=CollectionId(row.collection_id),
        member=MemberId(row.member_id),
        amount=row.amount,
        currency=row.currency,
        at=instant(row.at),
        intent=IntentId(row.intent_id) if row.intent_id else None,
        listed=row.listed,
        listing=Listing(row.listing) if row.listing else None,
        fee=row.fee,
        received_at=maybe(row.received_at),
        covered=covered_of(row.covered),
        known_as=row.known_as,
    )


def charge_row(c: Charge) -> dict[str, Any]:
    return {
        "channel": c.channel,
        "reference": c.reference,
        "collection_id": c.collection,
        "member_id": c.member,
        "amount": c.amount,
        "currency": c.currency,
        "at": micros(c.at),
        "intent_id": c.intent or "",
        "listed": c.listed,
        "listing": c.listing.value if c.listing else "",
        "fee": c.fee,
        "received_at": stored(c.received_at),
        "covered": covered_row(c.covered),
        "known_as": clean(c.known_as),
    }


_OF_CONTACT = ("collection_id", "step", "medium", "outcome", "reason", "members", "at")
CONTACT_SELECT = sa.select(*(CONTACT.c[name] for name in _OF_CONTACT))


def contact_of(row: Any) -> Contact:
    return Contact(CollectionId(row[0]), row[1], row[2], row[3], row[4], tuple(json.loads(row[5])), instant(row[6]))


def contact_row(c: Contact) -> dict[str, Any]:
    return {
        "collection_id": c.collection,
        "step": c.step,
        "medium": c.medium,
        "outcome": c.outcome,
        "reason": c.reason,
        "members": json.dumps(c.members, separators=(",", ":")),
        "at": micros(c.at),
    }


def entry_row(e: Entry) -> dict[str, Any]:
    return {
        "collection_id": e.collection,
        "seq": e.seq,
        "version": e.schema,
        "kind": e.kind,
        "at": micros(e.at),
        "currency": e.currency,
        "by": e.by,
        "reference": e.reference,
        "previous": e.previous,
        "hash": e.hash,
    }


POSTING_KEYS: Final = ("collection_id", "seq", "line", "account", "minor")


def posting_rows(e: Entry) -> list[tuple[Any, ...]]:
    """In the order of ``POSTING_KEYS``."""
    collection, seq = e.collection, e.seq
    return [(collection, seq, i, p.account, p.minor) for i, p in enumerate(e.postings)]


def entry_of(row: Any, postings: tuple[Posting, ...]) -> Entry:
    return Entry(
        CollectionId(row.collection_id),
        row.seq,
        row.kind,
        instant(row.at),
        row.currency,
        row.by,
        row.reference,
        postings,
        row.previous,
        row.hash,
        row.version,
    )
