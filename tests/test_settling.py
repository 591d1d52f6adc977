"""The days of statements: where they begin, and from when on one can be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given, strategies as st

from bot.ports import Settling

BEIJING = timezone(timedelta(hours=8))
UNIONPAY = Settling(ready=timedelta(hours=13), zone=BEIJING, begins=timedelta(hours=-1))
TUESDAY = date(2026, 11, 24)


def test_a_day_that_is_cut_in_the_evening_begins_the_evening_before() -> None:
    assert UNIONPAY.start(TUESDAY) == datetime(2026, 11, 23, 23, tzinfo=BEIJING)
    assert UNIONPAY.day_of(datetime(2026, 11, 23, 22, 59, tzinfo=BEIJING)) == date(2026, 11, 23)
    assert UNIONPAY.day_of(datetime(2026, 11, 23, 23, tzinfo=BEIJING)) == TUESDAY
    assert UNIONPAY.ready_at(TUESDAY) == datetime(2026, 11, 25, 12, tzinfo=BEIJING)


@given(
    st.integers(1_500_000_000, 2_500_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.integers(0, 40),
    st.integers(-12, 12),
    st.integers(-3, 3),
)
def test_every_instant_is_in_just_one_day_and_the_newest_is_just_ready(
    at: datetime, ready: int, zone: int, begins: int
) -> None:
    settling = Settling(timedelta(hours=ready), timezone(timedelta(hours=zone)), timedelta(hours=begins))
    day = settling.day_of(at)
    assert settling.start(day) <= at < settling.start(day + timedelta(days=1))
    newest = settling.newest(at)
    assert settling.ready_at(newest) <= at < settling.ready_at(newest + timedelta(days=1))
