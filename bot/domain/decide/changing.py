"""Changing while it runs: waive, adjust, add, drop, split anew. Each is read back with all that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import dunning, ledger
from bot.domain.command import Add, Adjust, Change, Drop, Resplit, Waive
from bot.domain.decide import places
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.effects import carry_out, effects_of
from bot.domain.decide.guards import due_of, in_charge, opened, running
from bot.domain.decide.shares import SPLIT, WHOLE, anew
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import (
    AlreadyIn,
    BadAmount,
    DoesNotAddUp,
    NeedsAmount,
    NeedsReason,
    NobodyToAsk,
    NothingChanges,
    NothingToPay,
    NotSplit,
    TooLittle,
)
from bot.domain.ledger import Posting
from bot.domain.model import Due, MemberId, Mode, Standing
from bot.domain.notice import Value, Who


def waive(state: State, command: Waive, ctx: Context) -> Decision:
    """Ask no more of a member. Visible to all; the organiser's own due needs a reason."""
    draft = _changing(state, command, ctx)
    due = due_of(state, command.member)
    if due.standing is Standing.WAIVED or (not due.remaining and due.amount is not None):
        raise NothingToPay(state=due.state.value)
    _own_favour(command, command.member)
    money = draft.collection.money(due.remaining)
    postings = (Posting(ledger.owed(due.member), -due.remaining), Posting(ledger.WAIVED, due.remaining))
    _book(draft, "waived", postings, due.member, command)
    draft.put(replace(due, standing=Standing.WAIVED, stalled_at=None))
    return carry_out(draft, command, "waive", about=due.member, who=Who(due.member), money=money)


def adjust(state: State, command: Adjust, ctx: Context) -> Decision:
    """Set one due by hand; a new split leaves it so. What is paid above the new amount becomes a credit."""
    draft = _changing(state, command, ctx)
    due = due_of(state, command.member)
    amount = (due.amount or 0) + command.amount if command.relative else command.amount
    if amount < 0:
        raise BadAmount(money=draft.collection.money(due.amount or 0))
    if amount < (due.amount or 0):
        _own_favour(command, command.member)
    asked = replace(_asked_again(draft, due, command), pinned=True)
    draft.reprice(asked, amount, kind="adjusted", by=by(command.by.member), reason=command.reason)
    params: dict[str, Value] = {
        "who": Who(due.member),
        "before": draft.collection.money(due.amount or 0),
        "money": draft.collection.money(amount),
        "pins": draft.collection.mode in SPLIT,
    }
    return carry_out(draft, command, "adjust", about=due.member, **params)


def add(state: State, command: Add, ctx: Context) -> Decision:
    """Ask somebody else, too. A total is split anew around an amount that was said for them."""
    draft = _changing(state, command, ctx)
    collection, member = draft.collection, command.member
    known = state.dues.get(member)
    if known is not None and known.counts:
        raise AlreadyIn(number=collection.number, who=Who(member))
    amount = collection.amount if collection.mode is Mode.EACH and command.amount is None else command.amount
    if collection.mode is Mode.FIXED and amount is None:
        raise NeedsAmount(who=Who(member))
    slot = min(dunning.first_slot(collection.opened_at, collection.every, ctx.now), collection.most_reminders)
    before = known or Due(member, None, collection.opened_at)
    by_hand = command.amount is not None
    fresh = replace(before, amount=None, standing=Standing.ACTIVE, slot=slot, stalled_at=None, pinned=by_hand)
    others = [d for d in state.dues.values() if d.counts]
    if collection.mode in SPLIT:
        shares = _anew(draft, [*others, replace(fresh, amount=amount)])
        amount = shares[-1]
    if amount is None:
        draft.put(fresh)
        draft.note("added", member, by=by(command.by.member), reason=command.reason)
    else:
        draft.reprice(fresh, amount, kind="added", by=by(command.by.member), reason=command.reason)
    if collection.mode in SPLIT:
        _split(draft, others, shares, command)
    owes = None if amount is None else collection.money(amount)
    return carry_out(draft, command, "add", about=member, who=Who(member), money=owes, pins=by_hand)


def drop(state: State, command: Drop, ctx: Context) -> Decision:
    """Somebody takes no part. What they paid becomes their credit; their place goes to whoever waits longest, and where
    nobody does and a total is split, the others carry it."""
    draft = running(state, command, ctx)
    in_charge(draft.collection, command.by)
    due, whom = due_of(state, command.member), command.member
    _own_favour(command, whom)
    others = [d for d in state.dues.values() if d.counts and d.member != whom]
    if not others:
        raise NobodyToAsk()
    due = _asked_again(draft, due, command)
    if due.amount:
        draft.reprice(due, 0, kind="dropped", by=by(command.by.member), reason=command.reason)
        due = draft.due(whom)
    else:
        draft.note("dropped", whom, by=by(command.by.member), reason=command.reason)
    gone = replace(due, standing=Standing.DROPPED, stalled_at=None, rung=0, claim="", pinned=False)
    draft.put(gone)
    moved_up = places.fill(draft, said_by=command.by.member, at=due_of(state, whom).amount)
    if not moved_up and draft.collection.open and draft.collection.mode in SPLIT:
        _split(draft, others, _anew(draft, others), command)
    return carry_out(draft, command, "drop", about=whom, who=Who(whom))


def resplit(state: State, command: Resplit, ctx: Context) -> Decision:
    """Split the total anew, around what was set by hand. Who is named with a weight is among those who share."""
    draft = _changing(state, command, ctx)
    if draft.collection.mode not in SPLIT:
        raise NotSplit()
    named = dict(command.weights)
    for member in named:
        due_of(state, member)
    equal = command.equal or (draft.collection.mode is Mode.EQUAL and not named)
    counting = [_asked_again(draft, d, command) if d.member in named else d for d in state.dues.values() if d.counts]
    dues = [_weighed(due, named, command, equal=equal) for due in counting]
    for due in dues:
        if due != state.dues[due.member]:
            draft.put(due)
    _split(draft, dues, _anew(draft, dues), command)
    if not effects_of(draft) and not command.confirmed:
        raise NothingChanges(pinned=any(due.counts and due.pinned for due in draft.dues))
    return carry_out(draft, command, "resplit")


def _weighed(due: Due, named: dict[MemberId, int], command: Resplit, *, equal: bool) -> Due:
    free = due.member in named or (command.everybody and due.standing is not Standing.REFUNDED)
    weight = named.get(due.member, WHOLE if equal else due.weight)
    return replace(due, weight=weight, pinned=due.pinned and not free)


def _changing(state: State, command: Change, ctx: Context) -> Draft:
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    return draft


def _own_favour(command: Change, member: MemberId) -> None:
    if member == command.by.member and not command.reason:
        raise NeedsReason()


def _book(draft: Draft, kind: str, postings: Sequence[Posting], about: MemberId, command: Change) -> None:
    """Book what a change moves; where it moves nothing, that it was made."""
    who, reason = by(command.by.member), command.reason
    if any(posting.minor for posting in postings):
        draft.book(kind, postings, by=who, reference=reason)
    else:
        draft.note(kind, about, by=who, reason=reason)


def _asked_again(draft: Draft, due: Due, command: Change) -> Due:
    """``due`` as one that is asked for, if it was waived or paid back."""
    if due.standing is Standing.REFUNDED:
        return dunning.resume(replace(due, standing=Standing.ACTIVE), draft.collection, draft.ctx.now)
    if due.standing is not Standing.WAIVED:
        return due
    unpaid = max(0, (due.amount or 0) - due.paid)
    postings = (Posting(ledger.WAIVED, -unpaid), Posting(ledger.owed(due.member), unpaid))
    draft.book("unwaived", postings, by=by(command.by.member))
    return dunning.resume(replace(due, standing=Standing.ACTIVE), draft.collection, draft.ctx.now)


def _anew(draft: Draft, dues: Sequence[Due]) -> tuple[int, ...]:
    try:
        return anew(draft.collection, dues)
    except TooLittle as short:
        total = draft.collection.money(draft.collection.amount or 0)
        raise DoesNotAddUp(fixed=short.params["minimum"], total=total) from None


def _split(draft: Draft, dues: Sequence[Due], shares: Sequence[int], command: Change) -> None:
    """Put ``dues`` at their new shares (those of others that were computed with them are left over)."""
    moved = [(due, share) for due, share in zip(dues, shares, strict=False) if share != due.amount]
    draft.reprice_all(moved, kind="split_anew", by=by(command.by.member), reason=command.reason)
