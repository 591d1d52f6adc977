"""Receipts: what one paid and what went back, as the channels tell it and as we heard of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.command import AskReceipt
from bot.domain.decide.draft import Draft, answer
from bot.domain.decide.guards import found
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import NothingPaid
from bot.domain.model import Charge, Collection, Refund
from bot.domain.notice import Medium, Value, Who

MOST = 20


def ask_receipt(state: State, command: AskReceipt, ctx: Context) -> Decision:
    """In private; with a link to the page that can be printed."""
    collection = found(state, command)
    mine = [charge for charge in state.charges if charge.member == command.by.member]
    back = [refund for refund in state.refunds if refund.member == command.by.member]
    if not mine:
        raise NothingPaid(number=collection.number)
    params = Draft.of(state, ctx).about(
        member=Who(command.by.member),
        paid=collection.money(sum(charge.amount for charge in mine)),
        charges=tuple(_charge(collection, charge) for charge in mine[-MOST:]),
        refunds=tuple(_refund(collection, refund) for refund in back[-MOST:]),
    )
    said = replace(answer(command, "receipt", params, collection=collection, private=True), open_receipt=True)
    if not command.reply.press:
        return Decision(notices=(replace(said, medium=Medium.PRIVATE),))
    return Decision(notices=(said,))


def _charge(collection: Collection, charge: Charge) -> Mapping[str, Value]:
    return {
        "money": collection.money(charge.amount),
        "channel": charge.channel,
        "reference": charge.at_channel,
        "at": charge.at,
        "heard": charge.received_at,
        "fee": collection.money(charge.fee) if charge.fee else None,
        "why": charge.listing.value if charge.listing else "",
        "listed": collection.money(charge.listed),
    }


def _refund(collection: Collection, refund: Refund) -> Mapping[str, Value]:
    return {
        "money": collection.money(refund.amount),
        "way": refund.way,
        "state": "disputed" if refund.taken else refund.state.value,
        "at": refund.created_at,
        "reference": refund.reference,
    }
