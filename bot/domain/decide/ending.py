"""The end: close, call off, the chat being lost or out of reach."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.command import Cancel, ChatLost, Close, Outage
from bot.domain.decide.agreeing import ask_second, record, waits
from bot.domain.decide.calling_off import call_off
from bot.domain.decide.draft import by
from bot.domain.decide.effects import propose, undo_button
from bot.domain.decide.guards import in_charge, opened, running
from bot.domain.decide.remembering import remembered
from bot.domain.decision import Context, Decision, State
from bot.domain.model import CollectionState
from bot.domain.notice import Medium, Notice, Value, Who


def close(state: State, command: Close, ctx: Context) -> Decision:
    """Stop asking. What is paid stays; the organiser hears who has not paid."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    received = sum(d.paid for d in state.dues.values() if not draft.mine(d))
    if waits(draft, command, received):
        return ask_second(draft, command, "closed", received)
    record(draft, command)
    draft.change(state=CollectionState.CLOSED)
    draft.enter("closed", (), by=by(command.by.member))
    tally = draft.collection.tally
    draft.announce(
        "closed",
        undo_button(draft),
        settled=tally.settled,
        heads=tally.heads,
        money=draft.collection.money(tally.paid),
        actor=Who(command.by.member),
    )
    draft.card()
    return replace(remembered(draft, "closed", by=command.by.member), silenced=(draft.collection.id,))


def cancel(state: State, command: Cancel, ctx: Context) -> Decision:
    """Call it off, after a yes; what was paid is listed, and the organiser told whom to give it back."""
    draft = running(state, command, ctx)
    in_charge(draft.collection, command.by)
    organiser, was = draft.collection.organiser, draft.collection.state
    in_money = draft.collection.money
    theirs = {d.member: (0 if draft.mine(d) else d.paid) + d.credit for d in state.dues.values()}
    payers = {member: minor for member, minor in theirs.items() if minor}
    money = in_money(sum(payers.values()))
    mark = f"{len(payers)}:{money.minor}"
    if not command.confirmed or command.seen != mark:
        asked, stale = replace(command, seen=mark, second=None), command.confirmed
        return propose(draft, asked, "propose_cancel", payers=len(payers), money=money, stale=stale)
    if waits(draft, command, money.minor):
        return ask_second(draft, command, "cancelled", money.minor)
    record(draft, command)
    back: tuple[Value, ...] = tuple({"who": Who(m), "money": in_money(minor)} for m, minor in payers.items())
    call_off(draft, tuple(state.dues.values()), kind="cancelled", by_whom=by(command.by.member))
    draft.announce("cancelled", undo_button(draft), payers=len(payers), actor=Who(command.by.member))
    if back:
        draft.tell(organiser, "give_back", otherwise="hint", back=back, money=money)
    return replace(remembered(draft, "cancelled", by=command.by.member, was=was), silenced=(draft.collection.id,))


def chat_lost(state: State, command: ChatLost, ctx: Context) -> Decision:
    """The bot was removed: all dunning of this chat stops. What is owed and paid stays in the books."""
    if state.chat is None:
        return Decision()
    return Decision(chat=replace(state.chat, active=False), silenced=state.open_ids)


def outage(state: State, command: Outage, ctx: Context) -> Decision:
    """Whoever said something meanwhile is asked to say it again, where anything is being collected."""
    if state.chat is None or not state.chat.active or not state.open_ids:
        return Decision()
    params = {"since": command.since, "until": command.until}
    return Decision(notices=(Notice("outage", Medium.CHAT, chat=state.chat.id, params=params),))
