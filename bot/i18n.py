"""Languages: which one somebody reads, and how amounts and times are written in it.

Amounts are written from their integers: Babel rounds, and is wrong about some currencies' digits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from bot.domain.money import Money

LOCALES: Final = ("zh_CN", "en")
_SYMBOLS: Final = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "XTR": "⭐"}


def locale_of(*wanted: str) -> str:
    """The first of ``wanted`` that we speak: ``zh-hans`` → ``zh_CN``; otherwise English."""
    for tag in wanted:
        language = tag.replace("-", "_").split("_")[0].lower()
        if language in ("zh", "en"):
            return "zh_CN" if language == "zh" else "en"
    return "en"


def format_money(money: Money, locale: str) -> str:
    """Exact, grouped, with the sign people know (``¥66.67``), else with the code (``1,000 JPY``)."""
    whole, _, cents = money.digits().lstrip("-").partition(".")
    digits = f"{int(whole):,}" + (f".{cents}" if cents else "")
    sign = "-" if money.minor < 0 else ""
    symbol = _SYMBOLS.get(money.currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{digits} {money.currency}"


def format_when(at: datetime, locale: str, zone: str, *, now: datetime) -> str:
    """A moment in the chat's zone: ``Thu 20:00``, with the date when it is not within six days."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    clock = format_time(local, "HH:mm", locale=locale)
    if abs((local.date() - today).days) > 6:
        return f"{format_date(local, 'M月d日' if locale == 'zh_CN' else 'd MMM', locale=locale)} {clock}"
    return f"{format_date(local, 'EEE', locale=locale)} {clock}"


def format_stamp(at: datetime, locale: str, zone: str) -> str:
    """A moment for papers that are kept: ``24 Nov 2026, 10:00``."""
    local = at.astimezone(ZoneInfo(zone))
    day = format_date(local, "y年M月d日" if locale == "zh_CN" else "d MMM y", locale=locale)
    clock = format_time(local, "HH:mm", locale=locale)
    return f"{day} {clock}" if locale == "zh_CN" else f"{day}, {clock}"


def format_span(span: timedelta, locale: str) -> str:
    """A duration in its largest whole unit: ``6 h``, ``3 天``."""
    minutes = int(span.total_seconds() // 60)
    units = (("天", 1440), ("小时", 60), ("分钟", 1)) if locale == "zh_CN" else (("d", 1440), ("h", 60), ("min", 1))
    name, size = next(((n, s) for n, s in units if minutes % s == 0 and minutes >= s), units[-1])
    return f"{minutes // size} {name}"
