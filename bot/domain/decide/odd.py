"""Money that fits no due: kept, told of, answered with one tap; and who paid too much is asked what they want."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.domain import press
from bot.domain.command import AskMoney, KeepCredit, LeaveMoney, RecordCharge, SettleStray, WantBack
from bot.domain.decide.draft import Draft, answer
from bot.domain.decide.guards import found, in_charge, may_give
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import Gone, NotAllowed
from bot.domain.model import Astray, Charge, CollectionId, Due, Intent, Listing, Loose, MemberId, Stray
from bot.domain.money import Money
from bot.domain.notice import Button, Medium, Notice, Value, Who

_CREDIT = frozenset({Listing.OVERPAID, Listing.DUPLICATE})
"""Theirs already."""
MOST_ITEMS = 10
"""How much of the list is sent at once: each has a message of its own, for its buttons."""


def stray(state: State, command: RecordCharge, ctx: Context, why: Astray) -> Decision:
    """Keep what cannot be booked. Whoever it was meant for hears of it, where that is known."""
    if state.strays:
        return Decision()
    intent, collection = state.intent, state.collection
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
    if intent is None or collection is None:
        return Decision(strays=(kept,))
    draft, kept = Draft.of(state, ctx), replace(kept, collection=collection.id, member=intent.member)
    draft.tell(collection.organiser, "money_stray", _settled(kept), otherwise="hint", **_stray(kept))  # type: ignore[arg-type]
    _held(draft, intent.member, Money(kept.amount, kept.currency))
    return replace(draft.decision(), strays=(kept,))


def hold(draft: Draft, due: Due, charge: Charge, intent: Intent, *, source: str) -> None:
    """The amount is not the attempt's: nothing is counted before the organiser has said what it is."""
    meant = tuple((member, 0) for member in intent.covers)
    draft.hold(due, replace(charge, covered=meant), Listing.WRONG_AMOUNT, by=source)
    collection = draft.collection
    draft.tell(
        collection.organiser,
        "money_held",
        *answers(collection.id, due.member, (Listing.WRONG_AMOUNT,)),
        otherwise="hint",
        who=Who(due.member),
        money=collection.money(charge.amount),
        expected=collection.money(intent.amount),
    )
    _held(draft, due.member, collection.money(charge.amount))
    draft.card()


def _held(draft: Draft, member: MemberId, money: Money) -> None:
    draft.tell(member, "money_being_looked_at", money=money)


def answers(collection: CollectionId, member: MemberId, held: Iterable[Listing]) -> tuple[tuple[Button, ...], ...]:
    """What can be done with a member's money that is on no due, by why it is not."""
    reasons = set(held)
    accept = ("accept",) if Listing.WRONG_AMOUNT in reasons else ()
    credit = ("credit",) if reasons - _CREDIT else ()
    rows = (*accept, *credit), ("refund", "by_hand"), ("leave",)
    return tuple(tuple(Button(word, press.encode(word, collection, member)) for word in row) for row in rows if row)


# -- the list -----------------------------------------------------------------------------------------------------


def ask_money(state: State, command: AskMoney, ctx: Context) -> Decision:
    """In private: one message with the sums, and one with buttons for each."""
    items = len(state.loose) + len(state.strays)
    params: dict[str, Value] = {"items": items, "more": max(0, items - MOST_ITEMS)}
    here = None if command.reply.private else command.reply.chat
    head = Notice("money", Medium.PRIVATE, chat=here, member=command.by.member, params=params, confidential=True)
    notices = [head, *(_item(command, loose) for loose in state.loose)]
    for kept in state.strays:
        buttons = (_settled(kept),)
        said = Notice("money_stray", Medium.PRIVATE, member=command.by.member, params=_stray(kept), buttons=buttons)
        notices.append(replace(said, collection=kept.collection))
    return Decision(notices=tuple(notices[: MOST_ITEMS + 1]))


def _item(command: AskMoney, loose: Loose) -> Notice:
    lines: tuple[Value, ...] = tuple({"why": why, "money": Money(m, loose.currency)} for why, m in loose.held)
    return Notice(
        "money_item",
        Medium.PRIVATE,
        member=command.by.member,
        collection=loose.collection,
        params={"number": loose.number, "title": loose.title, "who": Who(loose.member), "lines": lines},
        buttons=answers(loose.collection, loose.member, (Listing(why) for why, _ in loose.held)),
    )


def _stray(kept: Stray) -> dict[str, Value]:
    return {
        "why": kept.why.value,
        "money": Money(kept.amount, kept.currency),
        "who": Who(kept.member) if kept.member else None,
        "channel": kept.channel,
        "reference": kept.reference,
        "at": kept.at,
    }


def _settled(kept: Stray) -> tuple[Button, ...]:
    return (Button("settled", press.encode("settled", kept.id)),)


# -- its answers --------------------------------------------------------------------------------------------------


def everybody_paid(draft: Draft, *, unfinished: bool) -> None:
    """Say so to all, when this was what was missing."""
    collection, tally = draft.collection, draft.collection.tally
    if collection.open and unfinished and tally.settled == tally.heads:
        draft.announce("everybody_paid", total=collection.money(tally.paid), heads=tally.heads)


def leave(state: State, command: LeaveMoney, ctx: Context) -> Decision:
    """Nothing is done; it stays on the list."""
    collection = found(state, command)
    in_charge(collection, command.by)
    return Decision(notices=(answer(command, "money_left", {"number": collection.number}, collection=collection),))


def settle_stray(state: State, command: SettleStray, ctx: Context) -> Decision:
    """Dealt with outside, where it lies: by whom it was meant for, or by the operator."""
    kept = next(iter(state.strays), None)
    if kept is None or kept.settled_by:
        raise Gone()
    if state.collection is not None:
        may_give(state.collection, command.by)
    elif not (command.by.admin and command.reply.private):
        raise NotAllowed(organiser=None)
    done = replace(kept, settled_by=command.by.member)
    return Decision(strays=(done,), notices=(answer(command, "stray_settled", {"reference": kept.reference}),))


# -- too much -----------------------------------------------------------------------------------------------------


def keep_credit(state: State, command: KeepCredit, ctx: Context) -> Decision:
    """The payer of too much leaves it here. It is their credit already: nothing moves."""
    collection, money = found(state, command), _mine(state)
    params: dict[str, Value] = {"number": collection.number, "money": money}
    return Decision(notices=(answer(command, "credit_kept", params, collection=collection, private=True),))


def want_back(state: State, command: WantBack, ctx: Context) -> Decision:
    """The payer of too much wants it back: money leaves the organiser's account on the organiser's word alone."""
    money = _mine(state)
    draft, member = Draft.of(replace(state, collection=found(state, command)), ctx), command.by.member
    collection = draft.collection
    draft.tell(
        collection.organiser,
        "back_wanted",
        *answers(collection.id, member, state.held),
        otherwise="hint",
        who=Who(member),
        money=money,
    )
    draft.say(answer(command, "back_asked", draft.about(money=money), collection=collection, private=True))
    return draft.decision()


def _mine(state: State) -> Money:
    """What of the speaker's money is on no due."""
    total = sum(state.held.values())
    if state.collection is None or not total:
        raise Gone()
    return state.collection.money(total)
