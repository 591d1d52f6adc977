"""Paying without leaving the chat platform: the invoice as a private message, and who is let through to pay it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.command import CheckOut, PayHere, StartPayment
from bot.domain.decide.attempting import start_payment, way_here
from bot.domain.decide.covering import due_of_payer
from bot.domain.decide.draft import Draft, answer
from bot.domain.decide.guards import declared, opened, payable
from bot.domain.decision import Context, Decision, Request, State
from bot.domain.errors import Gone, InvoiceNotYours, InvoiceStale, NotOpen
from bot.domain.model import IntentState
from bot.domain.notice import Value


def pay_here(state: State, command: PayHere, ctx: Context) -> Decision:
    """Start an attempt, or have the invoice of the one that runs sent once more: over all that is asked for, or over
    the next part of it where that is more than one payment takes."""
    draft = opened(state, command, ctx)
    collection, due = draft.collection, due_of_payer(state, command.by.member)
    most = payable(draft, due.member)
    declared(due)
    way = way_here(state, most, ctx)
    if way is None or state.chat is None:
        raise Gone()
    chosen = StartPayment(collection=collection.id, member=due.member, channel=way.channel, surface=state.chat.platform)
    decision = start_payment(state, chosen, ctx)
    attempt = next(i for i in (*decision.intents, *state.intents) if i.id == decision.intent)
    if attempt.state is IntentState.HELD:
        return decision
    if attempt.state is IntentState.PENDING:
        decision = replace(decision, requests=(Request("create", attempt.id, attempt.channel),))
    params: dict[str, Value] = {"part": collection.money(way.amount) if way.parts > 1 else None, "parts": way.parts}
    return replace(decision, notices=(*decision.notices, answer(command, "invoice_coming", params)))


_PAYABLE = frozenset({IntentState.CREATED, IntentState.PENDING, IntentState.UNKNOWN})
"""States in which an invoice may be paid: one that gives way to another may not."""


def check_out(state: State, command: CheckOut, ctx: Context) -> Decision:
    """May this invoice be paid, by this person, now? The last moment at which a no costs nobody anything."""
    intent, collection = state.intent, state.collection
    if intent is None or collection is None or intent.member not in state.dues:
        raise Gone()
    if intent.member != command.by.member:
        raise InvoiceNotYours()
    if not collection.open:
        raise NotOpen(number=collection.number, state=collection.state.value)
    most = payable(Draft.of(state, ctx), intent.member)
    same = (intent.amount, intent.currency) == (command.amount, command.currency)
    if not same or intent.state not in _PAYABLE or intent.amount > most:
        raise InvoiceStale(number=collection.number)
    return Decision()
