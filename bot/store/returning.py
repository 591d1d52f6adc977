"""Money on its way back, in the store: rows, the slices that its rules need, and what the books must say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain import command as c, ledger
from bot.domain.ledger import Finding, micros
from bot.domain.model import (
    CREDIT,
    MANUAL,
    NOWHERE,
    Charge,
    Collection,
    CollectionId,
    Due,
    Fate,
    Listing,
    MemberId,
    Refund,
    RefundId,
    RefundState,
    Stray,
)
from bot.store.books import Books
from bot.store.codec import clean, instant, maybe, stored
from bot.store.prepared import Prepared
from bot.store.return_tables import RefundRow
from bot.store.rows import CHARGE, COLLECTION, DUE, POSTING, charge_of, table
from bot.store.strays import STRAY, Strays, charge_of as charge_of_stray, stray_of

REFUND = table(RefundRow)
_SELECT = sa.select(*REFUND.c)
_ONE = Prepared(_SELECT.where(REFUND.c.id == sa.bindparam("id")))
_OF_MEMBER = Prepared(
    _SELECT.where(
        REFUND.c.collection_id == sa.bindparam("id"),
        sa.or_(REFUND.c.member_id == sa.bindparam("member"), REFUND.c.paid_for == sa.bindparam("member")),
    ).order_by(REFUND.c.created_at, REFUND.c.id)
)
_CHARGES = Prepared(
    sa.select(*CHARGE.c)
    .where(
        CHARGE.c.collection_id == sa.bindparam("id"),
        sa.or_(CHARGE.c.member_id == sa.bindparam("member"), CHARGE.c.covered.like(sa.bindparam("among"))),
    )
    .order_by(CHARGE.c.at, CHARGE.c.reference)
)


def refund_of(row: Any) -> Refund:
    return Refund(
        id=RefundId(row.id),
        channel=row.channel,
        charge=row.charge,
        collection=CollectionId(row.collection_id),
        member=MemberId(row.member_id),
        amount=row.amount,
        currency=row.currency,
        created_at=instant(row.created_at),
        by=MemberId(row.by_member),
        by_hand=bool(row.by_hand),
        into=row.into,
        paid_for=MemberId(row.paid_for),
        state=RefundState(row.state),
        reference=row.reference,
        cause=row.cause,
        asked=row.asked,
        next_at=maybe(row.next_at),
    )


def refund_row(r: Refund) -> dict[str, Any]:
    return {
        "id": r.id,
        "channel": r.channel,
        "charge": r.charge,
        "collection_id": r.collection,
        "member_id": r.member,
        "amount": r.amount,
        "currency": r.currency,
        "created_at": micros(r.created_at),
        "by_member": r.by,
        "by_hand": r.by_hand,
        "into": r.into,
        "paid_for": r.paid_for,
        "state": r.state.value,
        "reference": clean(r.reference),
        "cause": clean(r.cause),
        "asked": r.asked,
        "next_at": stored(r.next_at),
    }


_WENT_BACK = (Fate.RETURNING, Fate.RETURNED, Fate.UNCLEAR)


class Returning(Books, Strays):
    """The part of a transaction that knows of refunds."""

    def refund(self, id: RefundId) -> tuple[Refund, Charge] | None:  # noqa: A002 - the field's word
        """A refund and the charge that it is of."""
        row = _ONE.first(self.connection, {"id": id})
        if row is None:
            return None
        if not row.collection_id:
            stray = self.stray_of(row.channel, row.charge)
            assert stray is not None
            return refund_of(row), charge_of_stray(stray)
        of = sa.select(*CHARGE.c).where(CHARGE.c.channel == row.channel, CHARGE.c.reference == row.charge)
        return refund_of(row), charge_of(self.connection.execute(of).one())

    def refunds(self, collection: CollectionId, member: MemberId) -> tuple[Refund, ...]:
        """Those to a member, and those of what others paid for them."""
        rows = _OF_MEMBER.all(self.connection, {"id": collection, "member": member})
        return tuple(map(refund_of, rows))

    def charges_at(self, channel: str, reference: str) -> tuple[Charge, ...]:
        """What a channel calls ``reference``: a charge, and what a person had seen of it before."""
        called = sa.or_(CHARGE.c.reference == reference, CHARGE.c.known_as == reference)
        rows = self.connection.execute(sa.select(*CHARGE.c).where(CHARGE.c.channel == channel, called))
        return tuple(map(charge_of, rows))

    def refunds_over(self, charge: Charge) -> tuple[Refund, ...]:
        here = REFUND.c.collection_id == charge.collection, REFUND.c.charge == charge.reference
        return tuple(map(refund_of, self.connection.execute(_SELECT.where(*here, REFUND.c.channel == charge.channel))))

    def refunds_of(self, stray: Stray) -> tuple[Refund, ...]:
        """Those of money that could not be booked."""
        here = REFUND.c.channel == stray.channel, REFUND.c.charge == stray.reference, REFUND.c.collection_id == NOWHERE
        return tuple(map(refund_of, self.connection.execute(_SELECT.where(*here))))

    def charges(self, collection: CollectionId, member: MemberId) -> tuple[Charge, ...]:
        """Those of a member, and those by which others paid for them."""
        rows = _CHARGES.all(self.connection, {"id": collection, "member": member, "among": f"%,{member}:%"})
        return tuple(map(charge_of, rows))

    def held(self, collection: CollectionId, member: MemberId) -> Mapping[Listing, int]:
        """What of a member's money is on no due, by reason, in minor units."""
        accounts = {ledger.listed(why, member): why for why in Listing}
        total = sa.func.sum(POSTING.c.minor)
        select = sa.select(POSTING.c.account, total).where(
            POSTING.c.collection_id == collection, POSTING.c.account.in_(list(accounts))
        )
        rows = self.connection.execute(select.group_by(POSTING.c.account).order_by(POSTING.c.account))
        return {accounts[account]: -int(minor) for account, minor in rows if minor}

    def credit_elsewhere(self, here: Collection, member: MemberId) -> Mapping[CollectionId, int]:
        """What a member has too much in other collections of the same chat, organiser and currency, the oldest first,
        in minor units."""
        select = (
            sa.select(DUE.c.collection_id, DUE.c.credit)
            .join(COLLECTION, COLLECTION.c.id == DUE.c.collection_id)
            .where(
                DUE.c.member_id == member,
                DUE.c.credit > 0,
                COLLECTION.c.id != here.id,
                COLLECTION.c.chat_id == here.chat,
                COLLECTION.c.organiser == here.organiser,
                COLLECTION.c.recipient == here.recipient,
                COLLECTION.c.currency == here.currency,
            )
            .order_by(COLLECTION.c.number)
        )
        return {CollectionId(i): credit for i, credit in self.connection.execute(select)}

    def refund_asks(self, now: datetime, *, most: int) -> list[c.AskRefund]:
        """Refunds whose time to be asked about has come."""
        select = sa.select(REFUND.c.id).where(REFUND.c.next_at <= micros(now)).order_by(REFUND.c.next_at).limit(most)
        return [c.AskRefund(refund=RefundId(i)) for i in self.connection.execute(select).scalars()]

    # -- the books ------------------------------------------------------------------------------------------

    def gone(self, collection: CollectionId) -> Mapping[str, int]:
        """What has gone back, by way, in minor units."""
        return self._sums(collection, REFUND.c.state == RefundState.REFUNDED.value)

    def _sums(self, collection: CollectionId, *where: sa.ColumnElement[bool]) -> Mapping[str, int]:
        sums: Counter[str] = Counter()
        for row in self.connection.execute(_SELECT.where(REFUND.c.collection_id == collection, *where)):
            refund = refund_of(row)
            sums[refund.way] += refund.amount
        return sums

    def against_refunds(
        self, collection: Collection, dues: Mapping[MemberId, Due], balances: Mapping[str, int]
    ) -> Iterator[Finding]:
        """Refunds against the folded ledger, the dues and the charges."""
        under_way = [s.value for s in (RefundState.CREATED, RefundState.PENDING, RefundState.UNKNOWN)]
        owing = {
            ledger.returning(way): -sum_
            for way, sum_ in self._sums(collection.id, REFUND.c.state.in_(under_way)).items()
        }
        if owing != {a: b for a, b in balances.items() if a.startswith("returning:") and b}:
            yield Finding(collection.id, 0, "the refunds under way are not what the ledger owes")
        returned: Counter[MemberId] = Counter()
        of_charge: Counter[tuple[str, str]] = Counter()
        for refund in map(
            refund_of, self.connection.execute(_SELECT.where(REFUND.c.collection_id == collection.id)).all()
        ):
            if refund.counts:
                returned[refund.member] += 0 if refund.into else refund.amount
                of_charge[refund.channel, refund.charge] += refund.amount
        for due in dues.values():
            if due.returned != returned[due.member]:
                yield Finding(
                    collection.id, 0, f"member {due.member} was given back something else than the refunds say"
                )
        charges = sa.select(*CHARGE.c).where(CHARGE.c.collection_id == collection.id)
        for charge in map(charge_of, self.connection.execute(charges)):
            if of_charge.pop((charge.channel, charge.reference), 0) > charge.amount:
                yield Finding(collection.id, 0, f"more than {charge.amount} of one charge was given back")
        if of_charge:
            yield Finding(collection.id, 0, "something was given back of a charge that is not there")

    def against_strays(self) -> Iterator[Finding]:
        """Money that could not be booked and was answered: it is in the books, or went back, once."""
        for stray in map(stray_of, self.connection.execute(sa.select(*STRAY.c))):
            where = stray.collection or NOWHERE
            if stray.fate in (Fate.COUNTED, Fate.CREDITED):
                foreign = CHARGE.c.channel == MANUAL, CHARGE.c.reference == f"{stray.channel}:{stray.reference}"
                same = CHARGE.c.channel == stray.channel, CHARGE.c.reference == stray.reference
                booked = sa.select(CHARGE.c.collection_id).where(sa.or_(sa.and_(*foreign), sa.and_(*same)))
                if self.connection.execute(booked).scalar() != where:
                    yield Finding(where, 0, f"{stray.reference} is said to be booked, and is not")
            back = sum(refund.amount for refund in self.refunds_of(stray) if refund.counts)
            if back not in ((stray.amount,) if stray.fate in _WENT_BACK else (0, stray.amount)):
                yield Finding(where, 0, f"of {stray.reference} something else went back than came")

    def credit_moved(self) -> Iterator[Finding]:
        """What left one collection as credit came in another, and nothing else did."""
        left = {
            refund.id: (refund.into, refund.amount)
            for refund in map(refund_of, self.connection.execute(_SELECT.where(REFUND.c.into != "")))
        }
        came = sa.select(*CHARGE.c).where(CHARGE.c.channel == CREDIT)
        for charge in map(charge_of, self.connection.execute(came)):
            if left.pop(RefundId(charge.reference), None) != (charge.collection, charge.amount):
                yield Finding(charge.collection, 0, "credit came that left no other collection")
        for into, _ in left.values():
            yield Finding(CollectionId(into), 0, "credit left another collection and never came")
