"""Chats and people: platform ids ↔ our numbers, who is where, who can be written to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from bot.domain.ledger import micros
from bot.domain.model import Chat, ChatId, CollectionId, Member, MemberId
from bot.ports import Person, Place
from bot.store import codec
from bot.store.base import Base, insert_into
from bot.store.codec import clean
from bot.store.prepared import Prepared
from bot.store.rows import (
    CHAT,
    CHAT_SELECT,
    COLLECTION,
    DUE,
    MEMBERSHIP,
    MENU,
    OUTBOX,
    PERSON,
    PERSON_SELECT,
    chat_of,
    member_of,
)

OFFERED_FOR: Final = timedelta(days=4)
"""How long a number keeps its meaning: a collection's reminders and a day."""
_NUMBER: Final = re.compile("#([0-9]{1,18})")


_PLACE = Prepared(CHAT_SELECT.add_columns(CHAT.c.external).where(CHAT.c.id == sa.bindparam("id")))
_PEOPLE = PERSON_SELECT.add_columns(PERSON.c.platform, PERSON.c.external).where(
    PERSON.c.id.in_(sa.bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A member and their platform's id."""

    member: Member
    platform: str
    external: str


class Directory(Base):
    """The part of a transaction that knows who and where."""

    # -- chats ----------------------------------------------------------------------------------------------

    def chat_of(self, platform: str, place: Place, *, now: datetime, locale: str, timezone: str, currency: str) -> Chat:
        """The chat at ``place``, made with the given defaults when it is new; its title is kept up to date."""
        here = sa.and_(CHAT.c.platform == platform, CHAT.c.external == place.id)
        row = self.connection.execute(CHAT_SELECT.where(here)).first()
        title = clean(place.title)
        if row is None:
            fresh = {
                "platform": platform,
                "external": place.id,
                "title": title,
                "locale": locale,
                "timezone": timezone,
                "currency": currency,
                "private": place.private,
                "active": True,
            }
            insert = insert_into(self.dialect, CHAT).values(fresh)
            self.connection.execute(insert.on_conflict_do_nothing(index_elements=["platform", "external"]))
            row = self.connection.execute(CHAT_SELECT.where(here)).one()
        chat = chat_of(row)
        if (title and title != chat.title) or not chat.active:
            changed = {"title": title or chat.title, "active": True}
            self.connection.execute(sa.update(CHAT).where(CHAT.c.id == chat.id).values(changed))
            row = self.connection.execute(CHAT_SELECT.where(here)).one()
        return chat_of(row)

    def place(self, id: ChatId) -> tuple[Chat, str] | None:  # noqa: A002 - the field's word
        """The chat, and the platform's id of it."""
        row = _PLACE.first(self.connection, {"id": id})
        return (chat_of(row), row.external) if row else None

    # -- numbered answers -------------------------------------------------------------------------------------

    def offer(self, platform: str, external: str, choices: Sequence[str], now: datetime) -> None:
        """From now on the numbers that are said there mean these choices."""
        row = {
            "platform": platform,
            "external": external,
            "choices": "\n".join(choices),
            "offered_at": micros(now),
        }
        insert = insert_into(self.dialect, MENU).values(row)
        fresh = {key: insert.excluded[key] for key in ("choices", "offered_at")}
        self.connection.execute(insert.on_conflict_do_update(index_elements=["platform", "external"], set_=fresh))

    def choice(self, platform: str, external: str, number: int, now: datetime) -> str | None:
        """What ``number`` (from 1) means there; None when nothing was offered lately, or not that much."""
        since = micros(now - OFFERED_FOR)
        here = sa.and_(MENU.c.platform == platform, MENU.c.external == external, MENU.c.offered_at >= since)
        found = self.connection.execute(sa.select(MENU.c.choices).where(here)).scalar()
        choices = found.split("\n") if found else []
        return choices[number - 1] if 1 <= number <= len(choices) else None

    def move_chat(self, platform: str, old: str, new: str) -> None:
        """The chat has a new platform id: everything moves. What a new id already gathered is joined to it. Told again
        (each message that was refused tells of it), it changes nothing."""
        if old == new:
            return
        ids = sa.select(CHAT.c.external, CHAT.c.id).where(CHAT.c.platform == platform, CHAT.c.external.in_([old, new]))
        at = dict(self.connection.execute(ids).all())
        if old not in at:
            return
        if new in at:
            self._absorb(at[new], into=at[old])
        self.connection.execute(sa.update(CHAT).where(CHAT.c.id == at[old]).values(external=new, active=True))

    def _absorb(self, other: int, *, into: int) -> None:
        """Join ``other`` into ``into``: members, collections (numbered on), what waits to be sent there."""
        last = sa.select(sa.func.coalesce(sa.func.max(COLLECTION.c.number), 0)).where(COLLECTION.c.chat_id == into)
        number = self.connection.execute(last).scalar_one()
        theirs = sa.select(COLLECTION.c.id).where(COLLECTION.c.chat_id == other).order_by(COLLECTION.c.number)
        for i, collection in enumerate(self.connection.execute(theirs).scalars().all(), start=1):
            moved = sa.update(COLLECTION).where(COLLECTION.c.id == collection)
            self.connection.execute(moved.values(chat_id=into, number=number + i))
        here = sa.select(MEMBERSHIP.c.person_id).where(MEMBERSHIP.c.chat_id == other, MEMBERSHIP.c.left_at.is_(None))
        back = sa.update(MEMBERSHIP).where(MEMBERSHIP.c.chat_id == into, MEMBERSHIP.c.person_id.in_(here))
        self.connection.execute(back.values(left_at=None))
        known = sa.select(MEMBERSHIP.c.person_id).where(MEMBERSHIP.c.chat_id == into)
        mine = sa.and_(MEMBERSHIP.c.chat_id == other, MEMBERSHIP.c.person_id.not_in(known))
        self.connection.execute(sa.update(MEMBERSHIP).where(mine).values(chat_id=into))
        self.connection.execute(sa.delete(MEMBERSHIP).where(MEMBERSHIP.c.chat_id == other))
        self._readdress(ChatId(other), ChatId(into))
        self.connection.execute(sa.delete(CHAT).where(CHAT.c.id == other))

    def _readdress(self, other: ChatId, into: ChatId) -> None:
        """What waits to be said in ``other`` will be said in ``into``."""
        waiting = sa.and_(OUTBOX.c.kind == "notice", OUTBOX.c.state == "pending")
        mentions = sa.select(OUTBOX.c.id, OUTBOX.c.payload).where(waiting, OUTBOX.c.payload.like(f'%"chat":{other}%'))
        for id_, payload in self.connection.execute(mentions).all():
            notice = codec.loads(payload)
            if notice.chat == other:
                moved = codec.dumps(replace(notice, chat=into))
                self.connection.execute(sa.update(OUTBOX).where(OUTBOX.c.id == id_).values(payload=moved))
        self.connection.execute(sa.update(OUTBOX).where(OUTBOX.c.lane == f"chat:{other}").values(lane=f"chat:{into}"))

    # -- people ---------------------------------------------------------------------------------------------

    def member_of(self, platform: str, person: Person) -> Member:
        """The person as we know them, brought up to date with what the platform says now."""
        return self._people(platform, [person])[0]

    def _people(self, platform: str, people: Sequence[Person]) -> list[Member]:
        by_id = {p.id: p for p in people}
        if not by_id:
            return []
        select = PERSON_SELECT.add_columns(PERSON.c.external).where(
            PERSON.c.platform == platform, PERSON.c.external.in_(list(by_id))
        )
        known = {row.external: member_of(row) for row in self.connection.execute(select)}
        stale = [p for p in by_id.values() if p.id not in known or _differs(known[p.id], p)]
        if stale:
            self._upsert(platform, stale, known)
            known = {row.external: member_of(row) for row in self.connection.execute(select)}
        return [known[p.id] for p in people]

    def _upsert(self, platform: str, people: Sequence[Person], known: dict[str, Member]) -> None:
        rows: list[dict[str, Any]] = []
        for p in people:
            was = known.get(p.id)
            rows.append(
                {
                    "platform": platform,
                    "external": p.id,
                    "name": clean(p.name) or (was.name if was else ""),
                    "username": clean(p.username) or (was.username if was else ""),
                    "locale": (was.locale if was and was.locale else "") or p.locale,
                    "reachable": False,
                    "muted": False,
                    "phone": "",
                    "payee": "",
                    "payee_picture": "",
                    "consent": False,
                }
            )
        insert = insert_into(self.dialect, PERSON)
        fresh = {key: insert.excluded[key] for key in ("name", "username", "locale")}
        self.connection.execute(insert.on_conflict_do_update(index_elements=["platform", "external"], set_=fresh), rows)

    def see(self, chat: ChatId, people: Sequence[Person], platform: str, now: datetime) -> tuple[Member, ...]:
        """They are present in the chat. Bots do not count."""
        members = self._people(platform, [p for p in people if not p.bot])
        if members:
            ids = [m.id for m in members]
            select = sa.select(MEMBERSHIP.c.person_id).where(
                MEMBERSHIP.c.chat_id == chat, MEMBERSHIP.c.person_id.in_(ids), MEMBERSHIP.c.left_at.is_(None)
            )
            present = set(self.connection.execute(select).scalars())
            if absent := [m for m in dict.fromkeys(ids) if m not in present]:
                insert = insert_into(self.dialect, MEMBERSHIP)
                statement = insert.on_conflict_do_update(
                    index_elements=["chat_id", "person_id"], set_={"left_at": None}
                )
                at = micros(now)
                rows = [{"chat_id": chat, "person_id": m, "since": at, "left_at": None} for m in absent]
                self.connection.execute(statement, rows)
        return tuple(members)

    def reached(self, member: MemberId, *, can: bool) -> None:
        """Whether the bot may write to them in private."""
        changed = sa.and_(PERSON.c.id == member, PERSON.c.reachable != can)
        self.connection.execute(sa.update(PERSON).where(changed).values(reachable=can))

    def give_phone(self, member: MemberId, phone: str) -> None:
        """A number with consent, as the demo's members have it from the start."""
        self.connection.execute(sa.update(PERSON).where(PERSON.c.id == member).values(phone=phone, consent=True))

    def leave(self, chat: ChatId, member: MemberId, now: datetime) -> tuple[CollectionId, ...]:
        """They left; the open collections of the chat in which they have a due. Nothing when they had left before:
        platforms tell it twice."""
        here = sa.and_(MEMBERSHIP.c.chat_id == chat, MEMBERSHIP.c.person_id == member, MEMBERSHIP.c.left_at.is_(None))
        if not self.connection.execute(sa.update(MEMBERSHIP).where(here).values(left_at=micros(now))).rowcount:
            return ()
        select = (
            sa.select(COLLECTION.c.id)
            .join(DUE, sa.and_(DUE.c.collection_id == COLLECTION.c.id, DUE.c.member_id == member))
            .where(COLLECTION.c.chat_id == chat, COLLECTION.c.state.in_(("open", "gathering")))
        )
        return tuple(CollectionId(i) for i in self.connection.execute(select).scalars())

    def find(self, chat: ChatId, name: str) -> tuple[Member, ...]:
        """Who may be meant by ``@username``, a display name, or ``#number``: members present in the chat first."""
        wanted = name.removeprefix("@").casefold()
        numbered = _NUMBER.fullmatch(name)
        if not wanted:
            return ()
        if numbered:
            where: Any = PERSON.c.id == int(numbered[1])
        elif self.dialect == "sqlite" and not wanted.isascii():
            where = sa.true()  # SQLite's lower() knows ASCII only: compare in Python below
        else:
            where = sa.or_(sa.func.lower(PERSON.c.username) == wanted, sa.func.lower(PERSON.c.name) == wanted)
        select = (
            PERSON_SELECT.add_columns(MEMBERSHIP.c.left_at)
            .join(MEMBERSHIP, MEMBERSHIP.c.person_id == PERSON.c.id)
            .where(MEMBERSHIP.c.chat_id == chat, where)
            .order_by(MEMBERSHIP.c.since, PERSON.c.id)
        )
        rows = self.connection.execute(select).all()
        if not numbered:
            rows = [row for row in rows if wanted in (row.username.casefold(), row.name.casefold())]
        present = tuple(member_of(row) for row in rows if row.left_at is None)
        by_handle = tuple(m for m in present if m.username.casefold() == wanted)
        return by_handle or present or tuple(member_of(row) for row in rows)

    def names(self, chat: ChatId) -> Mapping[str, tuple[Member, ...]]:
        """All that ``find`` would find, by case-folded name: handles before names, who is present before who left."""
        select = (
            PERSON_SELECT.add_columns(MEMBERSHIP.c.left_at)
            .join(MEMBERSHIP, MEMBERSHIP.c.person_id == PERSON.c.id)
            .where(MEMBERSHIP.c.chat_id == chat)
            .order_by(MEMBERSHIP.c.since, PERSON.c.id)
        )
        ranked: dict[str, tuple[int, list[Member]]] = {}
        for row in self.connection.execute(select):
            member, left = member_of(row), row.left_at is not None
            for word, rank in ((member.username, 2 if left else 0), (member.name, 2 if left else 1)):
                best, members = ranked.get(word.casefold(), (3, []))
                if word and rank < best:
                    ranked[word.casefold()] = rank, [member]
                elif word and rank == best and member not in members:
                    members.append(member)
        return {word: tuple(members) for word, (_, members) in ranked.items()}

    def known(self, ids: Iterable[str]) -> tuple[MemberId, ...]:
        """Those of ``platform:external`` that we have met."""
        pairs = [tuple(id_.split(":", 1)) for id_ in ids]
        these = sa.tuple_(PERSON.c.platform, PERSON.c.external).in_(pairs)
        found = self.connection.execute(sa.select(PERSON.c.id).where(these).order_by(PERSON.c.id)) if pairs else ()
        return tuple(MemberId(row.id) for row in found)

    def whereabouts(self, ids: Iterable[MemberId]) -> dict[MemberId, Whereabouts]:
        """People, and how the platform calls them."""
        if not (wanted := list(dict.fromkeys(ids))):
            return {}
        rows = self.connection.execute(_PEOPLE, {"ids": wanted})
        found = [Whereabouts(member_of(row), row.platform, row.external) for row in rows]
        return {who.member.id: who for who in found}


def _differs(known: Member, person: Person) -> bool:
    return (
        bool(person.name and clean(person.name) != known.name)
        or bool(person.username and clean(person.username) != known.username)
        or bool(person.locale and not known.locale)
    )
