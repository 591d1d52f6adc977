"""The amount breaker: a payment above a limit waits, before anything is asked of a channel, for the organiser's tap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import press
from bot.domain.command import HoldBack, LetThrough
from bot.domain.decide.draft import Draft
from bot.domain.decide.guards import found, in_charge, payable
from bot.domain.decide.moves import Moves
from bot.domain.decision import Context, Decision, State, Turnover
from bot.domain.errors import Gone, NotOpen, TooMuch
from bot.domain.model import Intent, IntentState
from bot.domain.money import Money
from bot.domain.notice import Button, Who
from bot.domain.policy import Policy


def exceeds(policy: Policy, money: Money, turnover: Turnover) -> str:
    """Which limit a payment would exceed: ``payment``, ``member`` or ``everybody`` (of the last hour); empty: none."""
    for name, limits, sum_ in (
        ("payment", policy.hold_above, money.minor),
        ("member", policy.hold_member_hour, turnover.member + money.minor),
        ("everybody", policy.hold_hour, turnover.everybody + money.minor),
    ):
        if any(limit.currency == money.currency and sum_ > limit.minor for limit in limits):
            return name
    return ""


def hold(moves: Moves, fresh: Intent, others: Sequence[Intent], why: str) -> None:
    """Keep it until somebody in charge has said yes. What runs already goes on."""
    draft = moves.draft
    for other in others:
        if other.state in (IntentState.WAITING, IntentState.HELD):
            moves.keep(other, IntentState.CLOSED, cause="replaced")
    until = draft.ctx.now + draft.ctx.policy.hold_window
    draft.attempt(replace(fresh, state=IntentState.HELD, next_at=until, cause=why))
    buttons = tuple(
        Button(word, press.encode(word, draft.collection.id, fresh.id)) for word in ("let_through", "hold_back")
    )
    draft.tell_in_charge(
        "payment_held",
        buttons,
        otherwise="hint",
        who=Who(fresh.member),
        money=draft.collection.money(fresh.amount),
        why=why,
        until=until,
    )


def let_through(state: State, command: LetThrough, ctx: Context) -> Decision:
    """The organiser says yes: the payment begins, as if nothing had been."""
    draft, held = _held(state, command, ctx)
    if not draft.collection.open:
        raise NotOpen(number=draft.collection.number, state=draft.collection.state.value)
    most = payable(draft, held.member)
    if held.amount > most:
        raise TooMuch(maximum=draft.collection.money(most))
    moves = Moves(draft)
    moves.start(replace(held, cause="", created_at=ctx.now), [i for i in state.intents if i.id != held.id])
    money = draft.collection.money(held.amount)
    draft.tell(held.member, "payment_let_through", otherwise="hint", money=money)
    draft.answer(command, "let_through", who=Who(held.member), money=money)
    return moves.decision()


def hold_back(state: State, command: HoldBack, ctx: Context) -> Decision:
    """The organiser says no."""
    draft, held = _held(state, command, ctx)
    draft.attempt(replace(held, state=IntentState.CLOSED, next_at=None, cause="held_back"))
    money = draft.collection.money(held.amount)
    draft.tell(held.member, "payment_held_back", otherwise="hint", money=money, expired=False)
    draft.answer(command, "held_back", who=Who(held.member), money=money)
    return replace(draft.decision(), collection=None)


def _held(state: State, command: LetThrough | HoldBack, ctx: Context) -> tuple[Draft, Intent]:
    in_charge(found(state, command), command.by)
    held = state.intent
    if held is None or held.state is not IntentState.HELD:
        raise Gone()
    return Draft.of(state, ctx), held


def expire(state: State, held: Intent, ctx: Context) -> Decision:
    """Nobody answered in time: nothing happens, and the payer hears so."""
    if held.next_at is None or held.next_at > ctx.now:
        return Decision()
    draft = Draft.of(state, ctx)
    draft.attempt(replace(held, state=IntentState.CLOSED, next_at=None, cause="hold_expired"))
    money = draft.collection.money(held.amount)
    draft.tell(held.member, "payment_held_back", otherwise="hint", money=money, expired=True)
    return replace(draft.decision(), collection=None)
