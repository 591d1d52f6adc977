"""Receipts, read back."""

from __future__ import annotations

from bot.domain.model import Charge, Collection, CollectionId, MemberId, Refund
from bot.ports import ReceiptLine, ReceiptView
from bot.store.load import Loading
from bot.store.rows import COLLECTION, COLLECTION_SELECT, collection_of


class Receipts(Loading):
    """The part of a transaction that shows a member what they paid."""

    def receipt(self, collection: CollectionId, member: MemberId) -> ReceiptView | None:
        row = self.connection.execute(COLLECTION_SELECT.where(COLLECTION.c.id == collection)).first()
        c = collection_of(row) if row else None
        chat = self.chat(c.chat) if c else None
        if c is None or chat is None or not self._due(collection, member):
            return None
        charges = [charge for charge in self.charges(collection, member) if charge.member == member]
        refunds = [refund for refund in self.refunds(collection, member) if refund.member == member]
        paid = sum(charge.amount for charge in charges)
        back = sum(refund.amount for refund in refunds if refund.counts)
        people = self.members([member, c.organiser])
        me, organiser = people[member], people[c.organiser]
        return ReceiptView(
            number=c.number,
            title=c.title,
            member=member,
            member_name=me.name,
            organiser=c.organiser,
            organiser_name=organiser.name,
            locale=me.locale or chat.locale,
            timezone=chat.timezone,
            paid=c.money(paid),
            net=c.money(paid - back),
            charges=tuple(_charge(c, charge) for charge in charges),
            refunds=tuple(_refund(c, refund) for refund in refunds),
        )


def _charge(c: Collection, charge: Charge) -> ReceiptLine:
    fee = c.money(charge.fee) if charge.fee else None
    return ReceiptLine(
        c.money(charge.amount), charge.channel, charge.at_channel, charge.at, heard=charge.received_at, fee=fee
    )


def _refund(c: Collection, refund: Refund) -> ReceiptLine:
    state = "disputed" if refund.taken else refund.state.value
    return ReceiptLine(c.money(refund.amount), refund.way, refund.reference, refund.created_at, state=state)
