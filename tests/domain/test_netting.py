"""Setting off: exact on both sides, never more than is owed, and nobody gets a new creditor."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, strategies as st

from bot.domain.model import CollectionId, Due, MemberId
from bot.domain.netting import Round, between, left_between
from tests.domain.group import NOON, Group

PEOPLE = [MemberId(n) for n in range(1, 5)]


def _round(number: int, recipient: MemberId, owed: dict[MemberId, int], currency: str = "CNY") -> Round:
    group = Group()
    group.collect(300)
    header = replace(group.header, id=CollectionId(f"c{number}"), recipient=recipient, currency=currency)
    return Round(header, tuple(Due(member, amount, NOON) for member, amount in owed.items() if member != recipient))


def test_the_smaller_debt_is_gone_and_the_larger_is_less() -> None:
    one, other = PEOPLE[:2]
    rounds = (_round(1, one, {other: 500}), _round(2, other, {one: 200}), _round(3, one, {other: 50}))
    parts = between(rounds, one, other, "CNY", most=10**9)
    assert [(p.collection, p.member, p.amount) for p in parts] == [("c2", one, 200), ("c1", other, 200)]
    assert left_between(rounds, one, other, "CNY") == -350


def test_currencies_are_not_mixed_and_one_way_is_nothing() -> None:
    one, other = PEOPLE[:2]
    rounds = (_round(1, one, {other: 500}), _round(2, other, {one: 200}, "EUR"))
    assert between(rounds, one, other, "CNY", most=10**9) == ()


ROUNDS = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 10**6))), max_size=5
)


@given(drawn=ROUNDS, most=st.integers(1, 10**7))
def test_both_sides_are_the_same_sum_and_nobody_pays_more_than_they_owe(
    drawn: list[tuple[MemberId, dict[MemberId, int]]], most: int
) -> None:
    rounds = tuple(_round(n, recipient, owed) for n, (recipient, owed) in enumerate(drawn, start=1))
    one, other = PEOPLE[:2]
    parts = between(rounds, one, other, "CNY", most=most)
    sums = [sum(p.amount for p in parts if p.member == member) for member in (one, other)]
    assert sums[0] == sums[1] <= most
    owed = {(r.collection.id, d.member): d.remaining for r in rounds for d in r.dues}
    assert all(0 < p.amount <= owed[p.collection, p.member] for p in parts)
    recipients = {r.collection.id: r.collection.recipient for r in rounds}
    assert all({p.member, recipients[p.collection]} == {one, other} for p in parts)
