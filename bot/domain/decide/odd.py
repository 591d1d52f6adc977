"""Money that fits no due: kept, told of, answered with one tap; and who paid too much is asked what they want."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.domain import dunning, press
from bot.domain.command import KeepCredit, LeaveMoney, WantBack
from bot.domain.decide.draft import Draft, answer
from bot.domain.decide.guards import found, in_charge
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import Gone
from bot.domain.model import Charge, CollectionId, Due, Intent, Listing, MemberId, Standing
from bot.domain.money import Money
from bot.domain.notice import Button, Value, Who

_CREDIT = frozenset({Listing.OVERPAID, Listing.DUPLICATE})
"""Theirs already."""


def hold(draft: Draft, due: Due, charge: Charge, intent: Intent, *, source: str) -> None:
    """The amount is not the attempt's: nothing is counted before the organiser has said what it is."""
    meant = tuple((member, 0) for member in intent.covers)
    draft.hold(due, replace(charge, covered=meant), Listing.WRONG_AMOUNT, by=source)
    collection = draft.collection
    draft.tell(
        collection.organiser,
        "money_held",
        *answers(collection.id, due.member, (Listing.WRONG_AMOUNT,)),
        otherwise="hint",
        who=Who(due.member),
        money=collection.money(charge.amount),
        expected=collection.money(intent.amount),
    )
    being_looked_at(draft, due.member, collection.money(charge.amount))
    draft.card()


def being_looked_at(draft: Draft, member: MemberId, money: Money) -> None:
    draft.tell(member, "money_being_looked_at", money=money)


def answers(collection: CollectionId, member: MemberId, held: Iterable[Listing]) -> tuple[tuple[Button, ...], ...]:
    """What can be done with a member's money that is on no due, by why it is not."""
    reasons = set(held)
    accept = ("accept",) if Listing.WRONG_AMOUNT in reasons else ()
    credit = ("credit",) if reasons - _CREDIT else ()
    rows = (*accept, *credit), ("refund", "by_hand"), ("leave",)
    return tuple(tuple(Button(word, press.encode(word, collection, member)) for word in row) for row in rows if row)


# -- its answers --------------------------------------------------------------------------------------------------


def everybody_paid(draft: Draft, *, unfinished: bool) -> None:
    """Say so to all, when this was what was missing."""
    collection, tally = draft.collection, draft.collection.tally
    if collection.open and unfinished and tally.settled == tally.heads:
        draft.announce("everybody_paid", total=collection.money(tally.paid), heads=tally.heads)


def asked_again(due: Due, draft: Draft) -> Due:
    """Reminders rested until this answer."""
    if due.standing is not Standing.CLAIMED:
        return due
    return dunning.resume(replace(due, standing=Standing.ACTIVE, claim=""), draft.collection, draft.ctx.now)


def leave(state: State, command: LeaveMoney, ctx: Context) -> Decision:
    """Nothing is done; it stays on the list."""
    collection = found(state, command)
    in_charge(collection, command.by)
    return Decision(notices=(answer(command, "money_left", {"number": collection.number}, collection=collection),))


# -- too much -----------------------------------------------------------------------------------------------------


def keep_credit(state: State, command: KeepCredit, ctx: Context) -> Decision:
    """The payer of too much leaves it here. It is their credit already: nothing moves."""
    collection, money = found(state, command), _mine(state)
    params: dict[str, Value] = {"number": collection.number, "money": money}
    return Decision(notices=(answer(command, "credit_kept", params, collection=collection, private=True),))


def want_back(state: State, command: WantBack, ctx: Context) -> Decision:
    """The payer of too much wants it back: money leaves the organiser's account on the organiser's word alone."""
    money = _mine(state)
    draft, member = Draft.of(replace(state, collection=found(state, command)), ctx), command.by.member
    collection = draft.collection
    draft.tell(
        collection.organiser,
        "back_wanted",
        *answers(collection.id, member, state.held),
        otherwise="hint",
        who=Who(member),
        money=money,
    )
    draft.say(answer(command, "back_asked", draft.about(money=money), collection=collection, private=True))
    return draft.decision()


def _mine(state: State) -> Money:
    """What of the speaker's money is on no due."""
    total = sum(state.held.values())
    if state.collection is None or not total:
        raise Gone()
    return state.collection.money(total)
