"""Money that went back without us: refunds on a channel's own pages, what payers' banks took back, what came again.

A refund is the word of whoever holds the account: as after ``/refund``, that part is asked for no more. What a payer's
bank took back is owed again, and rests until somebody in charge has said whether it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.domain import dunning, ledger, refund as returns
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
    Fate,
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
    """Book it, once, whatever tells of it. ``TooSoon`` where its charge is still to come, or where it may be what is on
    its way at our word."""
    if _on_list(state) and not command.undone:
        return Decision()
    origin = next((kept for kept in state.strays if kept.why is not Astray.BEYOND), None)
    if not state.charges:
        return _of_no_charge(state, command, ctx) if origin is None else _of_stray(state, origin, command, ctx)
    said = command
    if origin is not None:
        if not _whole(origin, command):
            return _part_of_stray(state, origin, command, ctx)
        counts = state.charges[0]
        command = replace(command, amount=counts.amount, currency=counts.currency, total=False)
    if command.currency != state.charges[0].currency:
        return Decision()
    known = [r for r in state.refunds if r.reference and r.reference == command.reference]
    if command.undone:
        return _off_list(state, _undone(state, known, command, ctx))
    if known and not command.total:
        return Decision()
    amount = command.amount - (_gone_so_far(state) if command.total else 0)
    if amount < 1:
        return Decision(refunds=() if known else _before(state, command, ctx))
    if not known and (promised := _promised(state, command, amount)):
        return _kept(Draft.of(state, ctx), promised, command)
    if _by_another_name(state, command, amount):
        return Decision()
    if _going(state) and sum(part for _, _, part in _parts(state, amount)) < amount:
        raise TooSoon(f"{command.charge} is on its way back")
    draft, left, held = Draft.of(state, ctx), amount, dict(state.held_by)
    for number, (charge, whose, part) in enumerate(_parts(state, amount)):
        refund = _refund(command, charge, whose, part, f"{ctx.fresh[0]}{number or ''}")
        mine = held.get(whose, {})
        taken = _book(draft, refund, whose, mine, over=command.channel)
        held[whose] = {why: minor - taken.listed.get(why, 0) for why, minor in mine.items()}
        left -= part
    if left < amount:
        draft.card()
    if not left:
        return draft.decision()
    all_of_it = origin is not None and left == command.amount  # then it is named in its own currency
    beyond = (said, said.amount) if all_of_it else (command, left)
    kept = _beyond(state.charges[0], *beyond, ctx)
    return replace(draft.decision(), strays=(kept,), notices=(*draft.decision().notices, *_listed(draft, kept)))


def _on_list(state: State) -> bool:
    """Whether it, or what of it is beyond its charge, is on the list already, or was."""
    return any(kept.why is Astray.BEYOND for kept in state.strays)


def _off_list(state: State, decided: Decision) -> Decision:
    """What was beyond its charge is here again: there is nothing to settle any more."""
    done = (replace(kept, fate=Fate.SETTLED) for kept in state.strays if kept.why is Astray.BEYOND and kept.open)
    return replace(decided, strays=(*decided.strays, *done))


def _beyond(of: Charge | Stray, command: RecordReturn, left: int, ctx: Context) -> Stray:
    """What was not here any more: it is kept on the list, for a person to settle."""
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
        collection=of.collection,
        member=of.member,
    )


def _listed(draft: Draft, kept: Stray) -> Iterator[Notice]:
    for member in (draft.collection.organiser, *draft.collection.helpers):
        yield replace(strays.item(kept), member=member)


def _promised(state: State, command: RecordReturn, amount: int) -> Refund | None:
    """What was to be given back by hand: the organiser did so on the channel's pages."""
    by_hand = (r for r in state.refunds if r.by_hand and r.state is RefundState.PENDING)
    return None if command.kind == "dispute" else next((r for r in by_hand if r.amount == amount), None)


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
    """How a dispute ended, or why money had been taken: where a charge, or just that part of it, has gone back already,
    it is the same money."""
    free = sum(part for _, _, part in _parts(state, amount))
    gone = {r.cause for r in state.refunds if r.counts}
    disputed = Counter[str]()
    for refund in state.refunds:
        disputed[refund.reference] += refund.amount if refund.counts and refund.cause == DISPUTE else 0
    if command.kind == "dispute" and amount in disputed.values():
        return True
    return free < amount and (DISPUTE in gone or (command.kind == "dispute" and ELSEWHERE in gone))


def _gone_so_far(state: State) -> int:
    """What we know to have gone back over the channel of these charges, or to be on its way."""
    return sum(r.amount for r in state.refunds if r.counts and r.way == r.channel)


def _of_no_charge(state: State, command: RecordReturn, ctx: Context) -> Decision:
    """Of an order of ours whose money we have not heard of. The account may serve other things too: what is none of
    ours is none of our business."""
    intent = state.intent
    if intent is not None and intent.state is not IntentState.CLOSED and not command.undone:
        raise TooSoon(f"{command.charge} is not known yet")
    return Decision()


def _whole(kept: Stray, command: RecordReturn) -> bool:
    return (kept.amount, kept.currency) == (command.amount, command.currency)


def _of_stray(state: State, kept: Stray, command: RecordReturn, ctx: Context) -> Decision:
    """Of money that could not be booked and is in no books. ``TooSoon`` while it is on its way back at our word."""
    if command.undone:
        return _stray_here_again(state, kept, command, ctx)
    if any(refund.reference == command.reference for refund in state.refunds):
        return Decision()
    if kept.fate is Fate.RETURNING:
        raise TooSoon(f"{command.charge} is on its way back")
    if not kept.open:
        return Decision()
    if _whole(kept, command):
        return _stray(state, kept, command, ctx)
    return _part_of_stray(state, kept, command, ctx)


def _part_of_stray(state: State, kept: Stray, command: RecordReturn, ctx: Context) -> Decision:
    """Money that is not booked as what it is cannot be booked in parts: a person settles what went back of it."""
    if command.undone:
        return _stray_here_again(state, kept, command, ctx)
    back = _beyond(kept, command, command.amount, ctx)
    told = () if state.collection is None else tuple(_listed(Draft.of(state, ctx), back))
    return Decision(strays=(back,), notices=told)


def _stray(state: State, kept: Stray, command: RecordReturn, ctx: Context) -> Decision:
    """It went back as if it had been sent back from the list; whoever collects hears so. What was to be sent back, and
    perhaps was, has gone by this."""
    ours = next((refund for refund in state.refunds if refund.counts), None)
    by = state.collection.organiser if state.collection else NOBODY
    refund = ours or replace(strays.way_back(kept, ctx, by=by), created_at=command.at)
    return _stray_told(state, kept, refund, RefundState.REFUNDED, command, ctx)


def _stray_here_again(state: State, kept: Stray, command: RecordReturn, ctx: Context) -> Decision:
    """It waits for an answer anew. News of that which overtook the news of its leaving is remembered."""
    known = [refund for refund in state.refunds if refund.reference == command.reference]
    refund = next((refund for refund in known if refund.state is RefundState.REFUNDED), None)
    if not known and not _on_list(state):
        return Decision(strays=(replace(_beyond(kept, command, command.amount, ctx), fate=Fate.SETTLED),))
    if refund is None or kept.fate is not Fate.RETURNED:
        return _off_list(state, Decision())
    return _stray_told(state, kept, refund, RefundState.FAILED, command, ctx)


def _stray_told(
    state: State, kept: Stray, refund: Refund, became: RefundState, command: RecordReturn, ctx: Context
) -> Decision:
    told = RefundAnswered(refund=refund.id, state=became, reference=command.reference)
    decided = strays.returned(replace(state, refund=refund, strays=(kept,)), told, ctx)
    return replace(decided, notices=tuple(n for n in decided.notices if n.member != NOBODY))


def _going(state: State) -> bool:
    """Whether something of it is on its way at our word, and its channel is still to say how that ends."""
    return any(not returns.finished(r.state) and r.next_at is not None for r in state.refunds)


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


def _book(draft: Draft, refund: Refund, whose: MemberId, held: Mapping[Listing, int], *, over: str) -> Taken:
    """Off what is ``held`` for them, then off their due; what came from where. ``over``: the channel that tells it."""
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
        by=f"channel:{over}",
        reference=refund.id,
    )
    credit = due.credit - taken.listed.get(Listing.OVERPAID, 0)
    draft.put(replace(_after(draft, due, taken, owed_again=owed_again), credit=credit))
    payer = draft.due(refund.member)
    draft.put(replace(payer, returned=payer.returned + refund.amount))
    draft.giving(refund)
    _tell(draft, refund, whose, over=over, owed_again=owed_again)
    return taken


def _after(draft: Draft, due: Due, taken: Taken, *, owed_again: bool) -> Due:
    if not owed_again:
        return lowered(due, taken.due, whole=taken.whole)
    standing = Standing.DISPUTED if draft.collection.open else due.standing
    return dunning.awake(replace(due, paid=due.paid - taken.due, standing=standing, stalled_at=None, rung=0))


def _tell(draft: Draft, refund: Refund, whose: MemberId, *, over: str, owed_again: bool) -> None:
    money, dispute = draft.collection.money(refund.amount), refund.cause == DISPUTE
    asks = (dispute_answers(draft, whose),) if owed_again and draft.collection.open else ()
    told: dict[str, Value] = {"money": money, "channel": over, "dispute": dispute, "owed": owed_again}
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
