"""The facts of the organiser's board: one page of people, one of what was decided, whatever the size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from bot.domain.decision import Contact, Contacted
from bot.domain.model import (
    UNSETTLED,
    Chat,
    Collection,
    CollectionId,
    Due,
    DueState,
    Intent,
    IntentId,
    IntentState,
    Listing,
    Member,
    MemberId,
    Progress,
    Refund,
    RefundState,
    Stray,
)
from bot.domain.swings import Swing
from bot.ports.board import GROUPS, BoardView
from bot.store.codec import instant
from bot.store.directory import Directory, Whereabouts
from bot.store.due_rows import DUE_SELECT, due_of
from bot.store.load_money import LoadingMoney
from bot.store.queries import Queries
from bot.store.returning import REFUND, refund_of
from bot.store.rows import CHARGE, DUE, INTENT, INTENT_SELECT, POSTING, intent_of
from bot.store.strays import OPEN, STRAY, stray_of
from bot.store.swings import Swings

PEOPLE: Final = 50
"""On one page."""
STEPS: Final = 25
"""Decisions on one page; what channels became in the same time stands between them, at most ``SWINGS``."""
SWINGS: Final = 50
ITEMS: Final = 50
"""Of each kind of money."""
_S = DueState
_group = sa.case(
    (DUE.c.state.in_([_S.CLAIMED.value, _S.DISPUTED.value]), 0),
    (DUE.c.state.in_([_S.PAID.value, _S.WAIVED.value, _S.REFUNDED.value]), 5),
    (DUE.c.state.not_in(sorted(UNSETTLED)), 6),
    (DUE.c.progress == Progress.FAILED.value, 1),
    (DUE.c.progress == Progress.STARTED.value, 2),
    (DUE.c.progress == Progress.OPENED.value, 3),
    else_=4,
)
"""A due's place in ``GROUPS``."""
_LAST = (INTENT.c.created_at, sa.func.length(INTENT.c.tried), INTENT.c.id)


@dataclass(frozen=True, slots=True)
class BoardFacts:
    """What the store knows. ``place`` is the platform's id of the chat."""

    collection: Collection
    chat: Chat
    place: str
    reader: Whereabouts
    view: BoardView
    """As it can be shown: no page beyond the last."""
    next_reminder_at: datetime | None
    counts: tuple[tuple[str, int], ...]
    pages: int
    dues: tuple[Due, ...]
    people: Mapping[MemberId, Member]
    attempts: Mapping[MemberId, Intent]
    """The latest of each who is on the page."""
    charged: Mapping[MemberId, tuple[str, datetime]]
    """Over what and when their latest charge came."""
    history: tuple[Contact, ...]
    contacted: tuple[Contacted, ...]
    held: tuple[Intent, ...]
    unclear: tuple[Intent, ...]
    listed: tuple[tuple[MemberId, Listing, int], ...]
    strays: tuple[Stray, ...]
    refunds: tuple[Refund, ...]
    """Under way, or come to nothing."""
    routed: tuple[Intent, ...]
    before: Mapping[IntentId, Intent]
    """The same member's attempt before each of them."""
    swings: tuple[tuple[datetime, Swing], ...]
    past_pages: int


class Boards(LoadingMoney, Directory, Swings, Queries):
    """The part of a transaction that looks at a collection as its organiser does."""

    def board(
        self,
        id: CollectionId,  # noqa: A002 - the field's word
        reader: MemberId,
        view: BoardView,
        channels: tuple[str, ...],
    ) -> BoardFacts | None:
        """None for a collection or a reader who is not known."""
        card, who = self.card_facts(id), self.whereabouts([reader]).get(reader)
        place = self.place(card.chat.id) if card is not None else None
        if card is None or who is None or place is None:
            return None
        collection = card.collection
        counts = self._counts(id)
        shown = dict(counts).get(view.group, 0) if view.group else sum(n for _, n in counts)
        attempts = self._count(INTENT.c.collection_id == id)
        pages, past_pages = max(1, -(-shown // PEOPLE)), max(1, -(-attempts // STEPS))
        view = BoardView(view.group, min(view.page, pages - 1), min(view.past, past_pages - 1))
        dues = self._page(id, view)
        routed, since, until = self._routed(collection, view.past, past_pages)
        held, unclear = self._waiting(id, IntentState.HELD), self._waiting(id, IntentState.UNKNOWN)
        listed, strays, refunds = self._listed(id), self._astray(id), self._under_way(id)
        mine = [due.member for due in dues]
        others = [i.member for i in (*routed, *held, *unclear)]
        others += [*(m for m, _, _ in listed), *(s.member for s in strays), *(r.member for r in refunds)]
        people = self.members([reader, collection.organiser, *mine, *others])
        return BoardFacts(
            collection=collection,
            chat=place[0],
            place=place[1],
            reader=who,
            view=view,
            next_reminder_at=card.next_reminder_at,
            counts=counts,
            pages=pages,
            dues=dues,
            people=people,
            attempts=self._latest(id, mine),
            charged=self._charged(id, mine),
            history=self.history(collection),
            contacted=self.contacted(mine, None),
            held=held,
            unclear=unclear,
            listed=listed,
            strays=strays,
            refunds=refunds,
            routed=routed,
            before=self._before(id, routed),
            swings=self.swings(channels, since, until, most=SWINGS),
            past_pages=past_pages,
        )

    # -- people ---------------------------------------------------------------------------------------------

    def _counts(self, id: CollectionId) -> tuple[tuple[str, int], ...]:  # noqa: A002
        select = sa.select(_group, sa.func.count()).where(DUE.c.collection_id == id).group_by(_group)
        found = {GROUPS[place]: int(n) for place, n in self.connection.execute(select)}
        return tuple((group, found[group]) for group in GROUPS if group in found)

    def _page(self, id: CollectionId, view: BoardView) -> tuple[Due, ...]:  # noqa: A002
        select = DUE_SELECT.where(DUE.c.collection_id == id)
        if view.group:
            select = select.where(_group == GROUPS.index(view.group))
        in_order = select.order_by(_group, DUE.c.ordinal, DUE.c.member_id)
        return tuple(map(due_of, self.connection.execute(in_order.offset(view.page * PEOPLE).limit(PEOPLE))))

    def _latest(self, id: CollectionId, members: list[MemberId]) -> Mapping[MemberId, Intent]:  # noqa: A002
        of = sa.and_(INTENT.c.collection_id == id, INTENT.c.member_id.in_(members))
        rows = self.connection.execute(INTENT_SELECT.where(of).order_by(*_LAST))
        return {i.member: i for i in map(intent_of, rows)}

    def _charged(self, id: CollectionId, members: list[MemberId]) -> Mapping[MemberId, tuple[str, datetime]]:  # noqa: A002
        at = sa.func.coalesce(CHARGE.c.received_at, CHARGE.c.at)
        of = sa.and_(CHARGE.c.collection_id == id, CHARGE.c.member_id.in_(members))
        rows = self.connection.execute(sa.select(CHARGE.c.member_id, CHARGE.c.channel, at).where(of).order_by(at))
        return {MemberId(member): (channel, instant(when)) for member, channel, when in rows}

    # -- money ----------------------------------------------------------------------------------------------

    def _waiting(self, id: CollectionId, state: IntentState) -> tuple[Intent, ...]:  # noqa: A002
        of = sa.and_(INTENT.c.collection_id == id, INTENT.c.state == state.value)
        rows = self.connection.execute(INTENT_SELECT.where(of).order_by(INTENT.c.created_at, INTENT.c.id).limit(ITEMS))
        return tuple(map(intent_of, rows))

    def _listed(self, id: CollectionId) -> tuple[tuple[MemberId, Listing, int], ...]:  # noqa: A002
        total = sa.func.sum(POSTING.c.minor)
        of = sa.and_(POSTING.c.collection_id == id, POSTING.c.account.like("listed:%"))
        select = sa.select(POSTING.c.account, total).where(of).group_by(POSTING.c.account).having(total != 0)
        rows = self.connection.execute(select.order_by(POSTING.c.account).limit(ITEMS))
        parts = ((account.split(":"), -int(minor)) for account, minor in rows)
        return tuple((MemberId(int(member)), Listing(why), minor) for (_, why, member), minor in parts)

    def _astray(self, id: CollectionId) -> tuple[Stray, ...]:  # noqa: A002
        of = sa.and_(STRAY.c.collection_id == id, OPEN)
        rows = self.connection.execute(sa.select(*STRAY.c).where(of).order_by(STRAY.c.received_at).limit(ITEMS))
        return tuple(map(stray_of, rows))

    def _under_way(self, id: CollectionId) -> tuple[Refund, ...]:  # noqa: A002
        of = sa.and_(REFUND.c.collection_id == id, REFUND.c.state != RefundState.REFUNDED.value)
        rows = self.connection.execute(sa.select(*REFUND.c).where(of).order_by(REFUND.c.created_at).limit(ITEMS))
        return tuple(map(refund_of, rows))

    # -- what was decided -----------------------------------------------------------------------------------

    def _count(self, of: sa.ColumnElement[bool]) -> int:
        return int(self.connection.execute(sa.select(sa.func.count()).select_from(INTENT).where(of)).scalar_one())

    def _routed(self, collection: Collection, past: int, pages: int) -> tuple[tuple[Intent, ...], datetime, datetime]:
        """One page of attempts, the newest first, and the time it stands for."""
        newest = INTENT_SELECT.where(INTENT.c.collection_id == collection.id).order_by(*(c.desc() for c in _LAST))
        first = max(0, past * STEPS - 1)
        found = tuple(map(intent_of, self.connection.execute(newest.offset(first).limit(past * STEPS + STEPS - first))))
        later, page = (found[:1], found[1:]) if past else ((), found)
        until = later[0].created_at if later else datetime.max.replace(tzinfo=UTC)
        last = page[-1].created_at if page and past < pages - 1 else collection.opened_at
        return page, last, until

    def _before(self, id: CollectionId, routed: tuple[Intent, ...]) -> Mapping[IntentId, Intent]:  # noqa: A002
        members = {i.member for i in routed}
        of = sa.and_(INTENT.c.collection_id == id, INTENT.c.member_id.in_(members))
        last: dict[MemberId, Intent] = {}
        found: dict[IntentId, Intent] = {}
        for intent in map(intent_of, self.connection.execute(INTENT_SELECT.where(of).order_by(*_LAST))):
            if intent.member in last:
                found[intent.id] = last[intent.member]
            last[intent.member] = intent
        return found
