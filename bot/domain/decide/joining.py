"""Members who come in by themselves: «I'm in», and the amounts they choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.domain import dunning
from bot.domain.command import Declare, Join
from bot.domain.decide import signup
from bot.domain.decide.draft import Draft, answer, by
from bot.domain.decide.guards import due_of, opened, running
from bot.domain.decide.shares import SPLIT, anew
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import AlreadyIn, AskOrganiser, NothingToPay, TooLittle, TooMuch
from bot.domain.model import Due, Mode, Standing
from bot.domain.notice import Who


def join(state: State, command: Join, ctx: Context) -> Decision:
    """«I'm in». An equal split is made anew: at once before the first payment, after it with the organiser's yes."""
    draft = running(state, command, ctx)
    collection, newcomer = draft.collection, command.by.member
    if collection.by_sign_up:
        return signup.join(draft, command)
    if newcomer in state.dues and not state.dues[newcomer].outside:
        raise AlreadyIn(number=collection.number, waits=0)
    if collection.mode is Mode.FIXED:
        raise AskOrganiser(organiser=draft.about()["organiser"])
    counting = [d for d in state.dues.values() if d.counts]
    money = any(d.paid and d.member != collection.recipient for d in counting)
    slot = dunning.first_slot(collection.opened_at, collection.every, ctx.now)
    before = state.dues.get(newcomer) or Due(newcomer, None, collection.opened_at)
    fresh = replace(before, amount=None, standing=Standing.ACTIVE, slot=min(slot, collection.most_reminders))
    if collection.mode in SPLIT and money and not command.confirmed:
        return _propose_join(draft, command, [*counting, fresh])
    draft.put(fresh)
    if collection.mode is Mode.EACH:
        assert collection.amount is not None
        draft.reprice(fresh, collection.amount, kind="joined", by=by(newcomer))
    elif collection.mode in SPLIT:
        everybody = [*counting, fresh]
        for due, share in zip(everybody, anew(collection, everybody), strict=True):
            over = draft.reprice(due, share, kind="joined", by=by(newcomer))
            if over:
                draft.credited(due.member, over, share)
    owes = draft.due(newcomer).amount
    tell = draft.announce if command.confirmed else partial(draft.answer, command)
    tell("joined", money=None if owes is None else collection.money(owes), who=Who(newcomer))
    draft.card()
    return draft.decision()


def _propose_join(draft: Draft, command: Join, everybody: Sequence[Due]) -> Decision:
    collection, ctx = draft.collection, draft.ctx
    shares = anew(collection, everybody)
    proposal, yes_no = draft.propose(command, to=collection.organiser, within=6 * ctx.policy.proposal_window)
    draft.tell(
        collection.organiser,
        "propose_join",
        yes_no,
        otherwise="say",
        who=Who(command.by.member),
        heads=len(everybody),
        money=collection.money(shares[-1]),
    )
    draft.say(answer(command, "join_asked", draft.about(), collection=collection))
    return replace(draft.decision(), proposals=(proposal,))


def declare(state: State, command: Declare, ctx: Context) -> Decision:
    """A member of a self-declared collection says what they give; it may be changed until it is paid."""
    draft = opened(state, command, ctx)
    collection, due = draft.collection, due_of(state, command.by.member)
    if collection.mode is not Mode.SELF:
        raise AskOrganiser(organiser=draft.about()["organiser"])
    if due.standing is Standing.WAIVED:
        raise NothingToPay(state=due.state.value)
    least, most = max(collection.minimum or 1, due.paid, 1), collection.maximum or ctx.policy.most_minor
    if command.amount < least:
        raise TooLittle(minimum=collection.money(least))
    if command.amount > most:
        raise TooMuch(maximum=collection.money(most))
    draft.reprice(due, command.amount, kind="declared", by=by(due.member))
    draft.answer(command, "declared", money=collection.money(command.amount))
    draft.card()
    return draft.decision()
