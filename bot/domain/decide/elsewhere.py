"""Money that went back without us: refunds on a channel's own pages, what payers' banks took back, what came again.

A refund is the word of whoever holds the account: as after ``/refund``, that part is asked for no more. What a payer's
bank took back is owed again, and rests until somebody in charge has said whether it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.domain import dunning, ledger
from bot.domain.command import RecordReturn
from bot.domain.decide.doors import dispute_answers
from bot.domain.decide.draft import Draft
from bot.domain.decide.taking import Taken, free_of, let_go, lowered, take
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import TooSoon
from bot.domain.ledger import Posting
from bot.domain.model import (
    NOBODY,
    Charge,
    Due,
    Fate,
    Listing,
    MemberId,
    Refund,
    RefundId,
    RefundState,
    Standing,
)
from bot.domain.notice import Value, Who

REFUND, DISPUTE = "elsewhere", "dispute"
"""What such a refund has for its cause."""
_ASKED = (Standing.ACTIVE, Standing.CLAIMED, Standing.DISPUTED)


def returned(state: State, command: RecordReturn, ctx: Context) -> Decision:
    """Book it, once, whatever tells of it. ``TooSoon`` where its charge is still to come."""
    known = [r for r in state.refunds if r.reference == command.reference]
    if command.undone:
        return _came_again(state, [r for r in known if r.state is RefundState.REFUNDED], ctx)
    if not state.charges:
        return _of_no_charge(state, command)
    if known and not command.total:
        return Decision()
    amount = command.amount - (_gone_so_far(state) if command.total else 0)
    if amount < 1 or command.currency != state.charges[0].currency:
        return Decision()
    draft, left = Draft.of(state, ctx), amount
    for number, (charge, whose, part) in enumerate(_parts(state, amount)):
        refund = _refund(command, charge, whose, part, f"{ctx.fresh[0]}{number or ''}")
        _book(draft, refund, whose, state.held_by.get(whose, {}))
        left -= part
    if left < amount:
        draft.card()
    if left:
        charge = state.charges[0]
        money = draft.collection.money(left)
        draft.tell_in_charge(
            "returned_too_much", otherwise="hint", who=Who(charge.member), money=money, channel=command.channel
        )
    return draft.decision()


def _gone_so_far(state: State) -> int:
    """What we know to have gone back over the channel of these charges, or to be on its way."""
    return sum(r.amount for r in state.refunds if r.counts and r.way == r.channel)


def _of_no_charge(state: State, command: RecordReturn) -> Decision:
    """Of money that could not be booked, or of an order of ours whose money we have not heard of. The account may serve
    other things too: what is none of ours is none of our business."""
    for kept in state.strays:
        if kept.open and kept.amount == command.amount:
            return Decision(strays=(replace(kept, fate=Fate.RETURNED),))
    if state.intent is not None and not state.strays:
        raise TooSoon(f"{command.charge} is not known yet")
    return Decision()


def _parts(state: State, amount: int) -> Iterator[tuple[Charge, MemberId, int]]:
    """Of whose dues it comes off: the payer's own first, then those that they paid for."""
    for charge in state.charges:
        for whose in (charge.member, *(member for member, _ in charge.covered)):
            ((_, free),) = free_of([charge], state.refunds, whose)
            if (part := min(amount, free)) > 0:
                yield charge, whose, part
                amount -= part


def _refund(command: RecordReturn, charge: Charge, whose: MemberId, part: int, fresh: str) -> Refund:
    return Refund(
        id=RefundId(fresh),
        channel=charge.channel,
        charge=charge.reference,
        collection=charge.collection,
        member=charge.member,
        amount=part,
        currency=charge.currency,
        created_at=command.at,
        paid_for=whose if whose != charge.member else NOBODY,
        state=RefundState.REFUNDED,
        reference=command.reference,
        cause=DISPUTE if command.kind == "dispute" else REFUND,
    )


def _book(draft: Draft, refund: Refund, whose: MemberId, held: Mapping[Listing, int]) -> None:
    due, dispute = draft.due(whose), refund.cause == DISPUTE
    taken = take(held, due, refund.amount)
    owed_again = dispute and due.standing in _ASKED and taken.due > 0
    draft.book(
        "charged_back" if dispute else "returned",
        (
            *(Posting(ledger.listed(why, whose), minor) for why, minor in taken.listed.items()),
            *((Posting(ledger.owed(whose), taken.due),) if owed_again else let_go(due, taken.due, whole=taken.whole)),
            Posting(ledger.received(refund.channel), -refund.amount),
        ),
        by=f"channel:{refund.channel}",
        reference=f"{refund.channel}:{refund.reference}",
    )
    credit = due.credit - taken.listed.get(Listing.OVERPAID, 0)
    draft.put(replace(_after(draft, due, taken, owed_again=owed_again), credit=credit))
    payer = draft.due(refund.member)
    draft.put(replace(payer, returned=payer.returned + refund.amount))
    draft.giving(refund)
    _tell(draft, refund, whose, owed_again=owed_again)


def _after(draft: Draft, due: Due, taken: Taken, *, owed_again: bool) -> Due:
    if not owed_again:
        return lowered(due, taken.due, whole=taken.whole)
    standing = Standing.DISPUTED if draft.collection.open else due.standing
    return dunning.awake(replace(due, paid=due.paid - taken.due, standing=standing, stalled_at=None, rung=0))


def _tell(draft: Draft, refund: Refund, whose: MemberId, *, owed_again: bool) -> None:
    money, dispute = draft.collection.money(refund.amount), refund.cause == DISPUTE
    asks = (dispute_answers(draft, whose),) if owed_again and draft.collection.open else ()
    told: dict[str, Value] = {"money": money, "channel": refund.channel, "dispute": dispute, "owed": owed_again}
    draft.tell_in_charge(
        "returned_elsewhere",
        *asks,
        otherwise="hint",
        who=Who(refund.member),
        whose=Who(whose) if whose != refund.member else None,
        reference=refund.reference,
        **told,  # type: ignore[arg-type]  # none of these is called as an option is
    )
    for member in dict.fromkeys((refund.member, whose)):
        draft.inform(member, "returned_to_you", told | {"mine": member == refund.member})


def _came_again(state: State, gone: list[Refund], ctx: Context) -> Decision:
    """A refund that bounced is its payer's credit; a dispute that was won pays what it had paid before."""
    if not gone:
        return Decision()
    draft = Draft.of(state, ctx)
    for refund in gone:
        due, source = draft.due(refund.member), f"channel:{refund.channel}"
        draft.book(
            "came_again",
            (
                Posting(ledger.received(refund.channel), refund.amount),
                Posting(ledger.listed(Listing.OVERPAID, due.member), -refund.amount),
            ),
            by=source,
            reference=f"{refund.channel}:{refund.reference}",
        )
        draft.giving(replace(refund, state=RefundState.FAILED))
        credit, returned = due.credit + refund.amount, due.returned - refund.amount
        standing = Standing.ACTIVE if due.standing is Standing.DISPUTED else due.standing
        draft.put(replace(due, credit=credit, returned=returned, standing=standing))
        if refund.cause == DISPUTE and due.amount is not None:
            draft.reprice(draft.due(due.member), due.amount, kind="credit_counted", by=source)
        money, dispute = draft.collection.money(refund.amount), refund.cause == DISPUTE
        about = {"who": Who(refund.member), "money": money, "channel": refund.channel, "dispute": dispute}
        draft.tell_in_charge("came_again", otherwise="hint", **about)  # type: ignore[arg-type]
    draft.card()
    return draft.decision()
