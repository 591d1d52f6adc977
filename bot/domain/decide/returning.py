"""Giving money back: what of it, over which charges, what the books say, and what channels answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from bot.domain import intent as attempts, ledger, press, refund as returns
from bot.domain.command import AskRefund, GaveBack, GiveBack, RefundAnswered
from bot.domain.decide import strays
from bot.domain.decide.agreeing import ask_second, record, waits
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.effects import propose
from bot.domain.decide.guards import found, may_give
from bot.domain.decide.odd import answers
from bot.domain.decide.retrying import after_no
from bot.domain.decide.taking import Taken, free_of, let_go, lowered, take
from bot.domain.decision import Context, Decision, RefundRequest, State
from bot.domain.errors import Gone, NothingToReturn, TooLittle, TooMuch
from bot.domain.interruption import Stage
from bot.domain.ledger import Posting
from bot.domain.model import (
    MANUAL,
    NOBODY,
    NOWHERE,
    Due,
    Listing,
    Refund,
    RefundId,
    RefundState,
)
from bot.domain.notice import Button, Value, Who

CANNOT = "cannot_refund"
"""The cause of a channel that gives nothing back: then the organiser does it by hand."""


def give_back(state: State, command: GiveBack, ctx: Context) -> Decision:
    """Give back all or a part, after a preview. First what is on no due, then what was paid; newest charges first."""
    may_give(found(state, command), command.by)
    draft, due = Draft.of(state, ctx), state.dues.get(command.member)
    if due is None:
        raise NothingToReturn(member=Who(command.member))
    loose, paid = sum(state.held.values()), 0 if draft.mine(due) else due.paid
    free = {(x.channel, x.reference): left for x, left in free_of(state.charges, state.refunds, due.member)}
    most = min(loose if command.loose else loose + paid, sum(free.values()))
    if command.to_credit:
        most = min(paid, most)
    if most < 1:
        raise NothingToReturn(member=Who(command.member))
    amount = most if command.amount is None else command.amount
    if amount < 1:
        raise TooLittle(minimum=draft.collection.money(1))
    if amount > most:
        raise TooMuch(maximum=draft.collection.money(most))
    if command.to_credit:
        return _to_credit(draft, command, due, amount)
    taken = take(state.held, due, amount)
    refunds = tuple(_over(state, command, amount, ctx))
    payers: tuple[Value, ...] = tuple(Who(m) for m in dict.fromkeys(r.member for r in refunds) if m != due.member)
    params: dict[str, Value] = {
        "who": Who(due.member),
        "money": draft.collection.money(amount),
        "ways": _ways(draft, refunds),
        "whole": taken.whole,
        "payers": payers,
        "due": draft.collection.money(taken.due) if taken.due else None,
        "amount": draft.collection.money((due.amount or 0) - taken.due),
    }
    if not command.confirmed:
        return propose(draft, replace(command, amount=amount), "propose_refund", **params)
    if waits(draft, command, amount):
        return ask_second(draft, command, "refund_promised", amount, who=Who(due.member))
    record(draft, command)
    _promise(draft, due, taken, refunds, by_whom=by(command.by.member))
    _tell_promised(draft, due, refunds, params)
    draft.answer(command, "refund_started", **params)
    for refund in refunds:
        if refund.by_hand:
            _ask_by_hand(draft, refund)
    draft.card()
    asked = tuple(RefundRequest("refund", r.id, r.channel) for r in refunds if not r.by_hand)
    return replace(draft.decision(), requests=asked)


def _over(state: State, command: GiveBack, amount: int, ctx: Context) -> Iterator[Refund]:
    """The amount over the charges that it came by; each refund has an id of its own, made of one fresh one."""
    left, number = amount, 0
    for charge, free in free_of(state.charges, state.refunds, command.member):
        part = min(left, free)
        if part < 1:
            continue
        outside = charge.channel == MANUAL or not charge.at_channel
        by_hand = command.by_hand or outside or charge.channel not in ctx.policy.channels
        yield Refund(
            id=RefundId(f"{ctx.fresh[0]}{number or ''}"),
            channel=charge.channel,
            charge=charge.reference,
            collection=charge.collection,
            member=charge.member,
            amount=part,
            currency=charge.currency,
            created_at=ctx.now,
            by=command.by.member,
            by_hand=by_hand,
            paid_for=command.member if charge.member != command.member else NOBODY,
            state=RefundState.PENDING if by_hand else RefundState.CREATED,
            next_at=None if by_hand else ctx.now + attempts.ANSWER_BY,
        )
        left, number = left - part, number + 1


def _ways(draft: Draft, refunds: tuple[Refund, ...]) -> tuple[Value, ...]:
    sums: Counter[str] = Counter()
    for refund in refunds:
        sums[refund.way] += refund.amount
    return tuple({"way": way, "money": draft.collection.money(minor)} for way, minor in sums.items())


def _promise(draft: Draft, due: Due, taken: Taken, refunds: tuple[Refund, ...], *, by_whom: str) -> None:
    """Book it when it is promised: from then on it is neither paid nor held, it is owed to them."""
    draft.book(
        "refund_promised",
        (
            *(Posting(ledger.listed(why, due.member), part) for why, part in taken.listed.items()),
            *let_go(due, taken.due, whole=taken.whole),
            *(Posting(ledger.returning(r.way), -r.amount) for r in refunds),
        ),
        by=by_whom,
        reference=refunds[0].id,
    )
    credit = due.credit - taken.listed.get(Listing.OVERPAID, 0)
    draft.put(replace(lowered(due, taken.due, whole=taken.whole), credit=credit))
    for refund in refunds:
        payer = draft.due(refund.member)
        draft.put(replace(payer, returned=payer.returned + refund.amount))
        draft.giving(refund)


def _tell_promised(draft: Draft, due: Due, refunds: tuple[Refund, ...], params: Mapping[str, Value]) -> None:
    """Who gets it hears so; so does whose due it comes off, where another had paid it."""
    money = draft.collection.money
    mine = sum(r.amount for r in refunds if r.member == due.member)
    if mine:
        draft.inform(due.member, "refund_promised", {**params, "money": money(mine)})
    for payer in dict.fromkeys(r.member for r in refunds if r.member != due.member):
        part = money(sum(r.amount for r in refunds if r.member == payer))
        draft.inform(payer, "refund_promised_payer", {"money": part, "who": Who(due.member)})
        draft.inform(due.member, "refund_to_payer", {"money": part, "who": Who(payer)})


def _to_credit(draft: Draft, command: GiveBack, due: Due, amount: int) -> Decision:
    """It is asked for no more and stays here as theirs: nothing moves outside."""
    whole, collection = amount == due.paid, draft.collection
    params: dict[str, Value] = {"who": Who(due.member), "money": collection.money(amount), "whole": whole}
    if not command.confirmed:
        return propose(draft, replace(command, amount=amount), "propose_to_credit", **params)
    if waits(draft, command, amount):
        return ask_second(draft, command, "to_credit", amount, who=Who(due.member))
    record(draft, command)
    postings = (*let_go(due, amount, whole=whole), Posting(ledger.listed(Listing.OVERPAID, due.member), -amount))
    draft.book("to_credit", postings, by=by(command.by.member))
    draft.put(replace(lowered(due, amount, whole=whole), credit=due.credit + amount))
    draft.inform(due.member, "made_credit", params)
    draft.answer(command, "made_credit", **params)
    draft.card()
    return draft.decision()


def _ask_by_hand(draft: Draft, refund: Refund) -> None:
    gave = Button("gave", press.encode("gave", refund.collection, refund.id))
    draft.tell(
        draft.collection.organiser,
        "refund_by_hand",
        (gave,),
        otherwise="hint",
        who=Who(refund.member),
        money=draft.collection.money(refund.amount),
        channel=refund.channel,
    )


# -- what becomes of it -------------------------------------------------------------------------------------------


def gave_back(state: State, command: GaveBack, ctx: Context) -> Decision:
    """The organiser did it by hand, or saw that the channel did what it would not say."""
    may_give(found(state, command), command.by)
    draft, refund = Draft.of(state, ctx), state.refund
    unanswered = refund is not None and refund.state is RefundState.UNKNOWN and refund.next_at is None
    if refund is None or returns.finished(refund.state) or not (refund.by_hand or unanswered):
        raise Gone()
    _gone(draft, refund, "", by_whom=by(command.by.member))
    draft.answer(command, "gave_back", who=Who(refund.member), money=draft.collection.money(refund.amount))
    return draft.decision()


def refund_answered(state: State, command: RefundAnswered, ctx: Context) -> Decision:
    """What a channel said of a refund. What comes too late to matter, or says nothing new, changes nothing."""
    refund = state.refund
    if refund is None:
        raise Gone()
    if refund.collection == NOWHERE:
        return strays.returned(state, command, ctx)
    if state.collection is None or refund.by_hand or not returns.can(refund, command.state):
        return Decision()
    draft, source = Draft.of(state, ctx), f"channel:{refund.channel}"
    if retry := after_no(refund, command, ctx):
        draft.giving(retry[0])
        return replace(draft.decision(), requests=retry[1])
    told = replace(refund, reference=command.reference or refund.reference, cause=command.cause)
    match command.state:
        case RefundState.REFUNDED:
            _gone(draft, told, command.cause, by_whom=source)
        case RefundState.FAILED if command.cause == CANNOT and refund.state is RefundState.CREATED:
            _hand_over(draft, told, by_whom=source)
        case RefundState.FAILED:
            _failed(draft, told, state.dues[refund.member], by_whom=source)
        case said:
            next_at = returns.next_question(refund, said, ctx.now)
            draft.giving(replace(told, state=said, asked=refund.asked + 1, next_at=next_at))
            if next_at is None:
                _nobody_knows(draft, told)
    return draft.decision()


def ask_refund(state: State, command: AskRefund, ctx: Context) -> Decision:
    """A refund's time has come: its channel is asked, or told again where it surely did nothing; never under another
    key."""
    refund = state.refund
    if refund is None or returns.finished(refund.state) or refund.by_hand:
        return Decision()
    asked = replace(refund, next_at=ctx.now + attempts.ANSWER_BY)
    operation: Literal["refund", "query_refund"] = "refund" if returns.told_to_wait(refund) else "query_refund"
    return Decision(refunds=(asked,), requests=(RefundRequest(operation, refund.id, refund.channel),))


def _gone(draft: Draft, refund: Refund, cause: str, *, by_whom: str) -> None:
    """The money has left: out of what was received."""
    postings = (
        Posting(ledger.returning(refund.way), refund.amount),
        Posting(ledger.received(refund.way), -refund.amount),
    )
    draft.book("refunded", postings, by=by_whom, reference=refund.id)
    draft.giving(replace(refund, state=RefundState.REFUNDED, next_at=None, cause=cause))
    money = draft.collection.money(refund.amount)
    draft.tell(refund.member, "refund_gone", money=money, way=refund.way, mine=True, who=Who(refund.member))
    if not refund.by_hand:
        organiser = draft.collection.organiser
        draft.tell(organiser, "refund_gone", money=money, way=refund.way, mine=False, who=Who(refund.member))


def _hand_over(draft: Draft, refund: Refund, *, by_whom: str) -> None:
    """The channel gives nothing back: the organiser does."""
    by_hand = replace(refund, by_hand=True, state=RefundState.PENDING, next_at=None)
    postings = (
        Posting(ledger.returning(refund.way), refund.amount),
        Posting(ledger.returning(by_hand.way), -refund.amount),
    )
    draft.book("refund_by_hand", postings, by=by_whom, reference=refund.id)
    draft.giving(by_hand)
    _ask_by_hand(draft, by_hand)


def _failed(draft: Draft, refund: Refund, due: Due, *, by_whom: str) -> None:
    """It did not go, or came back: it is the member's, and is kept for them as their credit."""
    came_back = refund.state is RefundState.REFUNDED
    account = ledger.received(refund.way) if came_back else ledger.returning(refund.way)
    postings = (
        Posting(account, refund.amount),
        Posting(ledger.listed(Listing.OVERPAID, due.member), -refund.amount),
    )
    draft.book("refund_failed", postings, by=by_whom, reference=refund.id)
    draft.giving(replace(refund, state=RefundState.FAILED, next_at=None))
    draft.put(replace(due, credit=due.credit + refund.amount, returned=due.returned - refund.amount))
    collection, money = draft.collection, draft.collection.money(refund.amount)
    draft.tell(
        collection.organiser,
        "refund_failed",
        *answers(collection.id, due.member, (Listing.OVERPAID,)),
        otherwise="hint",
        who=Who(due.member),
        money=money,
        channel=refund.channel,
        cause=refund.cause,
        tell=draft.ctx.policy.causes.find(Stage.REFUND, refund.channel, refund.cause).tell,
    )
    draft.tell(due.member, "refund_delayed", money=money)
    draft.card()


def _nobody_knows(draft: Draft, refund: Refund) -> None:
    draft.tell(
        draft.collection.organiser,
        "refund_unknown",
        (Button("gave", press.encode("gave", refund.collection, refund.id)),),
        otherwise="hint",
        who=Who(refund.member),
        money=draft.collection.money(refund.amount),
        channel=refund.channel,
    )
