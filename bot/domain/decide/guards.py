"""Who may do what to which collection: the checks that rules share. Each raises the refusal to be shown."""

from __future__ import annotations

from bot.domain.command import Actor, OnCollection
from bot.domain.decide.draft import Draft
from bot.domain.decision import Context, State
from bot.domain.errors import (
    DeclareFirst,
    NoCollection,
    NotAllowed,
    NothingToPay,
    NotOpen,
    NotOwing,
    NotYet,
    NotYours,
    WhichCollection,
)
from bot.domain.model import Collection, Due, DueState, MemberId
from bot.domain.notice import Who


def found(state: State, command: OnCollection) -> Collection:
    """The collection the command means, whatever its state. Buttons of another chat find nothing."""
    if state.collection is None:
        if state.open_numbers:
            raise WhichCollection(numbers=state.open_numbers)
        raise NoCollection(number=command.which.number)
    elsewhere = command.reply.chat and not command.reply.private and command.reply.chat != state.collection.chat
    if elsewhere:
        raise NoCollection(number=command.which.number)
    return state.collection


def opened(state: State, command: OnCollection, ctx: Context) -> Draft:
    """A draft on the collection, which must be open."""
    collection = found(state, command)
    if collection.gathering:
        raise NotYet(number=collection.number, heads=collection.tally.heads, quorum=collection.quorum or 0)
    if not collection.open:
        raise NotOpen(number=collection.number, state=collection.state.value)
    return Draft.of(state, ctx)


def running(state: State, command: OnCollection, ctx: Context) -> Draft:
    """A draft on the collection, which must not be over: open, gathering, or still planned."""
    collection = found(state, command)
    if not collection.running:
        raise NotOpen(number=collection.number, state=collection.state.value)
    return Draft.of(state, ctx)


def leads(collection: Collection, actor: Actor) -> bool:
    """Whether they are in charge: the organiser, a co-treasurer, or an admin of the chat."""
    return actor.admin or actor.member in (collection.organiser, *collection.helpers)


def in_charge(collection: Collection, actor: Actor) -> None:
    """The organiser, a co-treasurer, or an admin of the chat."""
    if not leads(collection, actor):
        raise NotAllowed(organiser=Who(collection.organiser))


def responsible(collection: Collection, actor: Actor) -> None:
    """The organiser or an admin of the chat: who else may be in charge is theirs to say."""
    if actor.member != collection.organiser and not actor.admin:
        raise NotAllowed(organiser=Who(collection.organiser))


def may_give(collection: Collection, actor: Actor) -> None:
    """Who may have money given back: whose account it leaves, and who keeps it with them. Not every admin."""
    if actor.member not in (collection.organiser, *collection.helpers):
        raise NotAllowed(organiser=Who(collection.organiser))


def due_of(state: State, member: MemberId, *, actor: MemberId | None = None) -> Due:
    """The member's due. Somebody without one is told so, or, for another's button, whose it is."""
    due = state.dues.get(member)
    if due is None or due.outside:
        if actor is not None and actor != member:
            raise NotYours(member=Who(member))
        raise NotOwing(member=Who(member))
    return due


def payable(draft: Draft, member: MemberId) -> int:
    """What they are asked for, their own due and those that they pay for. ``NothingToPay`` when that is nothing."""
    due, total = draft.due(member), draft.asked(member)
    if not total and not due.unsettled and due.state is not DueState.CLAIMED:
        raise NothingToPay(state=due.state.value)
    return total


def declared(due: Due) -> None:
    if due.amount is None:
        raise DeclareFirst()
