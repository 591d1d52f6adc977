"""Paying: tapping, money that arrives, claims and their answers."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import covers, dunning, press
from bot.domain.command import (
    AskShare,
    AskToPay,
    Claim,
    Confirm,
    ConfirmAll,
    OpenDue,
    RecordCharge,
    Reject,
)
from bot.domain.decide import covering, odd, strays, unclear
from bot.domain.decide.attempting import arrived, from_page, outdated, step, way_here
from bot.domain.decide.doors import doors
from bot.domain.decide.draft import Draft, answer, by
from bot.domain.decide.guards import declared, due_of, found, in_charge, opened, payable
from bot.domain.decide.healing import platform_of
from bot.domain.decide.receiving import arrived_by_hand, take_in
from bot.domain.decide.waiting import told
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import Gone, NothingToPay, NotOwing, TooLittle, TooMuch
from bot.domain.model import (
    Astray,
    Charge,
    DueState,
    IntentState,
    Progress,
    Standing,
)
from bot.domain.notice import Button, Who


def ask_to_pay(state: State, command: AskToPay, ctx: Context) -> Decision:
    """Pay was tapped: show the own due and open the way to the cashier."""
    draft = opened(state, command, ctx)
    if command.covers is not None and command.by.member == draft.collection.recipient:
        return _in_cash(draft, command, ctx)
    due = state.dues.get(command.by.member)
    if command.covers is not None:
        due = covering.pay_for(draft, command)
    elif due is None or not due.paying_for:
        due = due_of(state, command.by.member)
    if covers.own(due):
        draft.put(step(due, Progress.OPENED, ctx))
    if command.covers is not None or due.paying_for:
        return covering.read_back(draft, command, due)
    most = payable(draft, due.member)
    if command.amount is not None and due.amount is not None and command.amount > most:
        raise TooMuch(maximum=draft.collection.money(most))
    money, credit = draft.collection.money, state.credit if due.amount is not None else 0
    params = draft.about(money=money(most), declared=due.amount is not None, credit=money(credit))
    use = Button("use_credit", press.encode("use_credit", draft.collection.id))
    rows = ((use,),) if credit and not command.reply.press else ()
    way = way_here(state, most, ctx) if due.amount is not None and not command.reply.press else None
    if way is not None:
        part = money(way.amount) if way.parts > 1 else None
        rows = ((Button("pay_here", press.encode("here", draft.collection.id), money=part),), *rows)
    draft.say(answer(command, "pay", params, collection=draft.collection, buttons=rows, open_pay=True, private=True))
    return draft.decision()


def _in_cash(draft: Draft, command: AskToPay, ctx: Context) -> Decision:
    """Whoever gets the money pays nobody's due: they say that these have paid them."""
    in_charge(draft.collection, command.by)
    for n, member in enumerate(command.covers or ()):
        due = draft.due(member) if member in {d.member for d in draft.dues} else None
        if due is None or not covers.own(due):
            raise NothingToPay(state=due.state.value) if due else NotOwing(member=Who(member))
        amount = due.remaining
        arrived_by_hand(draft, due, amount, f"{ctx.fresh[0]}-{n}", source=by(command.by.member))
        draft.answer(command, "confirmed", who=Who(member), money=draft.collection.money(amount))
    return draft.decision()


def ask_share(state: State, command: AskShare, ctx: Context) -> Decision:
    """My share: privately, what I owe and where it stands. Looking here is no step towards paying."""
    collection = found(state, command)
    due = due_of(state, command.by.member)
    draft = Draft.of(state, ctx)
    why = ctx.policy.causes.of_payer(due, state.attempts.get(due.member), ctx.now)
    params = draft.about(
        state=due.state.value,
        tell="" if why is None or why.tell == "nothing" or not collection.open else why.tell,
        declared=due.amount is not None,
        amount=collection.money(due.amount or 0),
        paid=collection.money(due.paid),
        remaining=collection.money(due.remaining),
    )
    buttons = doors(draft) if due.unsettled and collection.open else ()
    said = answer(command, "share", params, collection=collection, buttons=buttons, alert=True, private=True)
    return Decision(notices=(said,))


def open_due(state: State, command: OpenDue, ctx: Context) -> Decision:
    """The cashier page was looked at."""
    draft, due = from_page(state, command, ctx)
    if due.unsettled:
        draft.put(step(due, Progress.OPENED, ctx))
    return draft.decision()


def record_charge(state: State, command: RecordCharge, ctx: Context) -> Decision:
    """Money arrived, verified. It counts once; what fits no due is listed, never dropped."""
    if state.known_charge is not None or state.strays:
        return Decision()
    intent = state.intent
    if intent is None or state.collection is None:
        return strays.keep(state, command, ctx, Astray.UNMATCHED)
    if command.currency != state.collection.currency:
        return strays.keep(state, command, ctx, Astray.WRONG_CURRENCY)
    if state.seen is not None and state.seen.known_as in ("", command.reference):
        return unclear.confirmed(state, state.seen, command, ctx)
    draft, due = Draft.of(state, ctx), state.dues[intent.member]
    charge = Charge(
        channel=command.channel,
        reference=command.reference,
        collection=draft.collection.id,
        member=intent.member,
        amount=command.amount,
        currency=command.currency,
        at=command.at,
        intent=intent.id,
        fee=command.fee,
        received_at=ctx.now,
    )
    reference = command.provider or intent.reference
    draft.attempt(replace(intent, state=IntentState.PAID, next_at=None, cause="", reference=reference))
    source = f"channel:{command.channel}"
    if command.amount != intent.amount:
        odd.hold(draft, due, charge, intent, source=source)
    else:
        here = Button("pay_here", press.encode("here", draft.collection.id))
        onward = here if intent.surface == platform_of(state) else None
        take_in(draft, due, charge, source=source, for_others=intent.covers, onward=onward)
    requests = arrived(draft, state, intent, counted=command.amount == intent.amount)
    return replace(draft.decision(), requests=requests)


def claim(state: State, command: Claim, ctx: Context) -> Decision:
    """«I have paid»: reminders rest until the organiser has answered."""
    draft = opened(state, command, ctx)
    due = covering.due_of_payer(state, command.by.member)
    collection = draft.collection
    money = collection.money(draft.asked(due.member))
    if not due.unsettled and not (money.minor and due.state is not DueState.CLAIMED):
        raise NothingToPay(state=due.state.value)
    declared(due)
    if due.unsettled:
        claimed = replace(due, standing=Standing.CLAIMED, claim=command.proof, stalled_at=None, rung=0)
        draft.put(dunning.awake(claimed))
    draft.tell_in_charge(
        "claim_to_check",
        (
            Button("confirm", press.encode("confirm", collection.id, due.member)),
            *([Button("reject", press.encode("reject", collection.id, due.member))] if due.unsettled else ()),
        ),
        otherwise="say",
        who=Who(due.member),
        money=money,
        proof=bool(command.proof),
        picture=command.proof,
    )
    draft.answer(command, "claimed", money=money)
    draft.card()
    return replace(draft.decision(), contacts=(told(draft, "claim", due.member),))


def confirm(state: State, command: Confirm, ctx: Context) -> Decision:
    """The organiser saw the money: a claim, or cash without one, becomes a charge by hand."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    due = covering.due_of_payer(state, command.member)
    most = payable(draft, due.member)
    amount = most if command.amount is None else command.amount
    if amount < 1:
        raise TooLittle(minimum=draft.collection.money(1))
    arrived_by_hand(draft, due, amount, ctx.fresh[0], source=by(command.by.member))
    draft.answer(command, "confirmed", who=Who(due.member), money=draft.collection.money(amount))
    requests = outdated(draft, state.intents, due.member)
    return replace(draft.decision(), requests=requests)


def confirm_all(state: State, command: ConfirmAll, ctx: Context) -> Decision:
    """All of these arrived, says the organiser: those that still wait."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    waiting = [d for m in command.members if (d := state.dues.get(m)) is not None and d.state is DueState.CLAIMED]
    if not waiting:
        raise Gone()
    for n, due in enumerate(waiting):
        arrived_by_hand(draft, due, due.remaining, f"{ctx.fresh[0]}-{n}", source=by(command.by.member))
    total = draft.collection.money(sum(d.remaining for d in waiting))
    draft.answer(command, "all_confirmed", count=len(waiting), money=total)
    return draft.decision()


def reject(state: State, command: Reject, ctx: Context) -> Decision:
    """The organiser did not see it: the due runs on, and the member is told in private."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    due = due_of(state, command.member)
    if due.state is not DueState.CLAIMED:
        raise Gone()
    again = replace(due, standing=Standing.ACTIVE, claim="")
    draft.put(dunning.resume(again, draft.collection, ctx.now))
    draft.tell(due.member, "claim_rejected", otherwise="say", who=Who(due.member, ping=True))
    draft.answer(command, "rejected", who=Who(due.member))
    draft.card()
    return draft.decision()
