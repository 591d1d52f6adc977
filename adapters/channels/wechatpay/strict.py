"""JSON and its fields, read strictly: amounts are integers, every name stands once, nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.domain.money import Money

CURRENCY: Final = "CNY"
"""All that a merchant in mainland China is paid in."""
_LONGEST: Final = 2048


def read(body: bytes) -> dict[str, Any]:
    """``ValueError`` unless it is an object. Fractions stay texts, so that none gets near an amount."""
    try:
        data = json.loads(body, parse_float=str, parse_constant=_refused, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def text(data: Mapping[str, Any], name: str) -> str:
    """A number, code or address. ``ValueError`` unless it is there, not empty, and of printable ASCII."""
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not (value.isascii() and value.isprintable()):
        raise ValueError(f"no {name}")
    return value


def part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within. ``ValueError`` unless it is there."""
    value = data.get(name)
    if not isinstance(value, dict):
        raise ValueError(f"no {name}")
    return value


def money(data: Mapping[str, Any], name: str) -> Money:
    """``amount.name`` of an order or a refund, in fen. ``ValueError`` for another currency (the field may be left
    out, and means CNY then) and for less than one fen."""
    amount = part(data, "amount")
    minor = amount.get(name)
    if type(minor) is not int or minor < 1:
        raise ValueError(f"no {name}")
    if amount.get("currency", CURRENCY) != CURRENCY:
        raise ValueError("another currency")
    return Money(minor, CURRENCY)


def moment(data: Mapping[str, Any], name: str) -> datetime:
    """A time with its zone (RFC 3339)."""
    at = datetime.fromisoformat(text(data, name))
    if at.tzinfo is None:
        raise ValueError(f"{name} has no zone")
    return at


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
