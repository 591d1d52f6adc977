"""Scenes of money that was here already, of receipts, and of what two set off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.domain import command as c
from bot.domain.decide import decide
from bot.domain.decision import Context, Decision, State
from bot.domain.model import CollectionId, Due, Member
from bot.domain.netting import Round
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from tests.domain.group import ANN, BO, CHAT, MEI, NOON, Group

PRESS = Reply(CHAT, press="p1")
PRIVATE = Reply(CHAT, message="m1", private=True)
MOST = 999_999_999


def _group(minor: int) -> tuple[Group, Decision]:
    group = Group(Member(MEI, "Mei"), Member(ANN, "Ann", reachable=True), Member(BO, "Bo"))
    return group, group.collect(minor)


def decisions() -> Iterator[Decision]:
    yield from _netting()
    first, _ = _group(MOST * 3)
    first.pay(ANN)
    first.insist(c.GiveBack, MEI, member=ANN, to_credit=True)
    for minor in (900, MOST * 3):
        group, _ = _group(minor)
        group.elsewhere = first
        yield group.say(c.AskToPay, ANN, reply=PRIVATE)
        yield group.say(c.UseCredit, ANN, reply=PRIVATE)
    charge = replace(first.charge(first.start(BO)), fee=35)
    for reference in ("once", "again"):
        first.do(replace(charge, reference=reference))
    yield first.insist(c.GiveBack, MEI, member=BO, amount=5)
    yield first.say(c.AskReceipt, BO, reply=PRIVATE)


def _netting() -> Iterator[Decision]:
    """Ann collects too: what she owes Mei and Mei owes her."""
    context = Context(NOON, Policy(), ("fresh",))
    for owed in (300, 500):
        group, _ = _group(900)
        theirs = replace(group.header, id=CollectionId("theirs"), number=2, organiser=ANN, recipient=ANN)
        rounds = (
            Round(group.header, (group.dues[ANN],)),
            Round(theirs, (Due(MEI, owed, NOON),)),
        )
        state = State(chat=group.chat, members=group.members, rounds=rounds)
        asked = decide(state, c.Net(by=c.Actor(ANN), reply=Reply(CHAT, message="m1"), chat=CHAT), context)
        yield asked
        (proposal,) = asked.proposals
        yield decide(state, proposal.command, context)
