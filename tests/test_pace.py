"""Large rounds of reminders are spread under a platform's limits; answers and money do not wait for them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from bot.service.pace import Pace

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_thousand_private_reminders_go_out_as_fast_as_is_allowed_and_no_faster() -> None:
    pace = Pace(25, 18)
    at = [pace.book(row, "", NOON) for row in range(1000)]
    assert Counter(at) == {NOON + n * SECOND: 25 for n in range(40)}
    assert all(pace.book(row, "", when) == when for row, when in enumerate(at) if when > NOON), (
        "when its time has come it is sent"
    )


def test_what_does_not_wait_counts_and_the_rest_makes_room_for_it() -> None:
    pace = Pace(2, 18)
    pace.count("", NOON)
    pace.count("", NOON)
    assert pace.book(1, "", NOON) == NOON + SECOND


def test_one_group_gets_so_many_a_minute_and_another_does_not_wait_for_it() -> None:
    pace = Pace(0, 3)
    assert [pace.book(row, "a", NOON) for row in range(4)] == [NOON] * 3 + [NOON + 60 * SECOND]
    assert pace.book(9, "b", NOON) == NOON


def test_without_limits_nothing_waits() -> None:
    pace = Pace(0, 0)
    assert {pace.book(row, "a", NOON) for row in range(100)} == {NOON}


@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(["", "a", "b"])), max_size=60))
def test_in_no_second_and_in_no_minute_of_a_group_there_are_too_many(booked: list[tuple[int, str]]) -> None:
    pace, sent = Pace(4, 6), list[tuple[datetime, str]]()
    for row, (ms, group) in enumerate(sorted(booked)):
        sent.append((pace.book(row, group, NOON + timedelta(milliseconds=ms)), group))
    for at, group in sent:
        assert sum(at - SECOND < other <= at for other, _ in sent) <= 4
        assert not group or sum(at - 60 * SECOND < o <= at and g == group for o, g in sent) <= 6
