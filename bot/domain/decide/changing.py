"""Changing while it runs: waive, adjust, close, cancel, a member leaving, the chat being lost."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import dunning, ledger
from bot.domain.command import Adjust, Cancel, ChatLost, Close, MemberLeft, OnCollection, Outage, Waive
from bot.domain.decide.calling_off import call_off
from bot.domain.decide.draft import Draft, answer, by
from bot.domain.decide.guards import due_of, in_charge, opened, running
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import BadAmount, NeedsReason, NothingToPay
from bot.domain.ledger import Posting
from bot.domain.model import CollectionState, MemberId, Standing
from bot.domain.notice import Medium, Notice, Value, Who


def propose(draft: Draft, command: OnCollection, key: str, **params: Value) -> Decision:
    """Read back what would happen, and wait for a yes of whoever said it."""
    proposal, yes_no = draft.propose(command, to=command.by.member, within=draft.ctx.policy.proposal_window)
    about = draft.about(**params)
    draft.say(answer(_as_message(command), key, about, collection=draft.collection, buttons=(yes_no,)))
    if command.reply.press:
        draft.answer(command, "read_first")
    return Decision(notices=draft.decision().notices, proposals=(proposal,))


def _as_message(command: OnCollection) -> OnCollection:
    """A question with buttons needs a message: the answer to a press cannot carry any."""
    return replace(command, reply=replace(command.reply, press=""))


def _own_favour(command: OnCollection, member: MemberId, reason: str) -> None:
    if member == command.by.member and not reason:
        raise NeedsReason()


def waive(state: State, command: Waive, ctx: Context) -> Decision:
    """Ask no more of a member. Visible to all; the organiser's own due needs a reason."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    due = due_of(state, command.member)
    if due.standing is Standing.WAIVED or (not due.remaining and due.amount is not None):
        raise NothingToPay(state=due.state.value)
    _own_favour(command, command.member, command.reason)
    money = draft.collection.money(due.remaining)
    if not command.confirmed:
        return propose(draft, command, "propose_waive", who=Who(due.member), money=money, reason=command.reason)
    postings = (Posting(ledger.owed(due.member), -due.remaining), Posting(ledger.WAIVED, due.remaining))
    draft.book("waived", postings, by=by(command.by.member))
    draft.put(replace(due, standing=Standing.WAIVED, stalled_at=None))
    draft.announce("waived", who=Who(due.member), money=money, reason=command.reason, actor=Who(command.by.member))
    draft.card()
    return draft.decision()


def adjust(state: State, command: Adjust, ctx: Context) -> Decision:
    """Change one due, with a preview first; what is paid above the new amount is a credit, and said so."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    due = due_of(state, command.member)
    amount = (due.amount or 0) + command.amount if command.relative else command.amount
    if amount < 0:
        raise BadAmount(money=draft.collection.money(due.amount or 0))
    if amount < (due.amount or 0):
        _own_favour(command, command.member, command.reason)
    params: dict[str, Value] = {
        "who": Who(due.member),
        "before": draft.collection.money(due.amount or 0),
        "money": draft.collection.money(amount),
        "over": draft.collection.money(due.paid - amount) if due.paid > amount else None,
        "reason": command.reason,
        "actor": Who(command.by.member),
    }
    if not command.confirmed:
        return propose(draft, command, "propose_adjust", **params)
    if due.standing is Standing.REFUNDED:
        due = dunning.resume(replace(due, standing=Standing.ACTIVE), draft.collection, ctx.now)
    if due.standing is Standing.WAIVED:
        unpaid = (due.amount or 0) - due.paid
        draft.book(
            "unwaived",
            (Posting(ledger.WAIVED, -unpaid), Posting(ledger.owed(due.member), unpaid)),
            by=by(command.by.member),
        )
        due = dunning.resume(replace(due, standing=Standing.ACTIVE), draft.collection, ctx.now)
    over = draft.reprice(replace(due, pinned=True), amount, kind="adjusted", by=by(command.by.member))
    draft.announce("adjusted", **params)
    if over:
        draft.credited(due.member, over, amount)
    draft.card()
    return draft.decision()


def close(state: State, command: Close, ctx: Context) -> Decision:
    """Stop asking. What is paid stays; the organiser hears who has not paid."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    draft.change(state=CollectionState.CLOSED)
    tally = draft.collection.tally
    draft.announce(
        "closed",
        settled=tally.settled,
        heads=tally.heads,
        money=draft.collection.money(tally.paid),
        actor=Who(command.by.member),
    )
    draft.card()
    return replace(draft.decision(), silenced=(draft.collection.id,))


def cancel(state: State, command: Cancel, ctx: Context) -> Decision:
    """Call it off, after a yes; what was paid is listed, and the organiser told whom to give it back."""
    draft = running(state, command, ctx)
    in_charge(draft.collection, command.by)
    organiser = draft.collection.organiser
    payers = [d for d in state.dues.values() if d.paid and not draft.mine(d)]
    money = draft.collection.money(sum(d.paid for d in payers))
    if not command.confirmed:
        return propose(draft, command, "propose_cancel", payers=len(payers), money=money)
    back: tuple[Value, ...] = tuple({"who": Who(d.member), "money": draft.collection.money(d.paid)} for d in payers)
    call_off(draft, tuple(state.dues.values()), kind="cancelled", by_whom=by(command.by.member))
    draft.announce("cancelled", payers=len(payers), actor=Who(command.by.member))
    if back:
        draft.tell(organiser, "give_back", otherwise="hint", back=back, money=money)
    return replace(draft.decision(), silenced=(draft.collection.id,))


def member_left(state: State, command: MemberLeft, ctx: Context) -> Decision:
    """Somebody who owes left the chat: nothing more is sent to them, and the organiser is told."""
    due = state.dues.get(command.member)
    if state.collection is None or due is None or not due.unsettled:
        return Decision()
    draft = Draft.of(state, ctx)
    draft.put(replace(due, stalled_at=None, slot=draft.collection.most_reminders), next_at=None)
    draft.tell(
        draft.collection.organiser,
        "member_left",
        otherwise="hint",
        who=Who(due.member),
        money=draft.collection.money(due.remaining),
    )
    return draft.decision()


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
