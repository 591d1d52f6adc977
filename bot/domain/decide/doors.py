"""The doors under a private reminder: not now, I need more time, not me; and the organiser's answers to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.domain import dunning, ledger, press
from bot.domain.command import AskTime, Dispute, Keep, LetGo, Reached, Rest
from bot.domain.contact import Reason
from bot.domain.decide.agreeing import ask_second, record, waits
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.guards import due_of, in_charge, opened
from bot.domain.decide.waiting import told
from bot.domain.decision import Contact, Context, Decision, State
from bot.domain.errors import Gone, NothingToPay
from bot.domain.ledger import Posting
from bot.domain.model import Due, MemberId, Standing
from bot.domain.notice import Button, Who

PAUSES: Final = (24, 72, 168)
"""Hours, as buttons."""


def doors(draft: Draft) -> tuple[tuple[Button, ...], ...]:
    """What somebody may say who is asked for money in private."""
    return tuple(
        tuple(Button(action, press.encode(action, draft.collection.id)) for action in row)
        for row in (("pay", "paid"), ("not_me", "later", "why"))
    )


def ask_time(state: State, command: AskTime, ctx: Context) -> Decision:
    """How long? Three pauses as buttons, and how to promise a day."""
    draft = opened(state, command, ctx)
    _asked(state, command.by.member)
    pauses = tuple(Button(f"pause_{h}", press.encode("rest", draft.collection.id, h)) for h in PAUSES)
    draft.tell(command.by.member, "how_long", pauses, otherwise="hint")
    return replace(draft.decision(), collection=None)


def _asked(state: State, member: MemberId) -> Due:
    due = due_of(state, member)
    if not due.unsettled:
        raise NothingToPay(state=due.state.value)
    return due


def rest(state: State, command: Rest, ctx: Context) -> Decision:
    """Reminders to one member rest for a while. The organiser hears of a promise, and of time that is needed."""
    draft = opened(state, command, ctx)
    due = _asked(state, command.by.member)
    resting = dunning.rest(due, command.until, promised=command.promised)
    draft.put(resting)
    who, organiser = Who(due.member), draft.collection.organiser
    if command.promised:
        draft.tell(organiser, "promise_made", who=who, until=command.until)
    elif command.asked:
        draft.tell(organiser, "time_asked", dispute_answers(draft, due.member), who=who, until=command.until)
    ahead = dunning.slot_after(resting, draft.collection, command.until)
    following = command.until if command.promised else ahead
    draft.answer(command, "resting", until=command.until, promised=command.promised, next_reminder=following)
    return draft.decision()


def dispute_answers(draft: Draft, member: MemberId) -> tuple[Button, ...]:
    return tuple(Button(a, press.encode(a, draft.collection.id, member)) for a in ("owes", "let_go"))


def dispute(state: State, command: Dispute, ctx: Context) -> Decision:
    """«Not me»: nothing is asked until the organiser has answered."""
    draft = opened(state, command, ctx)
    due = _asked(state, command.by.member)
    draft.put(dunning.awake(replace(due, standing=Standing.DISPUTED, stalled_at=None, rung=0)))
    money = None if due.amount is None else draft.collection.money(due.remaining)
    draft.tell(
        draft.collection.organiser,
        "disputed",
        dispute_answers(draft, due.member),
        otherwise="hint",
        who=Who(due.member),
        money=money,
    )
    draft.answer(command, "dispute_heard")
    return replace(draft.decision(), contacts=(told(draft, "dispute", due.member),))


def keep(state: State, command: Keep, ctx: Context) -> Decision:
    """They owe it: a dispute, or a pause that was asked for, is over. The member is told kindly, in private."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    due = due_of(state, command.member)
    if due.state.value != "disputed" and (due.rest_until is None or not due.unsettled):
        raise Gone()
    draft.put(dunning.resume(replace(due, standing=Standing.ACTIVE), draft.collection, ctx.now))
    money = None if due.amount is None else draft.collection.money(due.remaining)
    draft.tell(due.member, "kept", *doors(draft), money=money)
    draft.answer(command, "kept_told", who=Who(due.member))
    return draft.decision()


def let_go(state: State, command: LetGo, ctx: Context) -> Decision:
    """Nothing is asked of them any more. What they said was read by the organiser: that was the preview."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    due = due_of(state, command.member)
    if due.state.value != "disputed" and (due.rest_until is None or not due.unsettled):
        raise Gone()
    if waits(draft, command, due.remaining):
        return ask_second(draft, command, "waived", due.remaining, who=Who(due.member))
    record(draft, command)
    money, actor = draft.collection.money(due.remaining), command.by.member
    draft.book(
        "waived",
        (Posting(ledger.owed(due.member), -due.remaining), Posting(ledger.WAIVED, due.remaining)),
        by=by(actor),
    )
    draft.put(dunning.awake(replace(due, standing=Standing.WAIVED, stalled_at=None)))
    draft.announce("waived", who=Who(due.member), money=money, reason="", actor=Who(actor))
    draft.answer(command, "let_go_told", who=Who(due.member))
    draft.card()
    return draft.decision()


def reached(state: State, command: Reached, ctx: Context) -> Decision:
    """Somebody spoke with them on the phone: no call for 7 days (``contact``)."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    due = due_of(state, command.member)
    answered = Contact(draft.collection.id, "answer", "answer", "sent", Reason.DUE.value, (due.member,), ctx.now)
    draft.answer(command, "reached", who=Who(due.member))
    return replace(draft.decision(), collection=None, contacts=(answered,))
