"""Paying: tapping, starting an attempt, what channels say, money that arrives, claims and their answers."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import dunning, intent as attempts, press
from bot.domain.command import (
    AskChannel,
    AskShare,
    AskToPay,
    ChannelAnswered,
    CheckOut,
    Claim,
    Confirm,
    ConfirmAll,
    OpenDue,
    RecordCharge,
    Reject,
    StartPayment,
)
from bot.domain.decide import odd
from bot.domain.decide.doors import doors
from bot.domain.decide.draft import Draft, answer, by, offer
from bot.domain.decide.guards import due_of, found, in_charge, opened
from bot.domain.decide.waiting import told
from bot.domain.decision import Context, Decision, Request, State
from bot.domain.errors import (
    DeclareFirst,
    Gone,
    InvoiceNotYours,
    InvoiceStale,
    NothingToPay,
    NotOpen,
    TooLittle,
    TooMuch,
)
from bot.domain.model import (
    MANUAL,
    Astray,
    Charge,
    CollectionState,
    Due,
    DueState,
    Intent,
    IntentId,
    IntentState,
    Progress,
    Standing,
)
from bot.domain.notice import Button, Who


def _step(due: Due, progress: Progress, ctx: Context) -> Due:
    """The payer did something: the escalation clock starts anew. A furthest step is not forgotten by looking again."""
    further = progress if due.progress is Progress.INVITED or progress is not Progress.OPENED else due.progress
    return replace(due, progress=further, stalled_at=ctx.now, rung=0)


def ask_to_pay(state: State, command: AskToPay, ctx: Context) -> Decision:
    """Pay was tapped: show the own due and open the way to the cashier."""
    draft = opened(state, command, ctx)
    due = due_of(state, command.by.member)
    _payable(due)
    if command.amount is not None and due.amount is not None and command.amount > due.remaining:
        raise TooMuch(maximum=draft.collection.money(due.remaining))
    draft.put(_step(due, Progress.OPENED, ctx))
    money, credit = draft.collection.money, state.credit if due.amount is not None else 0
    params = draft.about(money=money(due.remaining), declared=due.amount is not None, credit=money(credit))
    use = Button("use_credit", press.encode("use_credit", draft.collection.id))
    rows = ((use,),) if credit and not command.reply.press else ()
    draft.say(answer(command, "pay", params, collection=draft.collection, buttons=rows, open_pay=True, private=True))
    return draft.decision()


def ask_share(state: State, command: AskShare, ctx: Context) -> Decision:
    """My share: privately, what I owe and where it stands. Looking here is no step towards paying."""
    collection = found(state, command)
    due = due_of(state, command.by.member)
    draft = Draft.of(state, ctx)
    params = draft.about(
        state=due.state.value,
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
    draft, due = _from_page(state, command, ctx)
    if due.unsettled:
        draft.put(_step(due, Progress.OPENED, ctx))
    return draft.decision()


def _from_page(state: State, command: OpenDue | StartPayment, ctx: Context) -> tuple[Draft, Due]:
    if state.collection is None or command.member not in state.dues:
        raise Gone()
    if not state.collection.open:
        raise NotOpen(number=state.collection.number, state=state.collection.state.value)
    return Draft.of(state, ctx), state.dues[command.member]


def _payable(due: Due) -> None:
    if not due.unsettled and due.state is not DueState.CLAIMED:
        raise NothingToPay(state=due.state.value)


def _declared(due: Due) -> None:
    if due.amount is None:
        raise DeclareFirst()


def start_payment(state: State, command: StartPayment, ctx: Context) -> Decision:
    """A way to pay was chosen. The same choice again finds the attempt that runs; another one ends it first."""
    draft, due = _from_page(state, command, ctx)
    _payable(due)
    _declared(due)
    if command.channel not in ctx.policy.channels:
        raise Gone()
    amount = due.remaining if command.amount is None else command.amount
    if amount < 1:
        raise TooLittle(minimum=draft.collection.money(1))
    if amount > due.remaining:
        raise TooMuch(maximum=draft.collection.money(due.remaining))
    draft.put(_step(due, Progress.STARTED, ctx))
    running = [i for i in state.intents if not attempts.finished(i.state)]
    for same in running:
        if (same.channel, same.amount) == (command.channel, amount) and same.state is not IntentState.UNKNOWN:
            return replace(draft.decision(), intent=same.id)
    fresh = Intent(
        id=IntentId(ctx.fresh[0]),
        collection=draft.collection.id,
        member=command.member,
        channel=command.channel,
        amount=amount,
        currency=draft.collection.currency,
        created_at=ctx.now,
        next_at=ctx.now + attempts.ANSWER_BY,
        surface=command.surface,
        ip=command.ip,
    )
    draft.attempt(fresh)
    ending = tuple(Request("close", i.id, i.channel) for i in running)
    requests = (*ending, Request("create", fresh.id, fresh.channel))
    return replace(draft.decision(), requests=requests, intent=fresh.id)


def check_out(state: State, command: CheckOut, ctx: Context) -> Decision:
    """May this invoice be paid, by this person, now? The last moment at which a no costs nobody anything."""
    intent, collection = state.intent, state.collection
    if intent is None or collection is None or intent.member not in state.dues:
        raise Gone()
    if intent.member != command.by.member:
        raise InvoiceNotYours()
    if not collection.open:
        raise NotOpen(number=collection.number, state=collection.state.value)
    due = state.dues[intent.member]
    _payable(due)
    same = (intent.amount, intent.currency) == (command.amount, command.currency)
    if not same or attempts.finished(intent.state) or intent.amount > due.remaining:
        raise InvoiceStale(number=collection.number)
    return Decision()


def channel_answered(state: State, command: ChannelAnswered, ctx: Context) -> Decision:
    """What a channel said of an attempt. An answer that comes too late to matter changes nothing."""
    intent = state.intent
    if intent is None or state.collection is None or not attempts.can(intent, command.state):
        return Decision()
    draft = Draft.of(state, ctx)
    expires_at = command.expires_at or intent.expires_at
    told = replace(
        intent,
        state=command.state,
        reference=command.reference or intent.reference,
        action=command.action or intent.action,
        cause=command.cause,
        expires_at=expires_at,
        next_at=attempts.closing(expires_at, ctx.now) if command.state is IntentState.PENDING else None,
    )
    if command.state is IntentState.UNKNOWN:
        told = replace(told, asked=intent.asked + 1, next_at=attempts.next_question(intent.asked, ctx.now))
        if told.next_at is None:
            draft.tell(
                draft.collection.organiser,
                "intent_unknown",
                otherwise="hint",
                who=Who(intent.member),
                money=draft.collection.money(intent.amount),
                channel=intent.channel,
            )
    draft.attempt(told)
    due = state.dues.get(intent.member)
    troubled = command.state in (IntentState.FAILED, IntentState.UNKNOWN) and intent.state is not IntentState.UNKNOWN
    if troubled and due is not None and due.unsettled and draft.collection.open:
        draft.put(_step(due, Progress.FAILED, ctx))
    return draft.decision()


def ask_channel(state: State, command: AskChannel, ctx: Context) -> Decision:
    """An attempt's time has come: one that expired is closed, one that is unclear is asked about. A prompt asks
    besides, and changes no date."""
    intent = state.intent
    if intent is None or attempts.finished(intent.state):
        return Decision()
    if command.prompted:
        asks = intent.state in (IntentState.PENDING, IntentState.UNKNOWN)
        return Decision(requests=(Request("query", intent.id, intent.channel),) if asks else ())
    expired = intent.state is IntentState.PENDING
    asked = replace(intent, next_at=ctx.now + attempts.ANSWER_BY)
    operation = Request("close" if expired else "query", intent.id, intent.channel)
    return Decision(intents=(asked,), requests=(operation,))


def record_charge(state: State, command: RecordCharge, ctx: Context) -> Decision:
    """Money arrived, verified. It counts once; what fits no due is listed, never dropped."""
    if state.known_charge is not None:
        return Decision()
    intent = state.intent
    if intent is None or state.collection is None:
        return odd.stray(state, command, ctx, Astray.UNMATCHED)
    if command.currency != state.collection.currency:
        return odd.stray(state, command, ctx, Astray.WRONG_CURRENCY)
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
        _arrived(draft, due, charge, source=source)
    return draft.decision()


def _arrived(draft: Draft, due: Due, charge: Charge, *, source: str) -> None:
    """Count a charge and say so: to the payer, and to the organiser what is odd about it."""
    collection = draft.collection
    unfinished = collection.tally.settled < collection.tally.heads
    if due.standing is Standing.CLAIMED:
        due = dunning.resume(due, collection, draft.ctx.now)
    kept = draft.receive(due, charge, by=source)
    now_due = draft.due(due.member)
    cents = kept.listed if due.tag and kept.listed == due.tag else 0
    money, over = collection.money(kept.amount), collection.money(kept.listed - cents)
    draft.tell(
        due.member,
        "paid",
        *((offer(collection.id),) if over.minor else ()),
        money=money,
        remaining=collection.money(now_due.remaining),
        over=over if over.minor else None,
        cents=collection.money(cents) if cents else None,
    )
    if over.minor or collection.state is not CollectionState.OPEN:
        late = collection.state is not CollectionState.OPEN
        draft.tell_in_charge(
            "money_listed",
            *(odd.answers(collection.id, due.member, [kept.listing]) if kept.listing else ()),
            otherwise="hint",
            who=Who(due.member),
            money=money,
            over=over if over.minor else None,
            late=late,
        )
    tally = draft.collection.tally
    complete = not collection.by_sign_up or tally.heads == collection.cap
    if collection.open and unfinished and complete and tally.settled == tally.heads:
        draft.announce("everybody_paid", total=collection.money(tally.paid), heads=tally.heads)
    draft.card()


def claim(state: State, command: Claim, ctx: Context) -> Decision:
    """«I have paid»: reminders rest until the organiser has answered."""
    draft = opened(state, command, ctx)
    due = due_of(state, command.by.member)
    if not due.unsettled:
        raise NothingToPay(state=due.state.value)
    _declared(due)
    claimed = replace(due, standing=Standing.CLAIMED, claim=command.proof, stalled_at=None, rung=0)
    draft.put(dunning.awake(claimed))
    collection = draft.collection
    money = collection.money(due.remaining)
    draft.tell_in_charge(
        "claim_to_check",
        (
            Button("confirm", press.encode("confirm", collection.id, due.member)),
            Button("reject", press.encode("reject", collection.id, due.member)),
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
    due = due_of(state, command.member)
    if not due.unsettled and due.state is not DueState.CLAIMED:
        raise NothingToPay(state=due.state.value)
    amount = due.remaining if command.amount is None else command.amount
    if amount < 1:
        raise TooLittle(minimum=draft.collection.money(1))
    arrived_by_hand(draft, due, amount, ctx.fresh[0], source=by(command.by.member))
    draft.answer(command, "confirmed", who=Who(due.member), money=draft.collection.money(amount))
    return draft.decision()


def arrived_by_hand(draft: Draft, due: Due, amount: int, reference: str, *, source: str) -> None:
    """Money that the organiser saw with their own eyes becomes a charge."""
    charge = Charge(
        channel=MANUAL,
        reference=reference,
        collection=draft.collection.id,
        member=due.member,
        amount=amount,
        currency=draft.collection.currency,
        at=draft.ctx.now,
        received_at=draft.ctx.now,
    )
    _arrived(draft, due, charge, source=source)


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
