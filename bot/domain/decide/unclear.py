"""Attempts that nobody can tell the end of: a person looks, and says what is in the channel's account.

What they say is no word of the channel's. Should that come after all it does not count twice, and money that was given
up is taken in like any other.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain import intent as attempts
from bot.domain.command import Came, NeverCame, RecordCharge
from bot.domain.decide.attempting import arrived
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.guards import found, in_charge
from bot.domain.decide.moves import Moves
from bot.domain.decide.receiving import take_in
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import Gone
from bot.domain.model import Charge, Intent, IntentState
from bot.domain.notice import Who

_S = IntentState


def came(state: State, command: Came, ctx: Context) -> Decision:
    """It is there: the attempt's amount counts, for everybody whom it was for, under a reference of ours."""
    draft, intent = _unclear(state, command, ctx)
    money = draft.collection.money(intent.amount)
    charge = Charge(
        channel=intent.channel,
        reference=intent.seen_as,
        collection=draft.collection.id,
        member=intent.member,
        amount=intent.amount,
        currency=intent.currency,
        at=ctx.now,
        intent=intent.id,
        received_at=ctx.now,
    )
    draft.attempt(replace(intent, state=_S.PAID, next_at=None, cause=""))
    take_in(draft, state.dues[intent.member], charge, source=by(command.by.member), for_others=intent.covers)
    draft.answer(command, "confirmed", who=Who(intent.member), money=money)
    requests = arrived(draft, state, intent, counted=True)
    return replace(draft.decision(), requests=requests)


def never_came(state: State, command: NeverCame, ctx: Context) -> Decision:
    """It is not there: the attempt is given up, and its payer may begin anew."""
    draft, intent = _unclear(state, command, ctx)
    moves, money = Moves(draft), draft.collection.money(intent.amount)
    given_up = replace(intent, state=_S.CLOSED, next_at=None, cause="given_up")
    draft.attempt(given_up)
    moves.let_on(state, given_up)
    if draft.collection.open and draft.asked(intent.member):
        draft.tell(intent.member, "payment_given_up", money=money, channel=intent.channel)
    draft.answer(command, "given_up", who=Who(intent.member), money=money)
    return moves.decision()


def _unclear(state: State, command: Came | NeverCame, ctx: Context) -> tuple[Draft, Intent]:
    """The attempt, which its channel has left us in the dark about."""
    in_charge(found(state, command), command.by)
    intent = state.intent
    if intent is None or not attempts.reached(intent.state):
        raise Gone()
    if intent.state not in (_S.UNKNOWN, _S.CLOSING) and not attempts.asked_out(intent):
        raise Gone()
    return Draft.of(state, ctx), intent


def confirmed(state: State, seen: Charge, command: RecordCharge, ctx: Context) -> Decision:
    """The channel tells, at last, of money that somebody had seen: it counted already. What it tells of beyond that
    counts now; if it was less, those in charge hear so."""
    if seen.known_as:
        return Decision()
    assert state.intent is not None
    draft, source = Draft.of(state, ctx), f"channel:{command.channel}"
    draft.amend(replace(seen, known_as=command.reference, fee=command.fee))
    draft.note("confirmed", seen.member, by=source, reason=f"{command.channel}:{command.reference}")
    money = draft.collection.money
    if command.amount > seen.amount:
        beyond = replace(
            seen, reference=command.reference, amount=command.amount - seen.amount, listed=0, listing=None, covered=()
        )
        take_in(draft, state.dues[seen.member], replace(beyond, at=command.at, received_at=ctx.now), source=source)
    elif command.amount < seen.amount:
        draft.tell_in_charge(
            "seen_was_less",
            otherwise="hint",
            who=Who(seen.member),
            money=money(command.amount),
            seen=money(seen.amount),
            missing=money(seen.amount - command.amount),
            channel=command.channel,
        )
    return draft.decision()
