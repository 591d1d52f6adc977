"""Signing up: an activity with places and a waitlist, and all or nothing. Nobody is presumed to take part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import ledger, press
from bot.domain.command import Collect, Join, Lapse, Leave
from bot.domain.curve import curve
from bot.domain.decide import places
from bot.domain.decide.calling_off import call_off
from bot.domain.decide.draft import Draft, answer, by
from bot.domain.decide.guards import running
from bot.domain.decide.shares import SPLIT, anew
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import AlreadyIn, CannotLeave, NeedsQuorum, NothingToPay, NotOwing, PlacesDoNotFit, TooLittle
from bot.domain.ledger import Posting
from bot.domain.model import Collection, CollectionState, Due, MemberId, Standing
from bot.domain.notice import Button, Value, Who


def gathering(collection: Collection, heads: int, ctx: Context) -> Collection:
    """The header of what people sign up for: it gathers while there are fewer than needed. ``NeedsQuorum`` for a total
    that nobody could tell the price of."""
    cap, quorum = collection.cap, collection.quorum
    if quorum is not None and cap is not None and cap < quorum:
        raise PlacesDoNotFit(cap=cap, quorum=quorum)
    if quorum is None:
        if collection.mode in SPLIT:
            raise NeedsQuorum()
        return collection
    if collection.mode in SPLIT and (collection.amount or 0) < (cap or quorum):
        raise TooLittle(minimum=collection.money(cap or quorum))
    if heads >= quorum:
        return collection
    until = collection.deadline or collection.starts_at or ctx.now + ctx.policy.gathering
    return replace(collection, state=CollectionState.GATHERING, deadline=until)


def named(command: Collect, collection: Collection) -> tuple[tuple[MemberId, ...], tuple[MemberId, ...]]:
    """Those the organiser signed up in their words: who has a place, and who waits for one."""
    heads = tuple(dict.fromkeys(command.only))
    return heads[: collection.cap], heads[collection.cap :] if collection.cap is not None else ()


def queue(draft: Draft, members: Sequence[MemberId]) -> None:
    """Put ``members`` at the end of the waitlist."""
    for member in members:
        draft.put(Due(member, None, draft.ctx.now, standing=Standing.WAITING))


def join(draft: Draft, command: Join) -> Decision:
    """«I'm in»: a place, or the end of the waitlist; the last one who is needed opens an all-or-nothing."""
    collection, newcomer = draft.collection, command.by.member
    before = next((due for due in draft.dues if due.member == newcomer), None) or Due(newcomer, None, draft.ctx.now)
    line = [due.member for due in places.waiting(draft.dues)]
    if (before.counts and before in draft.dues) or newcomer in line:
        waits = line.index(newcomer) + 1 if newcomer in line else 0
        raise AlreadyIn(number=collection.number, waits=waits)
    if collection.cap is not None and places.taken(draft.dues) >= collection.cap:
        draft.put(replace(before, amount=None, standing=Standing.WAITING, anchor_at=draft.ctx.now))
        draft.answer(command, "waitlisted", who=Who(newcomer), waits=len(line) + 1)
        draft.card()
        return draft.decision()
    draft.put(places.seated(before, draft))
    heads = places.taken(draft.dues)
    if collection.gathering and heads < (collection.quorum or 0):
        draft.answer(command, "signed_up", who=Who(newcomer), heads=heads, quorum=collection.quorum)
    elif collection.gathering:
        _open_up(draft, newcomer)
        draft.answer(command, "joined", who=Who(newcomer), money=_owes(draft, newcomer))
    else:
        places.price(draft, (newcomer,), kind="joined", said_by=newcomer)
        draft.answer(command, "joined", who=Who(newcomer), money=_owes(draft, newcomer))
    draft.card()
    return draft.decision()


def _owes(draft: Draft, member: MemberId) -> Value:
    amount = draft.due(member).amount
    return None if amount is None else draft.collection.money(amount)


def _open_up(draft: Draft, last: MemberId) -> None:
    """There are enough: from now on everybody is asked, and the reminders' clock runs."""
    draft.change(state=CollectionState.OPEN, opened_at=draft.ctx.now)
    collection = draft.collection
    everybody = [due for due in draft.dues if due.counts]
    assert collection.amount is not None
    shares = anew(collection, everybody) if collection.mode in SPLIT else [collection.amount] * len(everybody)
    postings, own = [], 0
    for due, share in zip(everybody, shares, strict=True):
        paid = share if draft.mine(due) else 0
        draft.put(replace(places.seated(due, draft), amount=share, paid=paid))
        postings.append(Posting(ledger.owed(due.member), share - paid))
        own += paid
    postings += [Posting(ledger.OWN, own), Posting(ledger.ASKED, -sum(shares))]
    draft.book("opened", postings, by=by(last))
    buttons = tuple(Button(action, press.encode(action, collection.id)) for action in ("pay", "share"))
    most = collection.money(max(shares))
    draft.announce("opened_up", buttons, heads=len(everybody), money=most, same=max(shares) == min(shares))


def leave(state: State, command: Leave, ctx: Context) -> Decision:
    """«I can't come»: the place goes to whoever waits longest. What was paid is theirs, and the organiser told. Where
    it would raise what others pay who have paid already, the organiser decides."""
    draft = running(state, command, ctx)
    collection, member = draft.collection, command.by.member
    due = state.dues.get(member)
    if due is None or due.outside:
        raise NotOwing(member=Who(member))
    if not collection.by_sign_up:
        raise CannotLeave(organiser=Who(collection.organiser))
    if due.standing is Standing.CLAIMED:
        raise NothingToPay(state=due.state.value)
    if due.standing is Standing.WAITING:
        draft.put(replace(due, standing=Standing.DROPPED))
        draft.answer(command, "left", over=None)
        draft.card()
        return draft.decision()
    others = [d for d in draft.dues if d.counts and d.member != member]
    money = any(d.paid and not draft.mine(d) for d in others)
    alone = collection.mode in SPLIT and money and not places.waiting(draft.dues)
    if alone and not command.confirmed:
        return _propose_leaving(draft, command, others)
    over = vacate(draft, due, kind="left", said_by=command.by.member)
    if over:
        draft.tell(collection.organiser, "left_paid", otherwise="hint", who=Who(member), money=collection.money(over))
    draft.answer(command, "left", over=collection.money(over) if over else None)
    draft.card()
    return draft.decision()


def vacate(draft: Draft, due: Due, *, kind: str, said_by: MemberId) -> int:
    """Take ``due`` off the list, and let the waitlist move up. Returns what they had paid, now their credit, in minor
    units."""
    was, over = due.amount, 0
    if was is not None:
        over = draft.reprice(replace(due, pinned=False), 0, kind=kind, by=by(said_by))
    gone = draft.due(due.member)
    draft.put(replace(gone, standing=Standing.DROPPED, stalled_at=None))
    if not places.fill(draft, said_by=said_by, at=was):
        places.price(draft, (), kind=kind, said_by=said_by)
    return over


def _propose_leaving(draft: Draft, command: Leave, others: Sequence[Due]) -> Decision:
    """What the others would pay without them, for the organiser to agree to."""
    collection = draft.collection
    shares = anew(collection, others)
    within = 6 * draft.ctx.policy.proposal_window
    proposal, yes_no = draft.propose(command, to=collection.organiser, within=within)
    draft.tell(
        collection.organiser,
        "propose_leaving",
        yes_no,
        otherwise="say",
        who=Who(command.by.member),
        heads=len(others),
        money=collection.money(max(shares)),
    )
    draft.say(answer(command, "join_asked", draft.about(), collection=collection))
    return replace(draft.decision(), proposals=(proposal,))


def lapse(state: State, command: Lapse, ctx: Context) -> Decision:
    """The time of an all-or-nothing is over, and they are too few: it is called off, and nobody pays."""
    collection = state.collection
    if collection is None or not collection.gathering or (collection.deadline or ctx.now) > ctx.now:
        return Decision()
    draft = Draft.of(state, ctx)
    heads = collection.tally.heads
    call_off(draft, draft.dues, kind="cancelled", by_whom="clock")
    draft.announce("lapsed", heads=heads, quorum=collection.quorum)
    return replace(draft.decision(), silenced=(collection.id,))


def priced(collection: Collection) -> tuple[Value, ...]:
    """The price curve, for a text."""
    points = curve(collection)
    return tuple({"heads": p.heads, "more": p.more, "money": collection.money(p.minor)} for p in points)
