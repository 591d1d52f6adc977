"""Who is in charge: handing a collection over, and co-treasurers. Whose account the money goes to stays as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.domain.command import Handover, NameHelper
from bot.domain.decide.draft import by
from bot.domain.decide.guards import in_charge, responsible, running
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import NothingChanges
from bot.domain.model import NOBODY
from bot.domain.notice import Value, Who

ACCEPT_WITHIN: Final = timedelta(hours=24)


def hand_over(state: State, command: Handover, ctx: Context) -> Decision:
    """Somebody else becomes the organiser, when they have said yes. Who gets the money stays to help: the claims are
    theirs to check."""
    draft = running(state, command, ctx)
    collection, to = draft.collection, command.to
    responsible(collection, command.by)
    if to == collection.organiser:
        raise NothingChanges(pinned=False)
    keeps = collection.recipient not in (NOBODY, to)
    params: dict[str, Value] = {
        "to": Who(to, ping=not command.confirmed),
        "before": Who(collection.organiser),
        "recipient": Who(collection.recipient) if keeps else None,
    }
    if not command.confirmed:
        proposal, yes_no = draft.propose(command, to=to, within=ACCEPT_WITHIN)
        draft.announce("handover_asked", yes_no, **params, actor=Who(command.by.member))
        return Decision(notices=draft.decision().notices, proposals=(proposal,))
    helpers = [m for m in collection.helpers if m != to]
    if collection.recipient == collection.organiser:
        helpers.append(collection.organiser)
    draft.change(organiser=to, helpers=tuple(dict.fromkeys(helpers)))
    draft.note("handed_over", to, by=by(command.by.member))
    draft.announce("handed_over", **params)
    draft.card()
    return draft.decision()


def name_helper(state: State, command: NameHelper, ctx: Context) -> Decision:
    """A co-treasurer comes or goes: they may do what the organiser may, under their own name. They may step back, but
    name nobody."""
    draft = running(state, command, ctx)
    collection, member = draft.collection, command.member
    if command.on or command.by.member != member:
        responsible(collection, command.by)
    else:
        in_charge(collection, command.by)
    if member == collection.organiser or (member in collection.helpers) is command.on:
        raise NothingChanges(pinned=False)
    others = tuple(m for m in collection.helpers if m != member)
    draft.change(helpers=(*others, member) if command.on else others)
    draft.note("helper_named" if command.on else "helper_gone", member, by=by(command.by.member))
    draft.announce("helper_named" if command.on else "helper_gone", who=Who(member), actor=Who(command.by.member))
    return draft.decision()
