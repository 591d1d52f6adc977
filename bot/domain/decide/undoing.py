"""Taking back: the last change, exactly as it was made, as another entry; or else the collection while it is fresh."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import dunning
from bot.domain.command import Undo
from bot.domain.decide import calling_off
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.effects import announced, effects_of, tell_touched
from bot.domain.decide.guards import found, in_charge
from bot.domain.decide.remembering import stake
from bot.domain.decision import Context, Decision, LastChange, State
from bot.domain.errors import CannotUndo, Gone
from bot.domain.ledger import Posting
from bot.domain.model import CollectionState, Due
from bot.domain.notice import Who


def undo(state: State, command: Undo, ctx: Context) -> Decision:
    """Take back the last change, or, where there is none, a fresh collection. A button means the change that it stood
    under."""
    collection = found(state, command)
    last = None if state.last_change is None or state.last_change.taken_back else state.last_change
    if command.change is not None and (last is None or last.seq != command.change):
        raise Gone()
    if last is None:
        return calling_off.undo(state, command, ctx)
    in_charge(collection, command.by)
    if (why := _hindrance(state, last, ctx)) is not None:
        raise CannotUndo(number=collection.number, kind=last.kind, why=why, minutes=_minutes(ctx))
    return _taken_back(Draft.of(state, ctx), state, command, last)


def _minutes(ctx: Context) -> int:
    return int(ctx.policy.change_undo_window.total_seconds() // 60)


def _hindrance(state: State, last: LastChange, ctx: Context) -> str | None:
    """Why the last change stays: its time is over, money has moved since for somebody it touched, or something else has
    changed."""
    assert state.collection is not None
    if ctx.now - last.at > ctx.policy.change_undo_window:
        return "late"
    now = state.dues
    if any(now[due.member].paid + now[due.member].credit != due.paid + due.credit for due in last.after):
        return "money"
    called_off = state.collection.state is CollectionState.CANCELLED
    if called_off and state.collection.chain.seq != last.seq:
        return "money"
    return "changed" if any(stake(now[due.member]) != stake(due) for due in last.after) else None


def _taken_back(draft: Draft, state: State, command: Undo, last: LastChange) -> Decision:
    reopened = draft.collection.state is not last.state
    draft.change(state=last.state)
    before = {due.member: due for due in last.before}
    for due in state.dues.values():
        if due.member in before or reopened:
            draft.put(_restored(draft, due, before.get(due.member, due), reopened=reopened))
    undone = [Posting(posting.account, -posting.minor) for posting in last.moved]
    draft.enter("taken_back", undone, by=by(command.by.member), reference=last.kind)
    effects = effects_of(draft)
    draft.announce(
        "taken_back", actor=Who(command.by.member), kind=last.kind, others=announced(draft, effects), reopened=reopened
    )
    anew = [effect for effect in effects if not reopened or effect.before.amount != effect.after.amount]
    tell_touched(draft, anew, actor=command.by.member, how="taken_back")
    draft.card()
    return replace(draft.decision(), last_change=replace(last, taken_back=True))


def _restored(draft: Draft, due: Due, before: Due, *, reopened: bool) -> Due:
    """``due`` as it stood before the change. Who is asked again is not reminded at once."""
    restored = replace(
        due,
        amount=before.amount,
        paid=before.paid,
        credit=before.credit,
        standing=before.standing,
        weight=before.weight,
        pinned=before.pinned,
        claim=before.claim,
        anchor_at=before.anchor_at,
    )
    asked_again = restored.unsettled and (reopened or not due.unsettled)
    return dunning.resume(restored, draft.collection, draft.ctx.now) if asked_again else restored
