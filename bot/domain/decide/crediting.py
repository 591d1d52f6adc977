"""Credit: what was paid too much in one collection pays for another, exactly, in the books of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from bot.domain import intent as attempts, ledger
from bot.domain.command import UseCredit
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.guards import due_of, opened
from bot.domain.decide.odd import everybody_paid
from bot.domain.decide.taking import free_of
from bot.domain.decision import Context, Credit, Decision, Request, State
from bot.domain.errors import DeclareFirst, Gone, NothingToPay
from bot.domain.ledger import Posting
from bot.domain.model import CREDIT, Charge, CollectionId, DueState, Listing, Refund, RefundId, RefundState


def use_credit(state: State, command: UseCredit, ctx: Context) -> Decision:
    """The speaker's credit pays as far as it goes, the oldest first. Attempts that run are ended: their amount is wrong
    from now on."""
    draft, member = opened(state, command, ctx), command.by.member
    due = due_of(state, member)
    if not due.unsettled and due.state is not DueState.CLAIMED:
        raise NothingToPay(state=due.state.value)
    if due.amount is None:
        raise DeclareFirst()
    collection, others, numbers = draft.collection, [], count()
    unfinished = collection.tally.settled < collection.tally.heads
    for credit in state.credits:
        other, spent = Draft(ctx, credit.collection, {member: credit.due}), 0
        for refund in _spend(credit, draft.due(member).remaining, collection.id, ctx, numbers):
            other.giving(refund)
            draft.receive(draft.due(member), _charge(refund, collection.id, ctx), by=by(member))
            spent += refund.amount
        if spent:
            postings = (
                Posting(ledger.listed(Listing.OVERPAID, member), spent),
                Posting(ledger.received(CREDIT), -spent),
            )
            other.book("credit_used", postings, by=by(member), reference=collection.id)
            other.put(replace(credit.due, credit=credit.due.credit - spent))
            other.card()
            others.append(other.decision())
    if not others:
        raise Gone()
    used = draft.due(member).paid - due.paid
    remaining = collection.money(draft.due(member).remaining)
    draft.answer(command, "credit_used", money=collection.money(used), remaining=remaining)
    everybody_paid(draft, unfinished=unfinished)
    draft.card()
    ending = tuple(Request("close", i.id, i.channel) for i in state.intents if not attempts.finished(i.state))
    return replace(draft.decision(), requests=ending, others=tuple(others))


def _spend(credit: Credit, most: int, into: CollectionId, ctx: Context, numbers: Iterator[int]) -> Iterator[Refund]:
    """Out of the charges that it came by, as refunds that never leave."""
    left = min(most, credit.due.credit)
    for charge, free in free_of(credit.charges, credit.refunds, credit.due.member):
        if part := min(left, free):
            yield Refund(
                id=RefundId(f"{ctx.fresh[0]}{next(numbers) or ''}"),
                channel=charge.channel,
                charge=charge.reference,
                collection=credit.collection.id,
                member=credit.due.member,
                amount=part,
                currency=charge.currency,
                created_at=ctx.now,
                by=credit.due.member,
                into=into,
                state=RefundState.REFUNDED,
            )
            left -= part


def _charge(refund: Refund, collection: CollectionId, ctx: Context) -> Charge:
    return Charge(
        channel=CREDIT,
        reference=refund.id,
        collection=collection,
        member=refund.member,
        amount=refund.amount,
        currency=refund.currency,
        at=ctx.now,
        received_at=ctx.now,
    )
