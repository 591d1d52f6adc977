"""Values of the domain ↔ JSON text, exactly: what goes into the outbox comes out equal.

Everything that JSON has no word for is tagged: ``{"$": class, …fields}``, ``{"$e": [enum, value]}``, ``{"$t": […]}`` a
tuple, ``{"$m": {…}}`` a mapping, ``{"$d": microseconds}`` an instant, ``{"$day": "2026-11-24"}`` a day,
``{"$span": microseconds}`` a length of time. Fields at their default are left out.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any

from bot.domain import command, decision, model, money, notice, plans
from bot.domain.ledger import micros
from bot.domain.model import MemberId

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(at: int) -> datetime:
    """The instant of a stored number of microseconds."""
    return EPOCH + timedelta(microseconds=at)


def maybe(at: int | None) -> datetime | None:
    return None if at is None else instant(at)


def stored(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def clean(text: str) -> str:
    """``text`` without what PostgreSQL refuses: NUL and lone surrogates."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


_CLASSES: dict[str, type[Any]] = {
    name: value
    for module in (model, money, notice, command, decision, plans)
    for name, value in vars(module).items()
    if isinstance(value, type) and (dataclasses.is_dataclass(value) or issubclass(value, Enum))
}


@lru_cache(maxsize=256)
def _fields(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Names and defaults of a dataclass's fields (``MISSING`` when there is none)."""
    return tuple(
        (f.name, f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default)
        for f in dataclasses.fields(kind)
    )


def _plain(value: Any) -> Any:
    if value is None or type(value) in (int, bool):
        return value
    if type(value) is str:
        return clean(value)
    if isinstance(value, Enum):
        return {"$e": [type(value).__name__, value.value]}
    if isinstance(value, datetime):
        return {"$d": micros(value)}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$span": value // timedelta(microseconds=1)}
    if isinstance(value, tuple):
        return {"$t": [_plain(v) for v in value]}
    if isinstance(value, Mapping):
        return {"$m": {k: _plain(v) for k, v in value.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        plain: dict[str, Any] = {"$": type(value).__name__}
        for name, default in _fields(type(value)):
            inner = getattr(value, name)
            if inner is not default and inner != default:
                plain[name] = _plain(inner)
        return plain
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    if "$" in plain:
        kind = _CLASSES[plain["$"]]
        return kind(**{k: _value(v) for k, v in plain.items() if k != "$"})
    if "$e" in plain:
        name, value = plain["$e"]
        return _CLASSES[name](value)
    if "$d" in plain:
        return instant(plain["$d"])
    if "$day" in plain:
        return date.fromisoformat(plain["$day"])
    if "$span" in plain:
        return timedelta(microseconds=plain["$span"])
    if "$t" in plain:
        return tuple(_value(v) for v in plain["$t"])
    return {k: _value(v) for k, v in plain["$m"].items()}


def dumps(value: object) -> str:
    """``TypeError`` for a value that is not of the domain."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Any:
    return _value(json.loads(text))


def covered_of(text: str) -> tuple[tuple[MemberId, int], ...]:
    pairs = (pair.split(":") for pair in text.split(",") if pair)
    return tuple((MemberId(int(member)), int(minor)) for member, minor in pairs)


def covered_row(covered: Iterable[tuple[MemberId, int]]) -> str:
    """``,2:6667,3:6667,``: each member between commas, to be found by."""
    pairs = ",".join(f"{member}:{minor}" for member, minor in covered)
    return f",{pairs}," if pairs else ""
