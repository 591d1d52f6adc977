"""One member paying for others: who is named, who is told, and who would rather not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.domain import covers, press
from bot.domain.command import AskToPay, NotNeeded
from bot.domain.decide.draft import Draft, answer
from bot.domain.decide.guards import due_of, opened
from bot.domain.decide.moves import Moves
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import Gone, TooManyOthers
from bot.domain.model import Due, MemberId, Standing
from bot.domain.notice import Button, Value, Who


def pay_for(draft: Draft, command: AskToPay) -> Due:
    """Take down for whom they pay, and tell those who are new on the list. Who owes nothing themselves gets a due that
    asks for nothing. Whoever is named and owes nothing is left out; only the payer hears who it is."""
    me, ctx = command.by.member, draft.ctx
    known = {due.member: due for due in draft.dues}
    mine = known.get(me) or Due(me, 0, ctx.now, standing=Standing.FOR_OTHERS)
    named = tuple(dict.fromkeys(m for m in command.covers or () if m != me))
    if len(named) > covers.MOST:
        raise TooManyOthers(most=covers.MOST)
    payer = replace(mine, paying_for=named)
    found = covers.covered(payer, known)
    payer = replace(payer, paying_for=tuple(due.member for due in found))
    if payer.paying_for or me in known:
        draft.put(payer)
    for due in found:
        if due.member not in mine.paying_for:
            no = Button("not_needed", press.encode("not_needed", draft.collection.id, me))
            draft.tell(due.member, "cover_offered", (no,), who=Who(me), money=draft.collection.money(due.remaining))
    return payer


def read_back(draft: Draft, command: AskToPay, payer: Due) -> Decision:
    """Whose dues are on the payer's page, to the payer alone."""
    collection, left_out = draft.collection, set(command.covers or ()) - {*payer.paying_for, payer.member}
    total = covers.asked(payer, {due.member: due for due in draft.dues})
    params = draft.about(
        money=collection.money(total),
        own=collection.money(covers.own(payer)) if covers.own(payer) else None,
        lines=tuple(
            {"who": Who(m), "money": collection.money(draft.due(m).remaining)} for m in payer.paying_for
        ),
        left_out=tuple(Who(m) for m in command.covers or () if m in left_out),
    )  # fmt: skip
    key = "pay_for_others" if payer.paying_for else "pay_for_nobody"
    draft.say(answer(command, key, params, collection=collection, open_pay=bool(payer.paying_for), private=True))
    return draft.decision()


def not_needed(state: State, command: NotNeeded, ctx: Context) -> Decision:
    """They would rather pay themselves; or the payer pays for nobody but themselves after all."""
    draft, me = opened(state, command, ctx), command.by.member
    payer = due_of_payer(state, command.member)
    gone = payer.paying_for if me == payer.member else tuple(m for m in payer.paying_for if m == me)
    if not gone:
        raise Gone()
    draft.put(replace(payer, paying_for=tuple(m for m in payer.paying_for if m not in gone)))
    moves = Moves(draft)
    for running in state.intents:
        if set(gone) & set(running.covers):
            moves.stop(running)
    if me != payer.member:
        draft.tell(payer.member, "cover_declined", who=Who(me))
        draft.answer(command, "cover_not_needed", who=Who(payer.member))
    return moves.decision()


def due_of_payer(state: State, member: MemberId) -> Due:
    due = state.dues.get(member)
    return due if due is not None and due.paying_for else due_of(state, member)


def thank(draft: Draft, payer: MemberId, shared: Iterable[tuple[MemberId, int]]) -> None:
    """Money for others has arrived: they hear from whom, and that nothing (or how much) is left."""
    money = draft.collection.money
    for member, part in shared:
        left = money(draft.due(member).remaining)
        draft.tell(member, "paid_for_you", who=Who(payer), money=money(part), remaining=left)


def parts(draft: Draft, shared: Iterable[tuple[MemberId, int]]) -> tuple[Value, ...]:
    """For whom how much of it was, as the payer reads it."""
    return tuple({"who": Who(m), "money": draft.collection.money(part)} for m, part in shared)
