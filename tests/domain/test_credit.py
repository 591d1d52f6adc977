"""Credit of one collection pays for another: exact in the books of both, whatever the order."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from bot.domain import command as c, ledger
from bot.domain.decision import Request
from bot.domain.errors import Gone, Refusal
from bot.domain.model import CREDIT, DueState, RefundState
from tests.domain.group import ANN, BO, MEI, Group, said


def _pair(asked: int, credit: int) -> tuple[Group, Group]:
    """Ann has ``credit`` in the first, and owes a third of ``asked`` in the second."""
    first, second = Group(), Group()
    first.collect(3 * max(credit, 1))
    if credit:
        first.pay(ANN)
        first.insist(c.GiveBack, MEI, member=ANN, to_credit=True)
    second.collect(asked)
    second.elsewhere = first
    return first, second


def test_it_pays_as_far_as_it_goes_and_ends_what_was_started() -> None:
    first, second = _pair(300, 70)
    started = second.start(ANN)
    decided = second.say(c.UseCredit, ANN)
    assert (second.dues[ANN].paid, second.dues[ANN].state) == (70, DueState.PARTIAL)
    assert (first.dues[ANN].credit, first.dues[ANN].returned) == (0, 0)
    assert [(r.operation, r.intent) for r in decided.requests if isinstance(r, Request)] == [("close", started.id)]
    (spent,) = first.refunds.values()
    assert (spent.into, spent.state, spent.way) == (second.header.id, RefundState.REFUNDED, CREDIT)
    with pytest.raises(Gone):
        second.say(c.UseCredit, ANN)


def test_the_rest_stays_and_who_paid_last_tells_everybody() -> None:
    first, second = _pair(9, 70)
    second.pay(BO)
    assert said(second.say(c.UseCredit, ANN)) == ["credit_used", "everybody_paid", "card"]
    assert first.dues[ANN].credit == 67
    first.insist(c.GiveBack, MEI, member=ANN)
    assert sorted(r.amount for r in first.refunds.values()) == [3, 67]


@given(asked=st.integers(3, 500), credit=st.integers(0, 300), tries=st.lists(st.booleans(), max_size=6))
def test_nothing_is_made_and_nothing_is_lost(asked: int, credit: int, tries: list[bool]) -> None:
    first, second = _pair(asked, credit)
    for spend in tries:
        with suppress(Refusal):
            if spend:
                second.say(c.UseCredit, ANN)
            else:
                second.insist(c.Adjust, MEI, member=ANN, amount=200, reason="x")
    here, there = (ledger.balances(group.entries) for group in (first, second))
    moved = there.get("received:credit", 0)
    assert here.get("received:credit", 0) == -moved
    assert first.dues[ANN].credit == credit - moved
    assert second.dues[ANN].paid == moved
    for group in (first, second):
        assert ledger.check(group.header.id, group.entries, group.header.chain) == ()
        assert group.dues[ANN].remaining == ledger.balances(group.entries).get(ledger.owed(ANN), 0)
