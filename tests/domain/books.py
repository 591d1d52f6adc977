"""What always holds of a collection's books, whatever happened."""

from __future__ import annotations

from collections import Counter

from bot.domain import ledger
from bot.domain.model import NOWHERE, DueState, Listing, MemberId, Refund, RefundId, RefundState, Tally
from tests.domain.group import Group

SETTLED = {
    DueState.PAID,
    DueState.CLAIMED,
    DueState.WAIVED,
    DueState.DROPPED,
    DueState.FOR_OTHERS,
    DueState.REFUNDED,
}


def hold(group: Group) -> None:
    """All of it."""
    _the_ledger_is_whole(group)
    _what_was_received_is_paid_credit_or_returned(group)
    _every_account_agrees_with_the_dues(group)
    _the_history_replays_to_the_same_state(group)
    _the_counters_are_the_sum_of_the_dues(group)
    _all_money_is_on_a_due_or_listed(group)
    _nothing_goes_back_twice(group)
    _nothing_is_planned_for_who_is_settled(group)


def replayed(group: Group, member: MemberId) -> tuple[int, int]:
    """What a member has paid, and their credit, from the books alone: what came from them and went back, less what is
    listed; the recipient pays to themselves."""
    came = own = 0
    listed = Counter[Listing]()
    for entry in group.entries:
        whose = {p.account.rpartition(":")[2] for p in entry.postings if p.account.startswith(("owed:", "listed:"))}
        told_by_itself = entry.kind in ("charged_back", "came_again") and whose
        if (refund := group.refunds.get(RefundId(entry.reference))) is not None and not told_by_itself:
            whose = {str(refund.paid_for or refund.member)} if entry.kind != "refund_failed" else {str(refund.member)}
        channel, _, reference = entry.reference.partition(":")
        charge = group.charges.get((channel, reference)) if entry.kind == "charged" else None
        charge = charge if charge and charge.listing is not Listing.WRONG_AMOUNT else None
        accepted = {p.account.removeprefix("owed:"): -p.minor for p in entry.postings if p.account.startswith("owed:")}
        payers = {p.account.rpartition(":")[2] for p in entry.postings if p.account.startswith("listed:")}
        if entry.kind == "accepted" and str(member) not in payers:
            came += accepted.get(str(member), 0)
        elif entry.kind == "accepted":
            came -= sum(minor for whose_, minor in accepted.items() if whose_ not in payers)
        for posting in entry.postings:
            if posting.account.startswith(("received:", "returning:")) and str(member) in whose:
                others = sum(minor for _, minor in charge.covered) if charge else 0
                part = dict(charge.covered).get(member) if charge and member != charge.member else None
                came += posting.minor - others if part is None else part
            for why in Listing:
                listed[why] -= posting.minor if posting.account == ledger.listed(why, member) else 0
            own += posting.minor if posting.account == ledger.OWN else 0
    mine = own if member == group.header.recipient else 0
    return came + mine - listed.total(), listed[Listing.OVERPAID]


def _the_ledger_is_whole(group: Group) -> None:
    assert ledger.check(group.header.id, group.entries, group.header.chain) == ()


def _every_account_agrees_with_the_dues(group: Group) -> None:
    balances = ledger.balances(group.entries)
    for due in group.dues.values():
        assert balances.get(ledger.owed(due.member), 0) == due.remaining
        assert due.paid >= 0
        assert due.amount is None or due.amount >= 0
    asked = [d for d in group.dues.values() if not d.outside]
    waived = [d for d in asked if d.state is DueState.WAIVED]
    assert balances.get(ledger.ASKED, 0) == -sum(d.amount or 0 for d in asked)
    assert balances.get(ledger.WAIVED, 0) == sum((d.amount or 0) - d.paid for d in waived)


def _the_history_replays_to_the_same_state(group: Group) -> None:
    for due in group.dues.values():
        assert (due.paid, due.credit) == replayed(group, due.member)


def _the_counters_are_the_sum_of_the_dues(group: Group) -> None:
    assert group.header.tally == sum((d.tally for d in group.dues.values()), Tally())


def _all_money_is_on_a_due_or_listed(group: Group) -> None:
    balances = ledger.balances(group.entries)
    here = sum(b for account, b in balances.items() if account.startswith("received:"))
    listed = -sum(b for account, b in balances.items() if account.startswith("listed:"))
    promised = -sum(b for account, b in balances.items() if account.startswith("returning:"))
    allocated = sum(d.paid for d in group.dues.values())
    refunds = _in_the_books(group)
    gone = sum(r.amount for r in refunds if r.state is RefundState.REFUNDED)
    assert here == sum(charge.amount for charge in group.charges.values()) - gone
    assert promised == sum(r.amount for r in refunds if r.counts) - gone
    assert here + balances.get(ledger.OWN, 0) == allocated + listed + promised


def _what_was_received_is_paid_credit_or_returned(group: Group) -> None:
    """To the cent; what fits no due is held until somebody says what it is."""
    received = sum(charge.amount for charge in group.charges.values())
    own = ledger.balances(group.entries).get(ledger.OWN, 0)
    held = sum(sum(group.held(member).values()) for member in group.dues)
    returned = sum(refund.amount for refund in _in_the_books(group) if refund.counts)
    assert received + own == sum(due.paid for due in group.dues.values()) + held + returned


def _in_the_books(group: Group) -> list[Refund]:
    """Without those of money that is in nobody's books: of each at most one counts."""
    astray = [r for r in group.refunds.values() if r.collection == NOWHERE and r.counts]
    assert len(astray) == len({(r.channel, r.charge) for r in astray})
    assert all(r.amount == group.strays[r.channel, r.charge].amount for r in astray)
    return [r for r in group.refunds.values() if r.collection != NOWHERE]


def _nothing_goes_back_twice(group: Group) -> None:
    back: Counter[tuple[str, str]] = Counter()
    for refund in _in_the_books(group):
        back[refund.channel, refund.charge] += refund.amount if refund.counts else 0
    assert all(minor <= group.charges[of].amount for of, minor in back.items())
    for due in group.dues.values():
        theirs = (r for r in _in_the_books(group) if r.member == due.member and r.counts)
        assert due.returned == sum(r.amount for r in theirs if not r.into)
        assert due.credit == group.held(due.member).get(Listing.OVERPAID, 0)


def _nothing_is_planned_for_who_is_settled(group: Group) -> None:
    assert all(d.next_at is None for d in group.dues.values() if d.state in SETTLED and not d.waits)
