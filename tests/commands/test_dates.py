"""Deadlines: both languages, zones, clocks that jump, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from bot.commands.dates import NotATime, is_time_word, parse_when

NOW: Final = datetime(2026, 11, 24, 4, tzinfo=UTC)
"""Tuesday noon in Shanghai."""


def when(text: str, zone: str = "Asia/Shanghai", now: datetime = NOW) -> str:
    """In the chat's own time, as people read it."""
    return parse_when(text, now=now, zone=zone).astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", "Tue 2026-11-24 23:59"),
        ("今天", "Tue 2026-11-24 23:59"),
        ("tomorrow", "Wed 2026-11-25 23:59"),
        ("tomorrow 18:00", "Wed 2026-11-25 18:00"),
        ("tomorrow, 6pm", "Wed 2026-11-25 18:00"),
        ("tomorrow 6:30 pm", "Wed 2026-11-25 18:30"),
        ("tomorrow 12am", "Wed 2026-11-25 00:00"),
        ("tomorrow 12pm", "Wed 2026-11-25 12:00"),
        ("明天18:00", "Wed 2026-11-25 18:00"),
        ("明天 18：00", "Wed 2026-11-25 18:00"),
        ("明天下午3点半", "Wed 2026-11-25 15:30"),
        ("明天上午9点", "Wed 2026-11-25 09:00"),
        ("明天中午12点", "Wed 2026-11-25 12:00"),
        ("明天中午1点", "Wed 2026-11-25 13:00"),
        ("后天", "Thu 2026-11-26 23:59"),
        ("18:00", "Tue 2026-11-24 18:00"),
        ("11:00", "Wed 2026-11-25 11:00"),
        ("今晚", "Tue 2026-11-24 23:59"),
        ("今晚8点", "Tue 2026-11-24 20:00"),
        ("明晚8点半", "Wed 2026-11-25 20:30"),
        ("晚上8点", "Tue 2026-11-24 20:00"),
        ("tonight 8:00", "Tue 2026-11-24 20:00"),
        ("tonight 8pm", "Tue 2026-11-24 20:00"),
        ("tonight 20:30", "Tue 2026-11-24 20:30"),
        ("Fri", "Fri 2026-11-27 23:59"),
        ("friday 18:00", "Fri 2026-11-27 18:00"),
        ("Tuesday", "Tue 2026-11-24 23:59"),
        ("Thurs 9am", "Thu 2026-11-26 09:00"),
        ("next tue", "Tue 2026-12-01 23:59"),
        ("next fri 18:00", "Fri 2026-12-04 18:00"),
        ("周五18:00", "Fri 2026-11-27 18:00"),
        ("星期天", "Sun 2026-11-29 23:59"),
        ("下周一", "Mon 2026-11-30 23:59"),
        ("下周五", "Fri 2026-12-04 23:59"),
        ("2026-12-05", "Sat 2026-12-05 23:59"),
        ("2026-12-05 19:30", "Sat 2026-12-05 19:30"),
        ("2026年12月5日", "Sat 2026-12-05 23:59"),
        ("12-05 19:30", "Sat 2026-12-05 19:30"),
        ("12月5号", "Sat 2026-12-05 23:59"),
        ("1/15", "Fri 2027-01-15 23:59"),
    ],
)
def test_times_as_people_type_them(text: str, meant: str) -> None:
    assert when(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "someday",
        "25:00",
        "12:60",
        "13pm",
        "0am",
        "2026-02-30",
        "13-13",
        "2026-12-05 2026-12-06",
        "fri sat",
        "by",
        "9999-12-31",
        "0001-01-01 00:00",
        "0000-01-01",
        "2037-01-01",
        "wedding",
        "monkey",
        "satay",
        "sunglasses",
    ],
)
def test_what_is_no_time_is_asked_about(text: str) -> None:
    with pytest.raises(NotATime, match="WHEN"):
        parse_when(text, now=NOW, zone="Asia/Shanghai")


@pytest.mark.parametrize("text", ["今晚12点", "晚上12点", "tonight 12:00", "今晚1点"])
def test_midnight_by_the_name_of_the_evening_is_asked_about(text: str) -> None:
    with pytest.raises(NotATime, match="WHEN"):
        parse_when(text, now=NOW, zone="Asia/Shanghai")


@pytest.mark.parametrize("text", ["2026-11-23", "2020-01-01 10:00", "today 11:59", "今天 12:00"])
def test_a_time_that_is_over_is_refused_as_over(text: str) -> None:
    with pytest.raises(NotATime, match="PAST"):
        parse_when(text, now=NOW, zone="Asia/Shanghai")


def test_today_is_the_chats_today() -> None:
    assert when("today", zone="America/New_York") == "Mon 2026-11-23 23:59"
    assert when("today", zone="Pacific/Kiritimati") == "Tue 2026-11-24 23:59"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
def test_the_ends_of_the_calendar_are_refused_in_every_zone(zone: str) -> None:
    for text in ("9999-12-31", "0001-01-01 00:00"):
        with pytest.raises(NotATime):
            parse_when(text, now=NOW, zone=zone)


def test_a_time_that_the_clocks_jump_over_is_the_instant_after_the_jump() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert when("tomorrow 2:30", zone="Europe/Berlin", now=before) == "Sun 2026-03-29 03:30"


def test_a_time_that_comes_twice_is_the_first_of_both() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    at = parse_when("tomorrow 2:30", now=before, zone="Europe/Berlin")
    assert at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_29th_of_february_is_one_in_a_leap_year_only() -> None:
    assert when("2-29", now=datetime(2028, 1, 1, tzinfo=UTC)) == "Tue 2028-02-29 23:59"
    with pytest.raises(NotATime):
        parse_when("2-29", now=NOW, zone="UTC")


@pytest.mark.parametrize("word", ["fri", "Friday", "tomorrow", "18:00", "今晚8点", "2026-12-05", "25:00", "明天18:00"])
def test_words_that_are_times(word: str) -> None:
    assert is_time_word(word)


@pytest.mark.parametrize("word", ["Wedding", "Monkeys", "Satay", "Frisbee", "next", "this", "Hotpot", "200", "3号馆"])
def test_words_that_only_look_like_times(word: str) -> None:
    assert not is_time_word(word)


@given(text=st.text(max_size=40), zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]))
def test_any_text_is_a_time_to_come_or_refused(text: str, zone: str) -> None:
    is_time_word(text)
    with suppress(NotATime):
        assert parse_when(text, now=NOW, zone=zone) > NOW
