"""Times as people type them: ``tomorrow 18:00``, ``fri``, ``明天18:00``, ``12-05 19:30``, ``2026-12-05``."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ZH_WEEKDAYS: Final = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_DAYS: Final = {"today": 0, "tonight": 0, "tomorrow": 1, "今天": 0, "今晚": 0, "明天": 1, "明晚": 1, "后天": 2}
_TIME: Final = re.compile(r"(上午|下午|晚上|早上|中午)?\s*(\d{1,2})(?:[:：](\d{2})|[点點](半)?)")
_TWELVE: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)")
_ISO: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MONTH_DAY: Final = re.compile(r"(\d{1,2})(?:[-/]|月)(\d{1,2})[日号]?")
_WEEKDAY: Final = re.compile(r"(?:(next|this)\s+)?((?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?)")
_ZH_WEEKDAY: Final = re.compile(r"(下)?(?:周|星期|礼拜)([一二三四五六日天])")
END_OF_DAY: Final = time(23, 59)
_LONGEST: Final = 32
_EVENINGS: Final = ("tonight", "今晚", "明晚", "晚上")
_FARTHEST: Final = timedelta(days=3660)


class NotATime(ValueError):
    """``code``: ``WHEN`` when it cannot be read, ``PAST`` when it is over."""

    def __init__(self, code: str = "WHEN") -> None:
        super().__init__(code)
        self.code = code


def parse_when(text: str, *, now: datetime, zone: str) -> datetime:
    """The instant (UTC) that ``text`` means in ``zone``; a day without a time means its end. In the future."""
    local = now.astimezone(ZoneInfo(zone))
    words = text.strip().lower()
    clock, words = _clock(words)
    day = _day(words.strip(" ,，"), local.date())
    if day is None:
        if words.strip() or clock is None:
            raise NotATime
        day = local.date() if clock > local.time() else local.date() + timedelta(days=1)
    try:
        at = datetime.combine(day, clock or END_OF_DAY, tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)
    except OverflowError:  # at the ends of the calendar
        raise NotATime from None
    if at <= now:
        raise NotATime("PAST")
    if at - now > _FARTHEST:
        raise NotATime
    return at


def is_time_word(word: str) -> bool:
    """Whether ``word`` by itself is a day, a time of day, or both in one."""
    lower = word.lower()
    if lower in ("next", "this") or len(word) > _LONGEST:
        return False
    try:
        clock, rest = _clock(lower)
        day = _day(rest.strip(), date(2000, 1, 1))
    except NotATime:
        return True  # meant as one, and wrong: say so
    return day is not None or (clock is not None and not rest.strip())


def _clock(words: str) -> tuple[time | None, str]:
    """The time of day in ``words``, and what is left of them."""
    if match := _TWELVE.search(words):
        hour, minute = int(match[1]), int(match[2] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            raise NotATime
        return time(hour % 12 + (12 if match[3] == "pm" else 0), minute), words.replace(match[0], " ")
    if match := _TIME.search(words):
        hour, minute = int(match[2]), int(match[3]) if match[3] else 30 if match[4] else 0
        evening = any(word in words for word in _EVENINGS)
        if evening and (hour < 5 or hour == 12):
            raise NotATime  # midnight, noon or the small hours: of which day?
        if hour < 12 and (evening or match[1] == "下午" or (match[1] == "中午" and hour < 3)):
            hour += 12
        if hour > 23 or minute > 59:
            raise NotATime
        return time(hour, minute), words.replace(match[0], " ")
    return None, words


def _day(words: str, today: date) -> date | None:
    """The day that ``words`` name; None when they name none. ``NotATime`` for a day that does not exist."""
    if words in _DAYS:
        return today + timedelta(days=_DAYS[words])
    if match := _WEEKDAY.fullmatch(words):
        return _weekday(today, _WEEKDAYS.index(match[2][:3]), weeks=1 if match[1] == "next" else 0)
    if match := _ZH_WEEKDAY.fullmatch(words):
        return _weekday(today, _ZH_WEEKDAYS[match[2]], weeks=1 if match[1] else 0)
    try:
        if match := _ISO.fullmatch(words):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _MONTH_DAY.fullmatch(words):
            this_year = date(today.year, int(match[1]), int(match[2]))
            return this_year if this_year >= today else this_year.replace(year=today.year + 1)
    except ValueError:
        raise NotATime from None
    return None


def _weekday(today: date, weekday: int, *, weeks: int) -> date:
    """The coming day of that name (today counts); with ``weeks`` the one in the week after this one."""
    if weeks:
        return today - timedelta(days=today.weekday()) + timedelta(days=7 * weeks + weekday)
    return today + timedelta(days=(weekday - today.weekday()) % 7)
