"""Where the money goes. For what is collected already another account is announced, and waits: who has taken over
somebody's phone cannot turn the money of a running collection to themselves unseen."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import press
from bot.domain.command import AgreePayee, HoldPayee, SetPayee, SwitchPayee
from bot.domain.decide.draft import Draft, answer, by
from bot.domain.decide.guards import in_charge, opened
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import Gone, NotTheSame
from bot.domain.model import NOBODY, Collection, PayeeChange
from bot.domain.notice import Button, Notice, Value, Who


def set_payee(state: State, command: SetPayee, ctx: Context) -> Decision:
    """Where money for oneself goes: at once in what is asked for from now on; in what is being collected after an
    announcement and a cool-down. Told in private, so that nobody can pose as the organiser before the group."""
    if not command.reply.private:
        return Decision(notices=(answer(command, "payee_in_private", {}),))
    me = replace(state.members[command.by.member], payee=command.text, payee_picture=command.picture)
    changes: list[PayeeChange] = []
    notices: list[Notice] = []
    for collection in state.collecting:
        pending = state.payee_changes.get(collection.id)
        if (collection.payee, collection.payee_picture) == (command.text, command.picture):
            changes += [replace(pending, over=True, next_at=None)] if pending else []
            continue
        change = _announced(collection, command, pending, ctx)
        changes.append(change)
        if change.at > ctx.now:
            notices += _announcement(collection, change, ctx)
    waiting = [change for change in changes if not change.over and change.at > ctx.now]
    params: dict[str, Value] = {
        "text": command.text,
        "picture": bool(command.picture),
        "running": len(waiting),
        "at": max((change.at for change in waiting), default=None),
    }
    said = answer(command, "payee_set", params)
    return Decision(members=(me,), payee_changes=tuple(changes), notices=(said, *notices))


def _announced(collection: Collection, command: SetPayee, pending: PayeeChange | None, ctx: Context) -> PayeeChange:
    """What is said where nothing was said before takes effect at once; what somebody held stays held."""
    nothing_yet = not collection.payee and not collection.payee_picture
    held = pending.held_by if pending is not None and not pending.over else NOBODY
    at = ctx.now if nothing_yet else ctx.now + ctx.policy.payee_cooldown
    return PayeeChange(
        collection=collection.id,
        by=command.by.member,
        payee=command.text,
        picture=command.picture,
        asked_at=ctx.now,
        at=at,
        next_at=None if held != NOBODY else at,
        held_by=held,
    )


def _announcement(collection: Collection, change: PayeeChange, ctx: Context) -> tuple[Notice, ...]:
    draft = Draft(ctx, collection, {})
    needs = bool(collection.helpers)
    rows = (_button("unexpected", collection), *((_button("vouch", collection),) if needs else ()))
    draft.announce("payee_announced", *rows, **_facts(change), second=needs, held=change.held_by != NOBODY)
    return draft.decision().notices


def _button(action: str, collection: Collection) -> tuple[Button, ...]:
    return (Button(action, press.encode(action, collection.id)),)


def _facts(change: PayeeChange) -> dict[str, Value]:
    return {"actor": Who(change.by), "text": change.payee, "with_picture": bool(change.picture), "at": change.at}


def _pending(state: State, collection: Collection) -> PayeeChange:
    change = state.payee_changes.get(collection.id)
    if change is None or change.over:
        raise Gone()
    return change


def hold(state: State, command: HoldPayee, ctx: Context) -> Decision:
    """Anybody in the chat may stop it; those in charge are told. It goes on only when another of them says so."""
    draft = opened(state, command, ctx)
    change = _pending(state, draft.collection)
    if change.held_by != NOBODY:
        raise Gone()
    draft.enter("payee_held", (), by=by(command.by.member))
    facts = _facts(change) | {"who": Who(command.by.member)}
    draft.announce("payee_held", _button("vouch", draft.collection), **facts)
    draft.tell_in_charge("payee_held", **facts)  # type: ignore[arg-type]  # none is called as an option is
    held = replace(change, held_by=command.by.member, next_at=None)
    return replace(draft.decision(), payee_changes=(held,))


def vouch(state: State, command: AgreePayee, ctx: Context) -> Decision:
    """A second person in charge vouches for it: it takes effect when its time has come."""
    draft = opened(state, command, ctx)
    change = _pending(state, draft.collection)
    in_charge(draft.collection, command.by)
    if command.by.member == change.by:
        raise NotTheSame()
    draft.enter("payee_vouched", (), by=by(command.by.member))
    draft.announce("payee_vouched", **_facts(change), who=Who(command.by.member))
    vouched = replace(change, agreed_by=command.by.member, held_by=NOBODY, next_at=max(change.at, ctx.now))
    return replace(draft.decision(), payee_changes=(vouched,))


def switch(state: State, command: SwitchPayee, ctx: Context) -> Decision:
    """Its time has come. Where there are co-treasurers one of them must have vouched for it; else it waits on."""
    change = state.payee_changes.get(command.collection)
    if change is None or state.collection is None:
        return Decision()
    if change.over or change.held_by != NOBODY or not state.collection.running:
        return Decision(payee_changes=(replace(change, over=not state.collection.running, next_at=None),))
    draft = Draft.of(state, ctx)
    if draft.collection.helpers and change.agreed_by == NOBODY and change.at > change.asked_at:
        draft.announce("payee_waits", _button("vouch", draft.collection), **_facts(change))
        waits = replace(change, next_at=None)
        return replace(draft.decision(), payee_changes=(waits,))
    draft.change(payee=change.payee, payee_picture=change.picture)
    draft.enter("payee_changed", (), by=by(change.by))
    draft.announce("payee_changed", **_facts(change))
    draft.card()
    return replace(draft.decision(), payee_changes=(replace(change, payee="", picture="", over=True, next_at=None),))
