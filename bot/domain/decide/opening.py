"""Asking for money: collect, undo, join, declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bot.domain import dunning, ledger, press, split
from bot.domain.command import Collect, Declare, Join, Undo
from bot.domain.decide.draft import Draft, answer, by
from bot.domain.decide.guards import due_of, opened, running
from bot.domain.decide.shares import SPLIT, anew
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import (
    AlreadyIn,
    AskOrganiser,
    NobodyToAsk,
    NotAllowed,
    NothingToPay,
    OnlyInGroup,
    TooLate,
    TooLittle,
    TooMuch,
)
from bot.domain.ledger import Posting
from bot.domain.model import (
    NOBODY,
    Collection,
    CollectionId,
    CollectionState,
    Due,
    Listing,
    MemberId,
    Mode,
    Standing,
)
from bot.domain.money import Money
from bot.domain.notice import Button, Value, Who

MOST_SUMS: Final = 6
WHOLE: Final = 100
"""Hundredths: one full share."""


def collect(state: State, command: Collect, ctx: Context) -> Decision:
    """Open a collection and post its card at once, with Undo for a minute."""
    draft = Draft(ctx, header(state, command, ctx), {})
    heads = heads_of(state, command)
    shares = _shares(command, heads, turn=draft.collection.number)
    begin(draft, heads, shares, _weights(command), worked_out=command.sums)
    return draft.decision()


def header(state: State, command: Collect, ctx: Context) -> Collection:
    """The collection that was asked for, before anybody owes anything in it."""
    assert state.chat is not None
    if state.chat.private:
        raise OnlyInGroup()
    organiser = state.members[command.by.member]
    return Collection(
        id=CollectionId(ctx.fresh[0]),
        number=state.next_number,
        chat=command.chat,
        organiser=organiser.id,
        title=command.title,
        mode=command.mode,
        currency=command.currency,
        amount=command.amount,
        minimum=command.minimum,
        maximum=command.maximum,
        goal=command.goal,
        deadline=command.deadline,
        payee=organiser.payee,
        payee_picture=organiser.payee_picture,
        recipient=NOBODY if ctx.policy.organiser_pays else organiser.id,
        opened_at=ctx.now,
        every=ctx.policy.every,
        lasting=ctx.policy.lasting,
    )


def begin(
    draft: Draft,
    heads: Sequence[MemberId],
    shares: Sequence[int | None],
    weights: Mapping[MemberId, int],
    *,
    worked_out: Sequence[tuple[str, int]] = (),
) -> None:
    """Ask ``heads`` for ``shares`` (minor units; None: they choose), post the card, read back what was understood, with
    the sums that were ``worked_out``."""
    mine, organiser = draft.collection.recipient, draft.collection.organiser
    each = zip(heads, shares, strict=True)
    asked = [(m, share, share or 0 if m == mine else 0, weights.get(m, WHOLE)) for m, share in each]
    if draft.collection.mode is Mode.FIXED:
        draft.change(amount=sum(share or 0 for share in shares))
    draft.open(asked)
    postings = [Posting(ledger.owed(member), (share or 0) - paid) for member, share, paid, _ in asked]
    own = sum(paid for _, _, paid, _ in asked)
    postings += [Posting(ledger.OWN, own), Posting(ledger.ASKED, -draft.collection.tally.amount)]
    draft.book("opened", postings, by=by(organiser))
    draft.card()
    undo = (Button("undo", press.encode("undo", draft.collection.id)),)
    sums: tuple[Value, ...] = tuple(
        {"sum": text, "money": draft.collection.money(minor)} for text, minor in worked_out[:MOST_SUMS]
    )
    draft.announce("collected", undo, **_read_back(draft.collection, shares), sums=sums)


def heads_of(state: State, command: Collect) -> tuple[MemberId, ...]:
    """Who is asked, in the order in which they became known. ``NobodyToAsk`` when that is nobody else."""
    if command.mode is Mode.FIXED:
        heads = tuple(dict.fromkeys(member for member, _ in command.fixed))
    elif command.mode is Mode.SHARES:
        heads = tuple(dict.fromkeys(member for member, _ in command.weights))
    elif command.only:
        heads = tuple(dict.fromkeys(command.only))
    else:
        out = {*command.exclude, *(() if command.include_organiser else (command.by.member,))}
        heads = tuple(m for m in state.roster if m not in out)
    if not heads or heads == (command.by.member,):
        raise NobodyToAsk()
    return heads


def _shares(command: Collect, heads: Sequence[MemberId], *, turn: int) -> Sequence[int | None]:
    if command.mode is Mode.SELF:
        return [None] * len(heads)
    if command.mode is Mode.FIXED:
        amounts: Counter[MemberId] = Counter()
        for member, minor in command.fixed:
            amounts[member] += minor
        return [amounts[m] for m in heads]
    assert command.amount is not None
    if command.mode is Mode.EACH:
        return [command.amount] * len(heads)
    if command.mode is Mode.SHARES:
        weights = _weights(command)
        return split.by_weight(command.amount, [weights[m] for m in heads], turn=turn)
    if command.amount < len(heads):
        raise TooLittle(minimum=Money(len(heads), command.currency))
    return split.equal(command.amount, len(heads), turn=turn)


def _weights(command: Collect) -> Counter[MemberId]:
    """Hundredths of a share; said twice of the same person, they add up."""
    weights: Counter[MemberId] = Counter()
    for member, weight in command.weights:
        weights[member] += weight
    return weights


def _read_back(collection: Collection, shares: Sequence[int | None]) -> dict[str, Value]:
    """What was understood, for everybody to check: heads, the different shares, how many reminders until when."""
    counted = Counter(s for s in shares if s is not None)
    return {
        "heads": len(shares),
        "mode": collection.mode.value,
        "shares": tuple({"count": n, "money": collection.money(s)} for s, n in sorted(counted.items(), reverse=True)),
        "total": collection.money(collection.tally.amount),
        "reminders": collection.most_reminders,
        "until": collection.last_reminder_at,
        "deadline": collection.deadline,
    }


def undo(state: State, command: Undo, ctx: Context) -> Decision:
    """Take back a fresh collection: by its organiser, within the window, before any money."""
    draft = running(state, command, ctx)
    if command.by.member != draft.collection.organiser:
        raise NotAllowed(organiser=draft.about()["organiser"])
    money = any(d.paid and not draft.mine(d) for d in state.dues.values())
    if money or ctx.now - draft.collection.opened_at > ctx.policy.undo_window:
        raise TooLate(number=draft.collection.number)
    call_off(draft, tuple(state.dues.values()), kind="undone", by_whom=by(command.by.member))
    draft.answer(command, "undone")
    return replace(draft.decision(), silenced=(draft.collection.id,))


def call_off(draft: Draft, dues: Sequence[Due], *, kind: str, by_whom: str) -> int:
    """Ask for nothing more, and list what was paid to be given back. Returns that sum."""
    postings, listed = [], 0
    for due in (d for d in dues if d.standing is not Standing.DROPPED):
        mine = draft.mine(due)
        back = ledger.OWN if mine else ledger.listed(Listing.CANCELLED, due.member)
        waived = due.amount - due.paid if due.standing is Standing.WAIVED and due.amount else 0
        listed += 0 if mine else due.paid
        postings += [
            Posting(ledger.owed(due.member), -due.remaining),
            Posting(ledger.WAIVED, -waived),
            Posting(back, -due.paid),
            Posting(ledger.ASKED, due.amount or 0),
        ]
        draft.put(replace(due, standing=Standing.DROPPED, paid=0, stalled_at=None), next_at=None)
    draft.book(kind, postings, by=by_whom)
    draft.change(state=CollectionState.CANCELLED)
    draft.card()
    return listed


def join(state: State, command: Join, ctx: Context) -> Decision:
    """«I'm in». An equal split is made anew: at once before the first payment, after it with the organiser's yes."""
    draft = opened(state, command, ctx)
    collection, newcomer = draft.collection, command.by.member
    if newcomer in state.dues and state.dues[newcomer].standing is not Standing.DROPPED:
        raise AlreadyIn(number=collection.number)
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
