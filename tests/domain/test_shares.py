"""A total split by weights, around amounts that stand; and what somebody paid too much, which is theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from bot.domain import command as c
from bot.domain.decide.shares import anew
from bot.domain.errors import NobodyToAsk, TooLittle
from bot.domain.ledger import balances
from bot.domain.model import Due, MemberId, Mode, Standing
from tests.domain.group import ANN, BO, CAI, MEI, NOON, Group


def amounts(group: Group) -> dict[MemberId, int | None]:
    return {member: due.amount for member, due in group.dues.items() if due.counts}


def test_shares_are_exact_to_the_cent_and_the_spare_one_goes_to_the_largest_remainder() -> None:
    group = Group()
    group.collect(10_000, Mode.SHARES, weights=((MEI, 100), (ANN, 150), (BO, 50)))
    assert amounts(group) == {MEI: 3333, ANN: 5000, BO: 1667}


def test_a_weight_said_twice_adds_up() -> None:
    group = Group()
    group.collect(400, Mode.SHARES, weights=((ANN, 100), (BO, 100), (ANN, 200)))
    assert amounts(group) == {ANN: 300, BO: 100}


def test_a_newcomer_takes_a_full_share_of_a_weighted_split() -> None:
    group = Group()
    group.collect(1000, Mode.SHARES, weights=((ANN, 200), (BO, 100)))
    group.say(c.Join, CAI)
    assert amounts(group) == {ANN: 500, BO: 250, CAI: 250}


def test_an_amount_that_was_set_by_hand_or_let_go_stands_when_the_rest_is_split_anew() -> None:
    group = Group()
    group.collect(900)
    group.insist(c.Adjust, MEI, member=ANN, amount=100)
    group.insist(c.Waive, MEI, member=BO, reason="cake")
    group.say(c.Join, CAI)
    assert amounts(group) == {MEI: 250, ANN: 100, BO: 300, CAI: 250}


@given(
    total=st.integers(1, 10**9),
    people=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 10**6), st.booleans()), min_size=1, max_size=30),
)
def test_whatever_stands_the_amounts_are_the_total_or_it_is_refused(
    total: int, people: list[tuple[int, int, bool]]
) -> None:
    group = Group()
    group.collect(300)
    header = replace(group.header, amount=total)
    dues = [
        Due(MemberId(n), amount, NOON, weight=weight, standing=Standing.WAIVED if waived else Standing.ACTIVE)
        for n, (weight, amount, waived) in enumerate(people, start=1)
    ]
    try:
        found = anew(header, dues)
    except TooLittle:
        return
    assert sum(found) == total
    assert min(found) >= 0
    assert all(share == due.amount for share, due in zip(found, dues, strict=True) if due.standing is Standing.WAIVED)


def test_what_was_paid_too_much_is_their_credit_and_pays_a_higher_amount() -> None:
    group = Group()
    group.collect(900)
    part = group.start(ANN, 50)
    group.pay(ANN)
    group.arrives(part)
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (300, 50)
    group.insist(c.Adjust, MEI, member=ANN, amount=320)
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (320, 30)
    group.insist(c.Adjust, MEI, member=ANN, amount=400)
    assert (group.dues[ANN].paid, group.dues[ANN].credit, group.dues[ANN].remaining) == (350, 0, 50)
    group.insist(c.Adjust, MEI, member=ANN, amount=200)
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (200, 150)
    assert balances(group.entries)[f"listed:overpaid:{ANN}"] == -150


def test_nobody_owes_to_themselves_even_when_somebody_else_organises() -> None:
    group = Group()
    group.collect(900)
    assert group.header.recipient == MEI
    assert group.dues[MEI].remaining == 0


@pytest.mark.parametrize("amount", [0, 1, 299, 300, 301, 10_000])
def test_a_cancelled_collection_gives_back_everything_that_was_paid(amount: int) -> None:
    group = Group()
    group.collect(900)
    if amount:
        group.arrives(group.start(ANN), amount=amount)
    group.insist(c.Cancel, MEI)
    held = -sum(minor for account, minor in balances(group.entries).items() if account.startswith("listed:"))
    assert held == amount


# -- couples, heads that belong to somebody, everybody else ---------------------------------------------------

HEADS = st.lists(st.tuples(st.sampled_from([MEI, ANN, BO, CAI]), st.integers(1, 500)), min_size=1, max_size=12)


@given(total=st.integers(1, 10**9), said=HEADS, others=st.none() | st.integers(1, 500), me=st.booleans())
def test_whoever_pays_for_whom_the_shares_are_exact_and_none_is_below_zero(
    total: int, said: list[tuple[MemberId, int]], others: int | None, me: bool
) -> None:
    group = Group()
    try:
        group.collect(total, Mode.SHARES, weights=tuple(said), others=others, include_organiser=me)
    except NobodyToAsk:
        assert {m for m, _ in said} == {MEI}
        return
    shares = amounts(group)
    assert sum(shares.values()) == total  # type: ignore[arg-type]
    assert all(share is not None and share >= 0 for share in shares.values())
    named = {m for m, _ in said}
    assert set(shares) == named | ({m for m in (MEI, ANN, BO) if m != MEI or me} if others else set())
    assert {m: group.dues[m].weight for m in named} == {m: sum(w for x, w in said if x == m) for m in named}


def test_a_partner_who_is_paid_for_is_not_asked_with_the_others() -> None:
    group = Group()
    group.collect(400, Mode.SHARES, weights=((ANN, 200),), partners=((ANN, BO),), others=100)
    assert amounts(group) == {ANN: 267, MEI: 133}
