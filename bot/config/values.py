"""Values as they stand in the file: durations, times of day, zones, currencies, addresses."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from bot.domain.money import Money, exponent

_UNITS: Final = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_SPAN: Final = re.compile(r"(\d{1,6})\s*(ms|s|m|min|h|d)")


def _span(text: object) -> object:
    if not isinstance(text, str):
        raise ValueError('expected a duration such as "6h", "3m" or "2d"')
    match = _SPAN.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise ValueError('expected a duration such as "6h", "3m" or "2d"')
    return timedelta(milliseconds=int(match[1]) * _UNITS[match[2]])


def _clock(text: object) -> object:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text) if isinstance(text, str) else None
    if match is None:
        raise ValueError('expected a time of day such as "21:00"')
    return time(int(match[1]), int(match[2]))


def a_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError('expected a time zone such as "Asia/Shanghai"')
    ZoneInfo(name)
    return name


def a_currency(code: str) -> str:
    try:
        exponent(code)
    except ValueError:
        raise ValueError('expected an ISO 4217 code such as "CNY"') from None
    return code


def _public(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/[^\s]*)?", url):
        raise ValueError('expected an address such as "https://pay.example.org"')
    return url.rstrip("/")


def _sums(text: object) -> object:
    """``"1000 CNY"``, or several with commas between them: one a currency."""
    found: dict[str, Money] = {}
    for part in text.split(",") if isinstance(text, str) else [""]:
        match = re.fullmatch(r"(\d{1,12})(?:\.(\d{1,3}))? ([A-Z]{3})", part.strip())
        if match is None:
            raise ValueError('expected an amount such as "1000 CNY", or several: "1000 CNY, 150 EUR"')
        places = exponent(a_currency(match[3]))
        cents = (match[2] or "").ljust(places, "0")
        if len(cents) > places or match[3] in found:
            raise ValueError(f"expected one amount in whole units of {match[3]}")
        found[match[3]] = Money(int(match[1] + cents), match[3])
    return tuple(found.values())


Sums = Annotated[tuple[Money, ...], BeforeValidator(_sums)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Clock = Annotated[time, BeforeValidator(_clock)]
Address = Annotated[str, AfterValidator(_public)]


class Section(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
