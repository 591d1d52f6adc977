"""Questions about the state: cards, the cashier, the books, the counters."""

from __future__ import annotations

from collections.abc import Collection as Collection_, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain import covers, ledger
from bot.domain.ledger import Finding, micros
from bot.domain.model import (
    STALLS,
    UNSETTLED,
    Chat,
    Collection,
    CollectionId,
    Due,
    DueState,
    Listing,
    MemberId,
    Progress,
    Tally,
)
from bot.domain.money import Money
from bot.domain.tags import exact
from bot.ports import CashierView, Covered, NoticeBoard
from bot.store.base import insert_into
from bot.store.changes import PAYEE_CHANGE
from bot.store.codec import maybe
from bot.store.due_rows import DUE_SELECT, due_of
from bot.store.prepared import Prepared
from bot.store.returning import Returning
from bot.store.rows import (
    CARD,
    CHARGE,
    CHAT,
    CHAT_SELECT,
    COLLECTION,
    COLLECTION_SELECT,
    DUE,
    INTENT,
    INTENT_SELECT,
    MEMBERSHIP,
    PERSON,
    PERSON_SELECT,
    POSTING,
    chat_of,
    collection_of,
    intent_of,
    member_of,
)


@dataclass(frozen=True, slots=True)
class CardRef:
    """Where a collection's card stands."""

    message_id: str
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card shows. ``known`` are the chat's present members, ``listed`` minor units that are on no due."""

    collection: Collection
    chat: Chat
    states: Mapping[DueState, int]
    next_reminder_at: datetime | None
    listed: int
    known: int


@dataclass(frozen=True, slots=True)
class Counters:
    """For ``/metrics``."""

    open_collections: int
    dues: Mapping[str, int]


_COLLECTION = Prepared(COLLECTION_SELECT.where(COLLECTION.c.id == sa.bindparam("id")))
_CHAT_BY_ID = Prepared(CHAT_SELECT.where(CHAT.c.id == sa.bindparam("id")))
_CARD = Prepared(sa.select(CARD.c.message_id, CARD.c.edited_at).where(CARD.c.collection_id == sa.bindparam("id")))
_MINE = DUE.c.collection_id == sa.bindparam("id")
_DUES_OF = DUE_SELECT.where(_MINE, DUE.c.member_id.in_(sa.bindparam("members", expanding=True)))
_BY_STATE = Prepared(sa.select(DUE.c.state, sa.func.count()).where(_MINE).group_by(DUE.c.state))
_UPCOMING = Prepared(
    sa.select(sa.func.min(DUE.c.anchor_at + (DUE.c.slot + 1) * sa.bindparam("every", type_=sa.BigInteger))).where(
        _MINE,
        DUE.c.next_at.is_not(None),
        DUE.c.rest_until.is_(None),
        DUE.c.standing == "active",
        DUE.c.slot < sa.bindparam("most"),
    )
)
_LISTED = Prepared(
    sa.select(sa.func.coalesce(sa.func.sum(POSTING.c.minor), 0)).where(
        POSTING.c.collection_id == sa.bindparam("id"), POSTING.c.account.like("listed:%")
    )
)
_PRESENT = Prepared(
    sa.select(sa.func.count()).where(MEMBERSHIP.c.chat_id == sa.bindparam("id"), MEMBERSHIP.c.left_at.is_(None))
)

_OVER = sa.case((INTENT.c.state.in_(("closing", "failed", "closed")), 1), else_=0)
"""Attempts that have given way to another come after it."""


def _set_card(dialect: str) -> Prepared:
    insert = insert_into(dialect, CARD)
    changed = {key: insert.excluded[key] for key in ("message_id", "edited_at")}
    return Prepared(insert.on_conflict_do_update(index_elements=["collection_id"], set_=changed))


_SET_CARD = {dialect: _set_card(dialect) for dialect in ("sqlite", "postgresql")}


class Queries(Returning):
    """The part of a transaction that answers questions."""

    # -- cards ----------------------------------------------------------------------------------------------

    def card(self, collection: CollectionId) -> CardRef | None:
        row = _CARD.first(self.connection, {"id": collection})
        return CardRef(row[0], maybe(row[1])) if row else None

    def set_card(self, collection: CollectionId, message_id: str, edited_at: datetime) -> None:
        row = {"collection_id": collection, "message_id": message_id, "edited_at": micros(edited_at)}
        _SET_CARD[self.dialect].run(self.connection, row)

    def card_facts(self, collection: CollectionId) -> CardFacts | None:
        c = self.collection(collection)
        if c is None:
            return None
        here, mine = self.connection, {"id": collection}
        plan = {**mine, "every": c.every // timedelta(microseconds=1), "most": c.most_reminders}
        return CardFacts(
            collection=c,
            chat=chat_of(_CHAT_BY_ID.first(here, {"id": c.chat})),
            states={DueState(s): n for s, n in _BY_STATE.all(here, mine)},
            next_reminder_at=maybe(_UPCOMING.scalar(here, plan)) if c.open else None,
            listed=-int(_LISTED.scalar(here, mine)),
            known=_PRESENT.scalar(here, {"id": c.chat}),
        )

    def unsettled(self, collection: CollectionId, members: Collection_[MemberId]) -> dict[MemberId, Money | None]:
        """Those of ``members`` of whom money is still asked in an open collection, and how much (None: they choose)."""
        owner = self.collection(collection)
        if owner is None or not owner.open:
            return {}
        rows = self.connection.execute(_DUES_OF, {"id": collection, "members": list(members)})
        dues = [d for d in map(due_of, rows) if d.unsettled]
        return {d.member: None if d.amount is None else owner.money(d.remaining) for d in dues}

    def also_open(self, collection: CollectionId, member: MemberId) -> tuple[tuple[int, Money | None], ...]:
        """Other open collections of the same chat in which money is asked of the member: number, and how much."""
        here = sa.select(COLLECTION.c.chat_id).where(COLLECTION.c.id == collection).scalar_subquery()
        select = (
            sa.select(COLLECTION.c.number, COLLECTION.c.currency, *DUE_SELECT.selected_columns)
            .join(DUE, DUE.c.collection_id == COLLECTION.c.id)
            .where(
                COLLECTION.c.chat_id == here,
                COLLECTION.c.state == "open",
                COLLECTION.c.id != collection,
                DUE.c.member_id == member,
                DUE.c.rest_until.is_(None),
            )
            .order_by(COLLECTION.c.number)
        )
        found = [(row[0], row[1], due_of(row[2:])) for row in self.connection.execute(select)]
        return tuple(
            (number, None if due.amount is None else Money(due.remaining, currency))
            for number, currency, due in found
            if due.unsettled
        )

    def waiting(self, collection: CollectionId, *, most: int) -> tuple[MemberId, ...]:
        """The first of those who have neither paid nor said so."""
        done = [s.value for s in DueState if s not in UNSETTLED]
        select = sa.select(DUE.c.member_id).where(DUE.c.collection_id == collection, DUE.c.state.not_in(done))
        rows = self.connection.execute(select.order_by(DUE.c.ordinal, DUE.c.member_id).limit(most)).scalars()
        return tuple(MemberId(m) for m in rows)

    # -- the cashier ----------------------------------------------------------------------------------------

    def cashier(self, collection: CollectionId, member: MemberId) -> CashierView | None:
        row = _COLLECTION.first(self.connection, {"id": collection})
        mine = DUE_SELECT.where(DUE.c.collection_id == collection, DUE.c.member_id == member)
        found = self.connection.execute(mine).first()
        if row is None or found is None:
            return None
        c, due = collection_of(row), due_of(found)
        others = self._others(collection, due)
        chat = chat_of(_CHAT_BY_ID.first(self.connection, {"id": c.chat}))
        people = PERSON_SELECT.where(PERSON.c.id.in_([member, c.organiser, *others]))
        members = {m.id: m for m in map(member_of, self.connection.execute(people))}
        latest = (
            INTENT_SELECT.where(INTENT.c.collection_id == collection, INTENT.c.member_id == member)
            .order_by(_OVER, INTENT.c.created_at.desc(), sa.func.length(INTENT.c.tried).desc(), INTENT.c.id)
            .limit(1)
        )
        intent = self.connection.execute(latest).first()
        return CashierView(
            collection=c.id,
            member=member,
            member_name=members[member].name,
            organiser=c.organiser,
            organiser_name=members[c.organiser].name,
            title=c.title,
            number=c.number,
            locale=members[member].locale or chat.locale,
            amount=c.money(due.amount or 0),
            paid=c.money(due.paid),
            remaining=c.money(due.remaining),
            state=due.state.value,
            open=c.open,
            payee=c.payee,
            payee_picture=bool(c.payee_picture),
            payee_until=self._payee_until(collection),
            deadline=c.deadline,
            timezone=chat.timezone,
            declared=due.amount is not None,
            channels=(),
            returned=c.money(due.returned),
            over=c.money(due.credit),
            credit=c.money(sum(self.credit_elsewhere(c, member).values())),
            own=c.money(covers.own(due)),
            asked=c.money(covers.asked(due, others)),
            covers=tuple(
                Covered(each.member, members[each.member].name, c.money(each.remaining))
                for each in covers.covered(due, others)
            ),
            exact=c.money(exact(due)) if due.tag and due.remaining else None,
            intent=intent_of(intent) if intent else None,
            suggested=c.money(c.suggested) if c.suggested else None,
            minimum=c.money(c.minimum) if c.minimum else None,
            maximum=c.money(c.maximum) if c.maximum else None,
        )

    def _others(self, collection: CollectionId, due: Due) -> Mapping[MemberId, Due]:
        """The dues of those for whom its member pays."""
        if not due.paying_for:
            return {}
        rows = self.connection.execute(_DUES_OF, {"id": collection, "members": list(due.paying_for)})
        return {each.member: each for each in map(due_of, rows)}

    def _payee_until(self, collection: CollectionId) -> datetime | None:
        """Until when the account is the one that is shown, where another is announced."""
        announced = sa.select(PAYEE_CHANGE.c.at).where(
            PAYEE_CHANGE.c.collection_id == collection, sa.not_(PAYEE_CHANGE.c.over), PAYEE_CHANGE.c.held_by == 0
        )
        return maybe(self.connection.execute(announced).scalar())

    def shares(self, collection: CollectionId, *, most: int = 4) -> tuple[tuple[int, Money], ...]:
        """How many members have which amount, the most frequent first."""
        c = self.collection(collection)
        if c is None:
            return ()
        many = sa.func.count().label("many")
        select = sa.select(many, DUE.c.amount).where(DUE.c.collection_id == collection, DUE.c.amount > 0)
        rows = self.connection.execute(
            select.group_by(DUE.c.amount).order_by(many.desc(), DUE.c.amount.desc()).limit(most)
        )
        return tuple((count, c.money(amount)) for count, amount in rows)

    def notice_board(self, collection: CollectionId) -> NoticeBoard | None:
        row = _COLLECTION.first(self.connection, {"id": collection})
        if row is None:
            return None
        c = collection_of(row)
        chat = chat_of(_CHAT_BY_ID.first(self.connection, {"id": c.chat}))
        organiser = self.connection.execute(PERSON_SELECT.where(PERSON.c.id == c.organiser)).one()
        return NoticeBoard(
            collection=c.id,
            number=c.number,
            title=c.title,
            organiser=c.organiser,
            organiser_name=member_of(organiser).name,
            locale=chat.locale,
            timezone=chat.timezone,
            shares=self.shares(collection),
            settled=c.tally.settled,
            heads=c.tally.heads,
            paid=c.money(c.tally.paid),
            total=c.money(c.tally.amount),
            open=c.open,
            payee=c.payee,
            payee_picture=bool(c.payee_picture),
            deadline=c.deadline,
            stalls=self._stalls(collection) if c.open else (),
        )

    def _stalls(self, collection: CollectionId) -> tuple[tuple[str, int], ...]:
        of = sa.and_(DUE.c.collection_id == collection, DUE.c.state.in_(sorted(UNSETTLED)))
        rows = self.connection.execute(sa.select(DUE.c.progress, sa.func.count()).where(of).group_by(DUE.c.progress))
        counts = [(STALLS[Progress(progress)].value, int(n)) for progress, n in rows]
        return tuple(sorted(counts, key=lambda count: (-count[1], count[0])))

    def lapsed(self, now: datetime, *, most: int) -> list[CollectionId]:
        """Gatherings whose time is over."""
        gathering = COLLECTION.c.state == sa.literal_column("'gathering'")
        select = sa.select(COLLECTION.c.id).where(gathering, COLLECTION.c.deadline <= micros(now)).limit(most)
        return [CollectionId(i) for i in self.connection.execute(select).scalars()]

    # -- the books ------------------------------------------------------------------------------------------

    def collections(self) -> list[CollectionId]:
        return [CollectionId(i) for i in self.connection.execute(sa.select(COLLECTION.c.id)).scalars()]

    def dues(self, collection: CollectionId) -> list[Due]:
        select = DUE_SELECT.where(DUE.c.collection_id == collection).order_by(DUE.c.ordinal, DUE.c.member_id)
        return [due_of(row) for row in self.connection.execute(select)]

    def collection(self, id: CollectionId) -> Collection | None:  # noqa: A002 - the field's word
        row = _COLLECTION.first(self.connection, {"id": id})
        return collection_of(row) if row else None

    def verify(self) -> Iterator[Finding]:
        """Everything that does not hold in the books, collection by collection."""
        for id_ in self.collections():
            collection = self.collection(id_)
            assert collection is not None
            entries = self.entries(id_)
            yield from ledger.check(id_, entries, collection.chain)
            yield from self._against_folds(collection, ledger.balances(entries))
        yield from self.credit_moved()
        yield from self.against_strays()

    def _against_folds(self, collection: Collection, balances: Mapping[str, int]) -> Iterator[Finding]:
        """Dues, charges and the header against the folded ledger."""
        tally = Tally()
        dues = {due.member: due for due in self.dues(collection.id)}
        for due in dues.values():
            tally += due.tally
            if balances.get(ledger.owed(due.member), 0) != due.remaining:
                yield Finding(collection.id, 0, f"member {due.member} owes {due.remaining}, the ledger says otherwise")
            if -balances.get(ledger.listed(Listing.OVERPAID, due.member), 0) != due.credit:
                yield Finding(collection.id, 0, f"member {due.member} has a credit that the ledger does not know")
        if tally != collection.tally:
            yield Finding(collection.id, 0, "the header's counters are not the sum of the dues")
        arrived = sa.select(CHARGE.c.channel, sa.func.sum(CHARGE.c.amount)).group_by(CHARGE.c.channel)
        charges = {
            ledger.received(channel): int(total)
            for channel, total in self.connection.execute(arrived.where(CHARGE.c.collection_id == collection.id))
        }
        for way, total in self.gone(collection.id).items():
            charges[ledger.received(way)] = charges.get(ledger.received(way), 0) - total
        booked = {a: b for a, b in balances.items() if a.startswith("received:") and b}
        if booked != {account: total for account, total in charges.items() if total}:
            yield Finding(collection.id, 0, "the charges less the refunds are not what the ledger received")
        yield from self.against_refunds(collection, dues, balances)
        held = -sum(b for a, b in balances.items() if a.startswith(("listed:", "returning:")))
        if sum(charges.values()) + balances.get(ledger.OWN, 0) != tally.paid + held:
            yield Finding(collection.id, 0, "received is not allocated plus listed")

    # -- counters -------------------------------------------------------------------------------------------

    def counters(self) -> Counters:
        running = sa.select(sa.func.count()).where(COLLECTION.c.state == "open")
        by_state = sa.select(DUE.c.state, sa.func.count()).group_by(DUE.c.state)
        return Counters(
            open_collections=self.connection.execute(running).scalar_one(),
            dues=dict(self.connection.execute(by_state).all()),
        )
