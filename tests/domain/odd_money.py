"""The slices of ``Group`` for money that could not be booked, and for money that went back without us."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain import command as c
from bot.domain.decision import State
from bot.domain.model import BACK, MANUAL, NOBODY, IntentId

if TYPE_CHECKING:
    from tests.domain.group import Group


def with_return(group: Group, state: State, command: c.RecordReturn) -> State:
    here, abroad = (command.channel, command.charge), (MANUAL, f"{command.channel}:{command.charge}")
    charges = tuple(x for x in group.charges.values() if (x.channel, x.at_channel) == here)
    origin = () if charges else tuple(x for x in group.strays.values() if (x.channel, x.reference) == here)
    if origin and abroad in group.charges:
        charges = (group.charges[abroad],)
    of = {(x.channel, x.reference) for x in (charges or origin)}
    refunds = tuple(r for r in group.refunds.values() if (r.channel, r.charge) in of)
    whose = {m for x in charges for m in (x.member, *dict(x.covered))}
    beyond = group.strays.get((command.channel, f"{BACK}{command.reference}"))
    intent = group.intents.get(command.intent) if command.intent else None
    listed = (*origin, beyond) if beyond else origin
    state = replace(state, charges=charges, refunds=refunds, intent=intent, strays=listed)
    return replace(state, held_by={m: group.held(m) for m in whose})


def with_stray(group: Group, state: State, command: c.OnStray) -> State:
    (stray,) = (x for x in group.strays.values() if x.id == command.stray)
    whose = (command.collection if isinstance(command, c.CountStray) else None) or stray.collection
    here = group.collection if whose else None
    back = tuple(r for r in group.refunds.values() if (r.channel, r.charge) == (stray.channel, stray.reference))
    intent = group.intents.get(IntentId(stray.intent))
    running = group.running((command.member if isinstance(command, c.CountStray) else NOBODY) or stray.member)
    state = replace(state, others=tuple(i for m in (intent.covers if intent else ()) for i in group.running(m)))
    return replace(state, strays=(stray,), collection=here, refunds=back, intent=intent, intents=running)
