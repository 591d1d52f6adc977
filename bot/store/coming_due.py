"""Loading what has come due, in sets: a sweep of ten thousand dues makes a handful of queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa

from bot.domain import command as c
from bot.domain.decision import Cohort, State, Waiting
from bot.domain.ledger import micros
from bot.domain.model import Chat, ChatId, CollectionId, IntentId, Standing
from bot.domain.policy import Policy
from bot.store.codec import instant
from bot.store.due_rows import DUE_SELECT, due_of
from bot.store.load_money import LoadingMoney
from bot.store.rows import CHAT, CHAT_SELECT, COLLECTION, COLLECTION_SELECT, DUE, INTENT, PERSON, chat_of, collection_of

_MOST_COLLECTIONS: Final = 500
_DUE_SOON = sa.select(DUE.c.collection_id).where(DUE.c.next_at <= sa.bindparam("now")).order_by(DUE.c.next_at)
_ALONE = sa.or_(DUE.c.stalled_at.is_not(None), DUE.c.rest_until.is_not(None))
"""Dues with clocks of their own: an attempt runs, or they rest. All others move in cohorts."""
_COHORTS = (
    sa.select(
        DUE.c.collection_id,
        DUE.c.anchor_at,
        DUE.c.slot,
        DUE.c.member_id,
        PERSON.c.muted,
        PERSON.c.reachable,
        DUE.c.standing,
        DUE.c.amount,
        DUE.c.paid,
    )
    .join(PERSON, PERSON.c.id == DUE.c.member_id)
    .where(
        DUE.c.collection_id.in_(sa.bindparam("ids", expanding=True)),
        DUE.c.next_at <= sa.bindparam("now"),
        sa.not_(_ALONE),
    )
    .order_by(DUE.c.collection_id, DUE.c.anchor_at, DUE.c.slot, DUE.c.ordinal)
)
_BY_THEMSELVES = (
    sa.select(DUE.c.collection_id, *DUE_SELECT.selected_columns)
    .where(
        DUE.c.collection_id.in_(sa.bindparam("ids", expanding=True)),
        DUE.c.next_at <= sa.bindparam("now"),
        _ALONE,
    )
    .order_by(DUE.c.ordinal)
)


class ComingDue(LoadingMoney):
    """The part of a transaction that the clock needs."""

    def ticks(self, now: datetime, policy: Policy, *, most: int) -> list[tuple[c.Tick, State]]:
        """The collections of at most ``most`` due rows that have come due, each with what ``tick`` needs under
        ``policy``: of one chat the first only, so that the next one knows whom it has reached.

        Their headers are locked for this transaction; those another worker holds are left to it.
        """
        at = micros(now)
        soon = self.connection.execute(_DUE_SOON.limit(most), {"now": at}).scalars()
        ids = {CollectionId(i): n for n, i in enumerate(dict.fromkeys(soon)) if n < _MOST_COLLECTIONS}
        if not ids:
            return []
        headers = COLLECTION_SELECT.where(COLLECTION.c.id.in_(ids)).with_for_update(skip_locked=True)
        found = sorted(map(collection_of, self.connection.execute(headers)), key=lambda x: ids[x.id], reverse=True)
        first = {x.chat: x for x in found}
        held = self._hold(first)
        collections = {x.id: x for chat, x in first.items() if chat in held}
        if not collections:
            return []
        bound = {"ids": list(collections), "now": at}
        states: dict[CollectionId, dict[str, Any]] = {}
        rows = self.connection.execute(_COHORTS, bound).all()
        for id_, of_collection in groupby(rows, key=lambda row: row[0]):
            mine = list(of_collection)
            states[id_] = {
                "cohorts": tuple(
                    Cohort(instant(anchor), slot, tuple([row[3] for row in alike]))
                    for (anchor, slot), alike in groupby(mine, key=lambda row: (row[1], row[2]))
                ),
                "muted": frozenset([row[3] for row in mine if row[4]]),
                "reachable": frozenset([row[3] for row in mine if row[5]]),
                "waiting": {
                    row[3]: Waiting(Standing(row[6]), None if row[7] is None else row[7] - row[8])
                    for row in mine
                    if row[6] != "active"
                },
            }
        for row in self.connection.execute(_BY_THEMSELVES, bound):
            due = due_of(row[1:])
            states.setdefault(row[0], {}).setdefault("dues", {})[due.member] = due
        stalled = [m for s in states.values() for m in s.get("dues", {})]
        members, contacted = self.members(stalled), self.contacted(stalled, now)
        chats = self._chats({collections[i].chat for i in states})
        history = self.contacts([collections[i] for i in states], policy, now)
        return [
            (
                c.Tick(collection=i),
                State(
                    chat=chats[collections[i].chat],
                    collection=collections[i],
                    members={m: members[m] for m in slice_.get("dues", {})},
                    contacted=contacted,
                    history=history.get(collections[i].chat, ()),
                    **slice_,
                ),
            )
            for i, slice_ in states.items()
        ]

    def _hold(self, chats: Iterable[ChatId]) -> set[ChatId]:
        """Those of ``chats`` that no other worker is reminding: whom one collection reaches, the next has to know. One
        writer is alone anyway."""
        if self.dialect == "sqlite":
            return set(chats)
        mine = sa.select(CHAT.c.id).where(CHAT.c.id.in_(list(chats))).with_for_update(skip_locked=True)
        return {ChatId(id_) for id_ in self.connection.execute(mine).scalars()}

    def _chats(self, ids: set[ChatId]) -> dict[ChatId, Chat]:
        rows = self.connection.execute(CHAT_SELECT.where(CHAT.c.id.in_(ids)))
        return {x.id: x for x in map(chat_of, rows)}

    def channel_asks(self, now: datetime, *, most: int) -> list[c.AskChannel]:
        """Attempts whose time to be asked about, or to expire, has come."""
        select = sa.select(INTENT.c.id).where(INTENT.c.next_at <= micros(now)).order_by(INTENT.c.next_at).limit(most)
        return [c.AskChannel(intent=IntentId(i)) for i in self.connection.execute(select).scalars()]
