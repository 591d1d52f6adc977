"""Somebody leaves the chat while it runs: nothing more is sent to them, and the organiser chooses what comes of it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import dunning, press
from bot.domain.command import KeepAsking, MemberLeft
from bot.domain.contact import Reason
from bot.domain.decide.draft import Draft
from bot.domain.decide.effects import propose
from bot.domain.decide.guards import due_of, in_charge, opened
from bot.domain.decision import Contact, Context, Decision, State
from bot.domain.errors import NothingToPay, OutOfReach
from bot.domain.notice import Button, Value, Who


def member_left(state: State, command: MemberLeft, ctx: Context) -> Decision:
    """Who owes, has paid or has credit: those in charge are told in private, and offered what can be done, each of it
    read back before it happens."""
    due = state.dues.get(command.member)
    if state.collection is None or due is None or not due.counts:
        return Decision()
    draft = Draft.of(state, ctx)
    theirs = (0 if draft.mine(due) else due.paid) + due.credit
    if due.unsettled or due.waits:
        gone = dunning.awake(replace(due, stalled_at=None, slot=draft.collection.most_reminders))
        draft.put(gone, next_at=None)
    if not due.unsettled and not theirs:
        return replace(draft.decision(), collection=None) if due.waits else Decision()
    offers = ("drop", "ask_on", "waive") if due.unsettled else ("drop",)
    rows = tuple((Button(offer, press.encode(offer, draft.collection.id, due.member)),) for offer in offers)
    draft.tell_in_charge(
        "member_left",
        *rows,
        otherwise="hint",
        who=Who(due.member),
        owes=due.unsettled,
        money=draft.collection.money(due.remaining),
        paid=draft.collection.money(theirs),
    )
    left = Contact(draft.collection.id, "left", "chat", "skipped", Reason.LEFT.value, (due.member,), ctx.now)
    return replace(draft.decision(), contacts=(left,) if due.unsettled else ())


def keep_asking(state: State, command: KeepAsking, ctx: Context) -> Decision:
    """Reminders to somebody who left go on, in private only: as many as the plan still has."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    due = due_of(state, command.member)
    if not due.unsettled:
        raise NothingToPay(state=due.state.value)
    if not state.members[due.member].reachable:
        raise OutOfReach(who=Who(due.member))
    again = dunning.resume(replace(due, slot=0), draft.collection, ctx.now)
    collection = draft.collection
    params: dict[str, Value] = {
        "who": Who(due.member),
        "money": collection.money(due.remaining),
        "most": min(collection.most_contacts, collection.most_reminders - again.slot),
        "until": collection.last_reminder_at,
    }
    if not command.confirmed:
        return propose(draft, command, "propose_keep", **params)
    draft.put(again)
    draft.answer(command, "kept_asking", **params)
    return draft.decision()
