"""Splits: every unit is somebody's, and nobody's twice."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from bot.domain import split

TOTALS = st.integers(0, 10**15)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)
TURNS = st.integers(0, 10**4)


@given(total=TOTALS, weights=WEIGHTS, turn=TURNS)
def test_weighted_shares_sum_to_the_total(total: int, weights: list[int], turn: int) -> None:
    assert sum(split.by_weight(total, weights, turn=turn)) == total


@given(total=TOTALS, weights=WEIGHTS, turn=TURNS)
def test_every_weighted_share_is_less_than_a_unit_from_exact(total: int, weights: list[int], turn: int) -> None:
    for share, weight in zip(split.by_weight(total, weights, turn=turn), weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1


@given(total=TOTALS, weights=WEIGHTS, turn=TURNS)
def test_a_weight_of_zero_owes_nothing(total: int, weights: list[int], turn: int) -> None:
    shares = split.by_weight(total, weights, turn=turn)
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)


@given(total=TOTALS, heads=st.integers(1, 60), turn=TURNS)
def test_equal_shares_sum_to_the_total_and_differ_by_one_unit_at_most(total: int, heads: int, turn: int) -> None:
    shares = split.equal(total, heads, turn=turn)
    assert (len(shares), sum(shares)) == (heads, total)
    assert max(shares) - min(shares) <= 1


@given(total=TOTALS, heads=st.integers(1, 60), turn=TURNS)
def test_equal_is_by_weight_with_equal_weights(total: int, heads: int, turn: int) -> None:
    assert split.equal(total, heads, turn=turn) == split.by_weight(total, [1] * heads, turn=turn)


@given(total=TOTALS, heads=st.integers(1, 40), first=TURNS)
def test_over_one_round_of_turns_everybody_carries_the_spare_units_equally_often(
    total: int, heads: int, first: int
) -> None:
    rounds = [split.equal(total, heads, turn=first + turn) for turn in range(heads)]
    assert {sum(column) for column in zip(*rounds, strict=True)} == {total}


def test_the_spare_cent_moves_on_with_the_turn() -> None:
    shares = [split.equal(100, 3, turn=turn) for turn in range(4)]
    assert shares == [(34, 33, 33), (33, 34, 33), (33, 33, 34), (34, 33, 33)]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_a_split_among_nobody_or_of_less_than_nothing_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError):
        split.by_weight(total, weights)


@pytest.mark.parametrize(("total", "heads"), [(-1, 2), (1, 0)])
def test_an_equal_split_needs_people_and_a_total(total: int, heads: int) -> None:
    with pytest.raises(ValueError):
        split.equal(total, heads)
