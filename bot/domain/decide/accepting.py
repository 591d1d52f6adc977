"""Money that fitted no due, when somebody in charge says what it is: it counts after all, or is its payer's credit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.domain import covers, ledger
from bot.domain.command import Accept, MakeCredit
from bot.domain.decide import covering
from bot.domain.decide.draft import Draft, by, offer
from bot.domain.decide.guards import found, in_charge
from bot.domain.decide.moves import Moves
from bot.domain.decide.odd import asked_again, everybody_paid
from bot.domain.decide.taking import free_of
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import Gone, NotOwing
from bot.domain.ledger import Posting
from bot.domain.model import Charge, Due, Listing, MemberId
from bot.domain.notice import Value, Who

Parts = tuple[tuple[MemberId, int], ...]
"""Minor units on the dues of others."""


def accept(state: State, command: Accept, ctx: Context) -> Decision:
    """It counts: on the due as far as that owes, then on those that its attempt was to pay for others, in order; the
    rest is their credit."""
    in_charge(found(state, command), command.by)
    draft, due = Draft.of(state, ctx), state.dues.get(command.member)
    if due is None:
        raise NotOwing(member=Who(command.member))
    held = _unanswered(state)
    total, collection = sum(held.values()), draft.collection
    unfinished = collection.tally.settled < collection.tally.heads
    if due.amount is None:
        draft.reprice(due, total, kind="declared", by=by(command.by.member))
        due = draft.due(due.member)
    due = asked_again(due, draft)
    counted = min(due.remaining, total)
    of = tuple(_held_charges(state, due.member, held.get(Listing.WRONG_AMOUNT, 0)))
    shared = _for_others(state, due, of, total - counted)
    _unlist(draft, due, held, counted, kind="accepted", by_whom=by(command.by.member), shared=shared)
    for charge in _amended(of, shared):
        draft.amend(charge)
    over = total - counted - sum(part for _, part in shared)
    draft.tell(
        due.member,
        "paid_for_others" if shared else "paid",
        *((offer(collection.id),) if over else ()),
        money=collection.money(total),
        remaining=collection.money(draft.asked(due.member)),
        over=collection.money(over) if over else None,
        cents=None,
        lines=covering.parts(draft, shared),
    )
    covering.thank(draft, due.member, shared)
    draft.answer(command, "confirmed", who=Who(due.member), money=collection.money(total))
    everybody_paid(draft, unfinished=unfinished)
    draft.card()
    moves = Moves(draft)
    for running in state.others:
        paid = running.member == due.member or running.member in dict(shared)
        if paid and running.amount > draft.asked(running.member):
            moves.stop(running)
    return moves.decision()


def make_credit(state: State, command: MakeCredit, ctx: Context) -> Decision:
    """It is theirs and stays here: it pays for what is asked of them next."""
    in_charge(found(state, command), command.by)
    draft, held = Draft.of(state, ctx), _unanswered(state)
    due = state.dues[command.member]
    _unlist(draft, asked_again(due, draft), held, 0, kind="to_credit", by_whom=by(command.by.member))
    params: dict[str, Value] = {
        "who": Who(due.member),
        "money": draft.collection.money(sum(held.values())),
        "whole": False,
    }
    draft.inform(due.member, "made_credit", params)
    draft.answer(command, "made_credit", **params)
    draft.card()
    return draft.decision()


def _held_charges(state: State, member: MemberId, minor: int) -> Iterator[tuple[Charge, int]]:
    """The charges that are held because of their amount, the newest first, with what of each is: ``minor`` in sum."""
    for charge, free in free_of(state.charges, state.refunds, member):
        part = min(free, minor) if charge.member == member and charge.listing is Listing.WRONG_AMOUNT else 0
        if part > 0:
            minor -= part
            yield charge, part


def _for_others(state: State, payer: Due, of: Sequence[tuple[Charge, int]], rest: int) -> Parts:
    """What of ``rest`` settles the dues that these charges were meant for, and that are still theirs to pay."""
    meant = {member for charge, _ in of for member, _ in charge.covered}
    dues = (each for each in covers.covered(payer, state.dues) if each.member in meant)
    most = min(rest, sum(part for _, part in of))
    return tuple((due.member, part) for due, part in covers.allot(most, dues))


def _amended(of: Sequence[tuple[Charge, int]], shared: Parts) -> Iterator[Charge]:
    """The charges, each with what of it is on the dues of others."""
    left = dict(shared)
    for charge, room in of:
        covered = []
        for member in left:
            if part := min(room, left[member]):
                covered.append((member, part))
                left[member], room = left[member] - part, room - part
        yield replace(charge, covered=tuple(covered))


def _unanswered(state: State) -> Mapping[Listing, int]:
    held = dict(state.held)
    held.pop(Listing.OVERPAID, None)
    if not held:
        raise Gone()
    return held


def _unlist(
    draft: Draft,
    due: Due,
    held: Mapping[Listing, int],
    counted: int,
    *,
    kind: str,
    by_whom: str,
    shared: Parts = (),
) -> None:
    """From where it was listed to the due, ``counted`` of it, to those of others, and to the member's credit."""
    rest = sum(held.values()) - counted - sum(part for _, part in shared)
    postings = (
        *(Posting(ledger.listed(why, due.member), minor) for why, minor in held.items()),
        Posting(ledger.owed(due.member), -counted),
        *(Posting(ledger.owed(member), -part) for member, part in shared),
        Posting(ledger.listed(Listing.OVERPAID, due.member), -rest),
    )
    draft.book(kind, postings, by=by_whom)
    draft.put(replace(due, paid=due.paid + counted, credit=due.credit + rest))
    draft.settle(due.member, shared)
