"""``/net``: what two owe each other in several collections is set off, when both agree, in the books of each."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import intent as attempts, press
from bot.domain.command import Actor, Net, SetOff
from bot.domain.decide.draft import Draft, answer, by
from bot.domain.decide.odd import everybody_paid
from bot.domain.decision import Context, Decision, Proposal, Request, State
from bot.domain.errors import Gone, NothingToNet
from bot.domain.model import Charge, MemberId
from bot.domain.money import Money
from bot.domain.netting import Part, Round, between, left_between
from bot.domain.notice import Button, Medium, Notice, Value, Who

MANUAL = "manual"
_ANY = 10**15


def net(state: State, command: Net, ctx: Context) -> Decision:
    """Ask each with whom the speaker has something to set off; the speaker has agreed by asking."""
    me = command.by.member
    found = [
        (other, currency, parts)
        for currency in dict.fromkeys(r.collection.currency for r in state.rounds)
        for other in dict.fromkeys(r.collection.recipient for r in state.rounds if r.collection.recipient != me)
        if (parts := between(state.rounds, me, other, currency, most=_ANY))
    ]
    if not found:
        raise NothingToNet()
    proposals, notices, lines = [], [], []
    for number, (other, currency, parts) in enumerate(found):
        money = Money(_sum(parts, me), currency)
        asked = SetOff(by=Actor(other), reply=command.reply, chat=command.chat, one=me, money=money, confirmed=True)
        proposal = Proposal(f"{ctx.fresh[0]}{number or ''}", other, asked, ctx.now + 6 * ctx.policy.proposal_window)
        yes_no = tuple(Button(word, press.encode(word, proposal.id)) for word in ("yes", "no"))
        facts = _facts(state, me, other, money)
        proposals.append(proposal)
        lines.append(facts)
        notices.append(
            Notice("propose_net", Medium.PRIVATE, chat=command.chat, member=other, params=facts, buttons=(yes_no,))
        )
    told = answer(command, "net_asked", {"lines": tuple(lines)}, private=True)
    return Decision(proposals=tuple(proposals), notices=(*notices, told))


def _sum(parts: tuple[Part, ...], member: MemberId) -> int:
    return sum(part.amount for part in parts if part.member == member)


def _facts(state: State, one: MemberId, other: MemberId, money: Money) -> dict[str, Value]:
    """Who, how much, and who owes what after it."""
    left = left_between(state.rounds, one, other, money.currency)
    numbers: tuple[Value, ...] = tuple(
        r.collection.number for r in state.rounds if r.collection.recipient in (one, other)
    )
    return {
        "who": Who(one),
        "other": Who(other),
        "money": money,
        "numbers": numbers,
        "left": Money(abs(left), money.currency) if left else None,
        "owes": Who(one if left > 0 else other),
        "gets": Who(other if left > 0 else one),
    }


def set_off(state: State, command: SetOff, ctx: Context) -> Decision:
    """The other agreed: what is still owed on both sides, up to what was read, is settled in each collection."""
    one, other, currency = command.one, command.by.member, command.money.currency
    parts = between(state.rounds, one, other, currency, most=command.money.minor)
    if not parts:
        raise Gone()
    rounds = {r.collection.id: r for r in state.rounds}
    decisions = [_settle(rounds[part.collection], part, number, ctx) for number, part in enumerate(parts)]
    money = Money(_sum(parts, one), currency)
    settled = tuple(_after(r, parts) for r in state.rounds)
    facts = _facts(replace(state, rounds=settled), one, other, money)
    told = tuple(
        Notice("netted", Medium.PRIVATE, chat=command.chat, member=member, params=facts) for member in (one, other)
    )
    first, *rest = decisions
    return replace(first, notices=(*first.notices, *told), others=tuple(rest))


def _settle(r: Round, part: Part, number: int, ctx: Context) -> Decision:
    """Book it as money that the recipient has had by hand, and end the attempts whose amount is wrong from now on."""
    due = next(d for d in r.dues if d.member == part.member)
    draft = Draft(ctx, r.collection, {due.member: due})
    unfinished = r.collection.tally.settled < r.collection.tally.heads
    charge = Charge(
        channel=MANUAL,
        reference=f"net-{ctx.fresh[0]}-{number}",
        collection=r.collection.id,
        member=due.member,
        amount=part.amount,
        currency=r.collection.currency,
        at=ctx.now,
        received_at=ctx.now,
    )
    draft.receive(due, charge, by=by(due.member))
    everybody_paid(draft, unfinished=unfinished)
    draft.card()
    running = (i for i in r.intents if i.member == due.member and not attempts.finished(i.state))
    return replace(draft.decision(), requests=tuple(Request("close", i.id, i.channel) for i in running))


def _after(r: Round, parts: tuple[Part, ...]) -> Round:
    """The round once its part is settled."""
    paid = {p.member: p.amount for p in parts if p.collection == r.collection.id}
    return replace(r, dues=tuple(replace(d, paid=d.paid + paid.get(d.member, 0)) for d in r.dues))
