"""Cents that tell who paid: no two transfers of a collection are alike, and nobody pays for it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bot.domain import command as c
from bot.domain.errors import NoTags, NotAllowed
from bot.domain.ledger import balances
from bot.domain.model import Mode
from bot.domain.tags import exact, match, tags
from tests.domain.group import ANN, BO, CAI, MEI, Group, said, told


@given(amounts=st.lists(st.integers(1, 300), max_size=200), taken=st.sets(st.integers(1, 300)))
def test_no_two_transfers_are_alike_and_the_cents_stay_few(amounts: list[int], taken: set[int]) -> None:
    found = tags(amounts, taken)
    sums = [amount + tag for amount, tag in zip(amounts, found, strict=True)]
    assert len(set(sums)) == len(amounts)
    assert not set(sums) & taken
    assert all(1 <= tag <= len(amounts) + len(taken) for tag in found)


def tagged(minor: int = 300, mode: Mode = Mode.EQUAL) -> Group:
    group = Group()
    group.collect(minor, mode, tagged=True)
    return group


def test_whoever_gets_the_money_needs_no_cents() -> None:
    group = tagged()
    assert [group.dues[m].tag for m in (MEI, ANN, BO)] == [0, 1, 2]
    assert exact(group.dues[MEI]) == 0


def test_amounts_from_a_statement_are_counted_for_whom_they_tell_after_a_yes() -> None:
    group = tagged()
    asked = group.say(c.Arrived, MEI, amounts=(101, 102, 999))
    lines = told(asked, "propose_arrived").params["lines"]
    assert [len(line["who"]) for line in lines] == [1, 1, 0]  # type: ignore[union-attr,index,call-overload,arg-type]
    done = group.agree(asked)
    assert group.dues[ANN].remaining == group.dues[BO].remaining == 0
    assert (group.dues[ANN].credit, group.dues[BO].credit) == (1, 2)
    assert "money_listed" not in said(done)
    assert balances(group.entries)["received:manual"] == 203


def test_the_same_amount_twice_or_for_nobody_is_not_guessed() -> None:
    group = tagged()
    for amounts in ((101, 101), (100,), (55, 77)):
        assert "nothing_matches" in said(group.say(c.Arrived, MEI, amounts=amounts))
    assert group.dues[ANN].remaining == 100


def test_what_was_matched_once_waits_no_more() -> None:
    group = tagged()
    group.insist(c.Arrived, MEI, amounts=(101,))
    assert "nothing_matches" in said(group.say(c.Arrived, MEI, amounts=(101,)))


def test_a_newcomer_gets_cents_of_their_own() -> None:
    group = tagged(100, Mode.EACH)
    group.say(c.Join, CAI)
    sums = [exact(due) for due in group.dues.values() if due.remaining]
    assert len(set(sums)) == len(sums) == 3


def test_only_who_collects_says_what_arrived_and_only_where_amounts_tell() -> None:
    with pytest.raises(NotAllowed):
        tagged().say(c.Arrived, ANN, amounts=(101,))
    plain = Group()
    plain.collect(300)
    with pytest.raises(NoTags):
        plain.say(c.Arrived, MEI, amounts=(101,))


@given(amounts=st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
def test_every_exact_amount_finds_its_payer(amounts: list[int]) -> None:
    group = Group()
    group.collect(None, Mode.FIXED, fixed=((ANN, amounts[0]), (BO, amounts[-1])), tagged=True)
    owing = [due for due in group.dues.values() if due.remaining]
    found = match(owing, [exact(due) for due in owing])
    assert [found[exact(due)] for due in owing] == [(due.member,) for due in owing]
