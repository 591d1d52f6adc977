"""Money that could not be booked: kept, told of, and answered with one tap (count it, credit, give it back)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.domain import intent as attempts, press, refund as returns
from bot.domain.command import CountStray, OnStray, RecordCharge, RefundAnswered, ReturnStray, SettleStray
from bot.domain.decide import odd
from bot.domain.decide.attempting import arrived, outdated
from bot.domain.decide.draft import Draft, answer, by
from bot.domain.decide.guards import due_of, in_charge, may_give
from bot.domain.decide.receiving import take_in
from bot.domain.decide.retrying import after_no
from bot.domain.decision import Context, Decision, Proposal, RefundRequest, State
from bot.domain.errors import Gone, NotAllowed
from bot.domain.interruption import Stage
from bot.domain.model import (
    MANUAL,
    NOWHERE,
    Astray,
    Charge,
    Fate,
    IntentId,
    IntentState,
    Likely,
    MemberId,
    Refund,
    RefundId,
    RefundState,
    Standing,
    Stray,
)
from bot.domain.money import Money
from bot.domain.notice import Button, Medium, Notice, Value, Who


def keep(state: State, command: RecordCharge, ctx: Context, why: Astray) -> Decision:
    """Keep what cannot be booked. Whoever it was meant for hears of it, or, where nobody knows, the operator."""
    intent = state.intent
    kept = Stray(
        id=ctx.fresh[0],
        channel=command.channel,
        reference=command.reference,
        intent=command.intent,
        amount=command.amount,
        currency=command.currency,
        at=command.at,
        received_at=ctx.now,
        why=why,
    )
    if intent is None or state.collection is None:
        said = item(kept, [replace(one, stray=kept.id) for one in state.likely])
        told = tuple(replace(said, member=operator) for operator in state.operators)
        return Decision(strays=(kept,), notices=told)
    kept = replace(
        kept,
        collection=state.collection.id,
        member=intent.member,
        asked=Money(intent.amount, state.collection.currency),
    )
    draft = Draft.of(state, ctx)
    draft.attempt(replace(intent, state=IntentState.PAID, next_at=None, cause=why.value))
    due = state.dues[intent.member]
    if due.unsettled and due.amount is not None and intent.amount >= due.remaining:
        draft.put(replace(due, standing=Standing.CLAIMED, stalled_at=None, rung=0))
    rows = buttons(kept)
    draft.tell(draft.collection.organiser, "money_stray", *rows, otherwise="hint", likely=0, **_facts(kept))  # type: ignore[arg-type]
    odd.being_looked_at(draft, intent.member, Money(kept.amount, kept.currency))
    requests = arrived(draft, state, intent, counted=False)
    draft.card()
    return replace(draft.decision(), strays=(kept,), requests=requests)


# -- its words ----------------------------------------------------------------------------------------------------


def item(kept: Stray, likely: Iterable[Likely] = ()) -> Notice:
    """A message about it, with its answers; whom it is for is still to be said."""
    mine = [one for one in likely if one.stray == kept.id]
    return Notice(
        "returned_too_much" if kept.why is Astray.BEYOND else "money_stray",
        Medium.PRIVATE,
        collection=kept.collection,
        params=_facts(kept) | {"likely": len(mine)},
        buttons=buttons(kept, mine),
    )


def buttons(kept: Stray, likely: Iterable[Likely] = ()) -> tuple[tuple[Button, ...], ...]:
    """What can be done with it: what is on its way, or may be, is not sent twice."""
    if kept.why is Astray.BEYOND:
        return ((_settled(kept),),)
    rows: list[tuple[Button, ...]] = []
    if kept.fate is Fate.OPEN and kept.asked is not None:
        rows.append(_count(kept, "accept_as", "credit_as", money=kept.asked))
    elif kept.fate is Fate.OPEN:
        rows += (_count(kept, "theirs", "their_credit", f"{one.collection}-{one.member}", one) for one in likely)
    back = (Button("refund", press.encode("send_back", kept.id)),) if kept.fate is Fate.OPEN else ()
    return (*rows, (*back, _settled(kept)))


def _settled(kept: Stray) -> Button:
    return Button("settled", press.encode("settled", kept.id))


def _count(
    kept: Stray, counts: str, credit: str, whose: str = "", one: Likely | None = None, money: Money | None = None
) -> tuple[Button, ...]:
    who, words = (one.member, f"#{one.number}") if one else (None, "")
    return tuple(
        Button(label, press.encode(action, kept.id, whose), who=who, words=words, money=money)
        for label, action in ((counts, "count_it"), (credit, "credit_it"))
    )


def _facts(kept: Stray) -> dict[str, Value]:
    return {
        "why": kept.why.value,
        "money": Money(kept.amount, kept.currency),
        "who": Who(kept.member) if kept.member else None,
        "channel": kept.channel,
        "reference": kept.at_channel,
        "at": kept.at,
        "unclear": kept.fate is Fate.UNCLEAR,
    }


# -- its answers --------------------------------------------------------------------------------------------------


def _waiting(state: State, command: OnStray, *, giving: bool) -> Stray:
    """It, where it still waits for an answer, and whoever answers may: by whom it is collected, or the operator.
    ``giving``: only they, no other admin."""
    kept = next(iter(state.strays), None)
    if kept is None or not kept.open:
        raise Gone()
    if kept.collection is None:
        if not (command.by.admin and command.reply.private):
            raise NotAllowed(organiser=None)
    elif state.collection is not None:
        (may_give if giving else in_charge)(state.collection, command.by)
    return kept


def count_it(state: State, command: CountStray, ctx: Context) -> Decision:
    """It counts after all. In its own currency it is booked as what it is, and can go back the way it came; another
    currency is booked as what was asked for, as seen by the organiser, for books of one currency cannot hold it."""
    kept = _waiting(state, command, giving=False)
    collection = state.collection
    if collection is None or kept.fate is not Fate.OPEN or kept.why is Astray.BEYOND:
        raise Gone()
    foreign = kept.asked
    if collection.id != (kept.collection or collection.id):
        raise Gone()
    if foreign is None and kept.currency != collection.currency:
        raise Gone()
    draft, member = Draft.of(state, ctx), command.member or kept.member
    due = due_of(state, member)
    charge = Charge(
        channel=MANUAL if foreign else kept.channel,
        reference=f"{kept.channel}:{kept.reference}" if foreign else kept.reference,
        collection=collection.id,
        member=member,
        amount=foreign.minor if foreign else kept.amount,
        currency=collection.currency,
        at=kept.at,
        intent=None if foreign else IntentId(kept.intent),
        received_at=kept.received_at,
    )
    money, source = collection.money(charge.amount), by(command.by.member)
    if command.as_credit:
        draft.receive(odd.asked_again(due, draft), charge, by=source, most=0)
        draft.inform(member, "made_credit", draft.about(who=Who(member), money=money, whole=False))
        draft.answer(command, "made_credit", who=Who(member), money=money)
        draft.card()
    else:
        take_in(draft, due, charge, source=source, for_others=state.intent.covers if state.intent else ())
        draft.answer(command, "confirmed", who=Who(member), money=money)
    fate = Fate.CREDITED if command.as_credit else Fate.COUNTED
    done = replace(kept, fate=fate, collection=collection.id, member=member, settled_by=command.by.member)
    paid = state.intent
    requests = arrived(draft, state, paid, counted=True) if paid else outdated(draft, state.intents, member)
    return replace(draft.decision(), strays=(done,), requests=requests)


def give_back(state: State, command: ReturnStray, ctx: Context) -> Decision:
    """All of it goes back over the channel that it came by, after a preview: it may be somebody else's order. Once."""
    kept = _waiting(state, command, giving=True)
    if kept.fate is not Fate.OPEN or kept.why is Astray.BEYOND or any(r.counts for r in state.refunds):
        raise Gone()
    facts = _facts(kept)
    if not command.confirmed:
        until = ctx.now + ctx.policy.proposal_window
        proposal = Proposal(ctx.fresh[0], command.by.member, replace(command, confirmed=True), until)
        yes_no = tuple(Button(word, press.encode(word, proposal.id)) for word in ("yes", "no"))
        asked = replace(command, reply=replace(command.reply, press=""))
        preview = answer(asked, "propose_send_back", facts, buttons=(yes_no,), private=True)
        return Decision(notices=(preview,), proposals=(proposal,))
    refund = replace(way_back(kept, ctx, by=command.by.member), next_at=ctx.now + attempts.ANSWER_BY)
    return Decision(
        strays=(replace(kept, fate=Fate.RETURNING, settled_by=command.by.member),),
        refunds=(refund,),
        requests=(RefundRequest("refund", refund.id, refund.channel),),
        notices=(answer(command, "stray_returning", facts),),
    )


def way_back(kept: Stray, ctx: Context, *, by: MemberId) -> Refund:
    """All of it, over the channel that it came by. It is in nobody's books, and neither is this."""
    return Refund(
        id=RefundId(ctx.fresh[0]),
        channel=kept.channel,
        charge=kept.reference,
        collection=NOWHERE,
        member=kept.member,
        amount=kept.amount,
        currency=kept.currency,
        created_at=ctx.now,
        by=by,
    )


def settle(state: State, command: SettleStray, ctx: Context) -> Decision:
    """Dealt with outside, where it lies. Who paid it still owes what they owed."""
    kept = _waiting(state, command, giving=True)
    done = replace(kept, fate=Fate.SETTLED, settled_by=command.by.member)
    settled = answer(command, "stray_settled", {"reference": kept.at_channel})
    return _asked_again(state, ctx, Decision(strays=(done,), notices=(settled,)))


def returned(state: State, command: RefundAnswered, ctx: Context) -> Decision:
    """What its channel says of its way back. A no puts it on the list again."""
    refund, kept = state.refund, next(iter(state.strays), None)
    if refund is None or kept is None or not returns.can(refund, command.state):
        return Decision()
    if retry := after_no(refund, command, ctx):
        return Decision(strays=(kept,), refunds=retry[:1], requests=retry[1])
    told = replace(refund, reference=command.reference or refund.reference, cause=command.cause)
    match command.state:
        case RefundState.REFUNDED:
            kept, next_at = replace(kept, fate=Fate.RETURNED), None
        case RefundState.FAILED:
            kept, next_at = replace(kept, fate=Fate.OPEN), None
        case said:
            told = replace(told, asked=refund.asked + 1)
            next_at = returns.next_question(refund, said, ctx.now)
            kept = kept if next_at else replace(kept, fate=Fate.UNCLEAR)
    decided = Decision(strays=(kept,), refunds=(replace(told, state=command.state, next_at=next_at),))
    if next_at is not None:
        return decided
    notices = [_told(kept, told, ctx)]
    if kept.fate is Fate.RETURNED and kept.member:
        notices.append(replace(notices[0], member=kept.member, key="stray_back_to_you", buttons=()))
    decided = replace(decided, notices=tuple(notices))
    return _asked_again(state, ctx, decided) if kept.fate is Fate.RETURNED else decided


def _told(kept: Stray, refund: Refund, ctx: Context) -> Notice:
    """To whoever had it sent back: what became of it, with the answers that are left."""
    said = item(kept)
    tell = ctx.policy.causes.find(Stage.REFUND, refund.channel, refund.cause).tell
    params = {**said.params, "fate": kept.fate.value, "cause": refund.cause, "tell": tell}
    return replace(
        said,
        key="stray_back",
        member=refund.by,
        params=params,
        buttons=said.buttons if kept.open else (),
    )


def _asked_again(state: State, ctx: Context, decided: Decision) -> Decision:
    """Reminders of whoever paid it rested until it was known that it does not count."""
    kept = decided.strays[0]
    due = state.dues.get(kept.member)
    if kept.why is not Astray.WRONG_CURRENCY or state.collection is None or due is None:
        return decided
    if due.standing is not Standing.CLAIMED:
        return decided
    draft = Draft.of(state, ctx)
    draft.put(odd.asked_again(due, draft))
    draft.card()
    again = draft.decision()
    notices = (*decided.notices, *again.notices)
    return replace(again, strays=decided.strays, refunds=decided.refunds, notices=notices)
