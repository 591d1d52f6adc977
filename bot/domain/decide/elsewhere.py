"""Money that went back without us: refunds on a channel's own pages, what payers' banks took back, what came again.

A refund is the word of whoever holds the account: as after ``/refund``, that part is asked for no more. What a payer's
bank took back is owed again, and rests until somebody in charge has said whether it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.domain import dunning, ledger
from bot.domain.command import RecordReturn, RefundAnswered
from bot.domain.decide import strays
from bot.domain.decide.doors import dispute_answers
from bot.domain.decide.draft import Draft
from bot.domain.decide.taking import Taken, free_of, let_go, lowered, take
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import TooSoon
from bot.domain.ledger import Posting
from bot.domain.model import (
    BACK,
    DISPUTE,
    ELSEWHERE,
    NOBODY,
    Astray,
    Charge,
    Due,
    IntentState,
    Listing,
    MemberId,
    Refund,
    RefundId,
    RefundState,
    Standing,
    Stray,
)
from bot.domain.notice import Notice, Value, Who

_ASKED = (Standing.ACTIVE, Standing.CLAIMED, Standing.DISPUTED)


def returned(state: State, command: RecordReturn, ctx: Context) -> Decision:
    """Book it, once, whatever tells of it. ``TooSoon`` where its charge is still to come."""
    if not state.charges:
        return Decision() if command.undone else _of_no_charge(state, command, ctx)
    if command.currency != state.charges[0].currency:
        return Decision()
    known = [r for r in state.refunds if r.reference and r.reference == command.reference]
    if command.undone:
        return _undone(state, known, command, ctx)
    if known and not command.total:
        return Decision()
    if promised := _promised(state, command):
        return _kept(Draft.of(state, ctx), promised, command)
    amount = command.amount - (_gone_so_far(state) if command.total else 0)
    if amount < 1:
        return Decision(refunds=() if known else _before(state, command, ctx))
    if _by_another_name(state, command, amount):
        return Decision()
    draft, left = Draft.of(state, ctx), amount
    for number, (charge, whose, part) in enumerate(_parts(state, amount)):
        refund = _refund(command, charge, whose, part, f"{ctx.fresh[0]}{number or ''}")
        _book(draft, refund, whose, state.held_by.get(whose, {}))
        left -= part
    if left < amount:
        draft.card()
    if not left or state.strays:
        return draft.decision()
    kept = _beyond(state, command, left, ctx)
    return replace(draft.decision(), strays=(kept,), notices=(*draft.decision().notices, *_listed(draft, kept)))


def _beyond(state: State, command: RecordReturn, left: int, ctx: Context) -> Stray:
    """What was not here any more: it is kept on the list, for a person to settle."""
    charge = state.charges[0]
    return Stray(
        id=ctx.fresh[0],
        channel=command.channel,
        reference=f"{BACK}{command.reference}",
        intent=command.charge,
        amount=left,
        currency=command.currency,
        at=command.at,
        received_at=ctx.now,
        why=Astray.BEYOND,
        collection=charge.collection,
        member=charge.member,
    )


def _listed(draft: Draft, kept: Stray) -> Iterator[Notice]:
    for member in (draft.collection.organiser, *draft.collection.helpers):
        yield replace(strays.item(kept), member=member)


def _promised(state: State, command: RecordReturn) -> Refund | None:
    """What was to be given back by hand: the organiser did so on the channel's pages."""
    by_hand = (r for r in state.refunds if r.by_hand and r.state is RefundState.PENDING)
    if command.total or command.kind == "dispute":
        return None
    return next((r for r in by_hand if r.amount == command.amount), None)


def _kept(draft: Draft, refund: Refund, command: RecordReturn) -> Decision:
    """What was promised has gone, over the channel after all."""
    gone = replace(refund, by_hand=False, state=RefundState.REFUNDED, reference=command.reference, cause=ELSEWHERE)
    postings = (
        Posting(ledger.returning(refund.way), refund.amount),
        Posting(ledger.received(gone.way), -refund.amount),
    )
    draft.book("refunded", postings, by=f"channel:{command.channel}", reference=refund.id)
    draft.giving(gone)
    told: dict[str, Value] = {
        "money": draft.collection.money(refund.amount),
        "way": gone.way,
        "who": Who(refund.member),
    }
    draft.tell(refund.member, "refund_gone", mine=True, **told)  # type: ignore[arg-type]  # none is called as an option is
    draft.tell(draft.collection.organiser, "refund_gone", mine=False, **told)  # type: ignore[arg-type]
    return draft.decision()


def _before(state: State, command: RecordReturn, ctx: Context) -> tuple[Refund, ...]:
    """Old news of all that had gone back by then: the sum is right, but what was told first has a part of it."""
    so_far = sum(r.amount for r in state.refunds if r.counts and r.way == r.channel and r.created_at <= command.at)
    part = command.amount - so_far
    later = (r for r in state.refunds if r.cause in (ELSEWHERE, DISPUTE) and r.counts and r.created_at > command.at)
    first = min((r for r in later if r.amount > part), key=lambda r: r.created_at, default=None)
    if part < 1 or first is None:
        return ()
    earlier = replace(first, id=RefundId(ctx.fresh[0]), amount=part, created_at=command.at, reference=command.reference)
    return earlier, replace(first, amount=first.amount - part)


def _by_another_name(state: State, command: RecordReturn, amount: int) -> bool:
    """How a dispute ended, or why money had been taken: where a charge has gone back already, it is the same money."""
    free = sum(part for _, _, part in _parts(state, amount))
    gone = {r.cause for r in state.refunds if r.counts}
    return free < amount and (DISPUTE in gone or (command.kind == "dispute" and ELSEWHERE in gone))


def _gone_so_far(state: State) -> int:
    """What we know to have gone back over the channel of these charges, or to be on its way."""
    return sum(r.amount for r in state.refunds if r.counts and r.way == r.channel)


def _of_no_charge(state: State, command: RecordReturn, ctx: Context) -> Decision:
    """Of money that could not be booked, or of an order of ours whose money we have not heard of. The account may serve
    other things too: what is none of ours is none of our business."""
    for kept in state.strays:
        if kept.open and (kept.amount, kept.currency) == (command.amount, command.currency):
            return _stray(state, kept, command, ctx)
    called_off = state.intent is not None and state.intent.state is IntentState.CLOSED
    if state.intent is not None and not state.strays and not called_off:
        raise TooSoon(f"{command.charge} is not known yet")
    return Decision()


def _stray(state: State, kept: Stray, command: RecordReturn, ctx: Context) -> Decision:
    """It went back as if it had been sent back from the list; whoever collects hears so."""
    by = state.collection.organiser if state.collection else NOBODY
    refund = replace(strays.way_back(kept, ctx, by=by), created_at=command.at)
    gone = RefundAnswered(refund=refund.id, state=RefundState.REFUNDED, reference=command.reference)
    decided = strays.returned(replace(state, refund=refund, strays=(kept,)), gone, ctx)
    return replace(decided, notices=tuple(n for n in decided.notices if n.member != NOBODY))


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
        cause=DISPUTE if command.kind == "dispute" else ELSEWHERE,
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
        reference=refund.id,
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


def _undone(state: State, known: Sequence[Refund], command: RecordReturn, ctx: Context) -> Decision:
    """It is here again. News of that which overtook the news of its leaving is remembered: the latter then changes
    nothing. A dispute may have taken the money under another name."""
    gone = [r for r in known if r.state is RefundState.REFUNDED]
    if not known and command.kind == "dispute":
        alike = [r for r in state.refunds if r.cause == DISPUTE and r.state is RefundState.REFUNDED]
        gone = alike if sum(r.amount for r in alike) == command.amount else []
    charge = state.charges[0]
    never = replace(_refund(command, charge, charge.member, command.amount, ctx.fresh[0]), state=RefundState.FAILED)
    if not gone:
        return Decision(refunds=() if known else (never,))
    draft = Draft.of(state, ctx)
    for refund in gone:
        _here_again(draft, refund)
    if not known:
        draft.giving(never)
    draft.card()
    return draft.decision()


def _here_again(draft: Draft, refund: Refund) -> None:
    """A refund that bounced is its payer's credit; a dispute that was won pays the due that it had paid, as far as that
    still owes."""
    due, dispute = draft.due(refund.paid_for or refund.member), refund.cause == DISPUTE
    counted = min(refund.amount, due.remaining) if dispute and due.standing in _ASKED else 0
    if refund.paid_for and counted < refund.amount:
        counted = 0
    rest = refund.amount - counted
    draft.book(
        "came_again",
        (
            Posting(ledger.received(refund.channel), refund.amount),
            Posting(ledger.owed(due.member), -counted),
            Posting(ledger.listed(Listing.OVERPAID, refund.member), -rest),
        ),
        by=f"channel:{refund.channel}",
        reference=refund.id,
    )
    if counted:
        paid = replace(due, paid=due.paid + counted)
        if due.standing is Standing.DISPUTED:
            paid = dunning.resume(replace(paid, standing=Standing.ACTIVE), draft.collection, draft.ctx.now)
        draft.put(paid)
    payer = draft.due(refund.member)
    draft.put(replace(payer, credit=payer.credit + rest, returned=payer.returned - refund.amount))
    whose = NOBODY if counted else refund.paid_for
    draft.giving(replace(refund, state=RefundState.FAILED, paid_for=whose))
    about: dict[str, Value] = {
        "who": Who(refund.member),
        "money": draft.collection.money(refund.amount),
        "credit": draft.collection.money(rest) if rest else None,
        "channel": refund.channel,
        "dispute": dispute,
    }
    draft.tell_in_charge("came_again", otherwise="hint", **about)  # type: ignore[arg-type]
