"""Money that has arrived: counted on the dues that it is for, and said to everybody whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import covers, dunning
from bot.domain.decide import covering, odd
from bot.domain.decide.draft import Draft, offer
from bot.domain.model import MANUAL, Charge, CollectionState, Due, MemberId, Standing
from bot.domain.notice import Button, Who


def take_in(
    draft: Draft,
    due: Due,
    charge: Charge,
    *,
    source: str,
    for_others: Sequence[MemberId] = (),
    onward: Button | None = None,
) -> None:
    """Count a charge and say so: to the payer, and to the organiser what is odd about it. ``onward`` leads to the next
    payment, where something is left."""
    collection = draft.collection
    unfinished = collection.tally.settled < collection.tally.heads
    if due.standing is Standing.CLAIMED:
        due = dunning.resume(due, collection, draft.ctx.now)
    dues = {each.member: each for each in draft.dues}
    others = [each for each in covers.covered(due, dues) if each.member in for_others]
    kept = draft.receive(due, charge, by=source, others=others)
    cents = kept.listed if due.tag and kept.listed == due.tag else 0
    money, over = collection.money(kept.amount), collection.money(kept.listed - cents)
    remaining = collection.money(draft.asked(due.member))
    draft.tell(
        due.member,
        "paid_for_others" if kept.covered else "paid",
        *((offer(collection.id),) if over.minor else ()),
        *(((onward,),) if onward and remaining.minor and collection.open else ()),
        money=money,
        remaining=remaining,
        over=over if over.minor else None,
        cents=collection.money(cents) if cents else None,
        lines=covering.parts(draft, kept.covered),
    )
    covering.thank(draft, due.member, kept.covered)
    if over.minor or collection.state is not CollectionState.OPEN:
        late = collection.state is not CollectionState.OPEN
        draft.tell_in_charge(
            "money_listed",
            *(odd.answers(collection.id, due.member, [kept.listing]) if kept.listing else ()),
            otherwise="hint",
            who=Who(due.member),
            money=money,
            over=over if over.minor else None,
            late=late,
        )
    tally = draft.collection.tally
    complete = not collection.by_sign_up or tally.heads == collection.cap
    if collection.open and unfinished and complete and tally.settled == tally.heads:
        draft.announce("everybody_paid", total=collection.money(tally.paid), heads=tally.heads)
    draft.card()


def arrived_by_hand(draft: Draft, due: Due, amount: int, reference: str, *, source: str) -> None:
    """Money that the organiser saw with their own eyes becomes a charge."""
    charge = Charge(
        channel=MANUAL,
        reference=reference,
        collection=draft.collection.id,
        member=due.member,
        amount=amount,
        currency=draft.collection.currency,
        at=draft.ctx.now,
        received_at=draft.ctx.now,
    )
    take_in(draft, due, charge, source=source, for_others=due.paying_for)
