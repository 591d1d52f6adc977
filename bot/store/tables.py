"""The schema, as SQLModel tables: its single truth (a test compares the migrations with it).

Instants are integer microseconds since 1970 UTC, amounts integer minor units, both 64 bit. Text never holds NUL or lone
surrogates (``codec.clean``): PostgreSQL refuses them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

_SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _key(kind: Any = Text) -> Any:
    return Field(sa_column=Column(kind, primary_key=True, autoincrement=False))


def _serial() -> Any:
    return Field(default=None, sa_column=Column(_SERIAL, Identity(), primary_key=True))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False))


def _big(*, null: bool = False) -> Any:
    return Field(default=None if null else 0, sa_column=Column(BigInteger, nullable=null))


def _flag() -> Any:
    return Field(default=False, sa_column=Column(Boolean, nullable=False))


class ChatRow(SQLModel, table=True):
    __tablename__ = "chat"
    __table_args__ = (Index("chat_external", "platform", "external", unique=True),)
    id: int = _serial()
    platform: str = _text()
    external: str = _text()
    title: str = _text()
    locale: str = _text()
    timezone: str = _text()
    currency: str = _text()
    private: bool = _flag()
    active: bool = _flag()


class PersonRow(SQLModel, table=True):
    __tablename__ = "person"
    __table_args__ = (Index("person_external", "platform", "external", unique=True),)
    id: int = _serial()
    platform: str = _text()
    external: str = _text()
    name: str = _text()
    username: str = _text()
    locale: str = _text()
    reachable: bool = _flag()
    muted: bool = _flag()
    phone: str = _text()
    payee: str = _text()
    payee_picture: str = _text()
    consent: bool = _flag()
    forgotten_at: int | None = _big(null=True)
    consent_asked: bool = _flag()


class MembershipRow(SQLModel, table=True):
    __tablename__ = "membership"
    chat_id: int = _key(BigInteger)
    person_id: int = _key(BigInteger)
    since: int = _big()
    left_at: int | None = _big(null=True)


class CollectionRow(SQLModel, table=True):
    __tablename__ = "collection"
    __table_args__ = (
        Index("collection_number", "chat_id", "number", unique=True),
        Index(
            "collection_gathering",
            "deadline",
            sqlite_where=text("state = 'gathering'"),
            postgresql_where=text("state = 'gathering'"),
        ),
    )
    id: str = _key()
    number: int = _big()
    chat_id: int = _big()
    organiser: int = _big()
    title: str = _text()
    mode: str = _text()
    currency: str = _text()
    amount: int | None = _big(null=True)
    minimum: int | None = _big(null=True)
    maximum: int | None = _big(null=True)
    goal: int | None = _big(null=True)
    suggested: int | None = _big(null=True)
    deadline: int | None = _big(null=True)
    payee: str = _text()
    payee_picture: str = _text()
    recipient: int = _big()
    helpers: str = _text()
    cap: int | None = _big(null=True)
    quorum: int | None = _big(null=True)
    starts_at: int | None = _big(null=True)
    place: str = _text()
    names: bool = _flag()
    tagged: bool = _flag()
    plan: str = _text()
    contract: int = _big()
    state: str = _text()
    opened_at: int = _big()
    every: int = _big()
    lasting: int = _big()
    summarised: bool = _flag()
    heads: int = _big()
    settled: int = _big()
    claimed: int = _big()
    asked: int = _big()
    paid: int = _big()
    seq: int = _big()
    head: str = _text()


class DueRow(SQLModel, table=True):
    __tablename__ = "due"
    __table_args__ = (
        Index(
            "due_next",
            "next_at",
            "collection_id",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index("due_member", "member_id"),
        {"sqlite_with_rowid": False},
    )
    collection_id: str = _key()
    member_id: int = _key(BigInteger)
    ordinal: int = _big()
    amount: int | None = _big(null=True)
    paid: int = _big()
    progress: str = _text()
    standing: str = _text()
    state: str = _text()
    anchor_at: int = _big()
    stalled_at: int | None = _big(null=True)
    slot: int = _big()
    rung: int = _big()
    next_at: int | None = _big(null=True)
    claim: str = _text()
    credit: int = _big()
    weight: int = _big()
    pinned: bool = _flag()
    rest_until: int | None = _big(null=True)
    promised: bool = _flag()
    paying_for: str = _text()
    tag: int = _big()
    returned: int = _big()


class IntentRow(SQLModel, table=True):
    __tablename__ = "intent"
    __table_args__ = (
        Index(
            "intent_next",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index("intent_due", "collection_id", "member_id"),
        Index("intent_created", "created_at"),
    )
    id: str = _key()
    collection_id: str = _text()
    member_id: int = _big()
    channel: str = _text()
    amount: int = _big()
    currency: str = _text()
    created_at: int = _big()
    state: str = _text()
    reference: str = _text()
    action: str = _text()
    cause: str = _text()
    expires_at: int | None = _big(null=True)
    asked: int = _big()
    next_at: int | None = _big(null=True)
    covers: str = _text()
    surface: str = _text()
    ip: str = _text()
    wanted: str = _text()
    tried: str = _text()
    reasons: str = _text()


class ChargeRow(SQLModel, table=True):
    __tablename__ = "charge"
    __table_args__ = (Index("charge_collection", "collection_id"),)
    channel: str = _key()
    reference: str = _key()
    collection_id: str = _text()
    member_id: int = _big()
    amount: int = _big()
    currency: str = _text()
    at: int = _big()
    intent_id: str = _text()
    listed: int = _big()
    listing: str = _text()
    fee: int | None = _big(null=True)
    received_at: int | None = _big(null=True)
    covered: str = _text()
    known_as: str = _text()


class EntryRow(SQLModel, table=True):
    """Append-only: triggers refuse UPDATE and DELETE."""

    __tablename__ = "entry"
    collection_id: str = _key()
    seq: int = _key(BigInteger)
    version: int = _big()
    kind: str = _text()
    at: int = _big()
    currency: str = _text()
    by: str = _text()
    reference: str = _text()
    previous: str = _text()
    hash: str = _text()


class PostingRow(SQLModel, table=True):
    """Append-only: triggers refuse UPDATE and DELETE."""

    __tablename__ = "posting"
    collection_id: str = _key()
    seq: int = _key(BigInteger)
    line: int = _key(BigInteger)
    account: str = _text()
    minor: int = _big()


class ContactRow(SQLModel, table=True):
    """History of the dunning: one row per step, whatever the number of members."""

    __tablename__ = "contact"
    __table_args__ = (Index("contact_collection", "collection_id"),)
    id: int = _serial()
    collection_id: str = _text()
    step: str = _text()
    medium: str = _text()
    outcome: str = _text()
    reason: str = _text()
    members: str = _text()
    at: int = _big()


class PersonContactRow(SQLModel, table=True):
    """SMS and calls per member: what the contact budget counts."""

    __tablename__ = "person_contact"
    __table_args__ = (Index("person_contact_member", "member_id", "at"),)
    id: int = _serial()
    member_id: int = _big()
    medium: str = _text()
    at: int = _big()


class ProposalRow(SQLModel, table=True):
    __tablename__ = "proposal"
    id: str = _key()
    by_member: int = _big()
    command: str = _text()
    expires_at: int = _big()


class InboxRow(SQLModel, table=True):
    """Every outside event, by its source's id. ``body`` is dropped when the event is done."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index(
            "inbox_pending",
            "source",
            "rank",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )
    source: str = _key()
    event_id: str = _key()
    digest: str = _text()
    rank: int = _big()
    state: str = _text()
    attempts: int = _big()
    error: str = _text()
    body: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    received_at: int = _big()


class OutboxRow(SQLModel, table=True):
    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_pending",
            "priority",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "outbox_round",
            "round",
            "created_at",
            sqlite_where=text("round != ''"),
            postgresql_where=text("round != ''"),
        ),
        Index(
            "outbox_lane",
            "lane",
            "id",
            sqlite_where=text("state IN ('pending', 'sending')"),
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
        Index(
            "outbox_leased",
            "leased_until",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index(
            "outbox_merge",
            "merge_key",
            unique=True,
            sqlite_where=text("state = 'pending' AND merge_key IS NOT NULL"),
            postgresql_where=text("state = 'pending' AND merge_key IS NOT NULL"),
        ),
    )
    id: int = _serial()
    kind: str = _text()
    lane: str = _text()
    priority: int = _big()
    merge_key: str | None = Field(default=None, sa_column=Column("merge_key", Text, nullable=True))
    once: bool = _flag()
    round: str = _text()
    payload: str = _text()
    state: str = _text("pending")
    not_before: int = _big()
    created_at: int = _big()
    attempts: int = _big()
    leased_until: int | None = _big(null=True)
    token: str = _text()
    error: str = _text()
    reference: str = _text()


class CardRow(SQLModel, table=True):
    __tablename__ = "card"
    collection_id: str = _key()
    message_id: str = _text()
    edited_at: int | None = _big(null=True)


class PlanningRow(SQLModel, table=True):
    """What is planned for a collection that has not begun: ``plans.Planning``, as JSON."""

    __tablename__ = "planning"
    collection_id: str = _key()
    facts: str = _text()


class MenuRow(SQLModel, table=True):
    """What the numbers mean that people may answer with where a platform has no buttons: of the newest message that
    offered any, in a chat or in private. ``choices`` is one button's data a line."""

    __tablename__ = "menu"
    platform: str = _key()
    external: str = _key()
    choices: str = _text()
    offered_at: int = _big()


metadata = SQLModel.metadata
