"""What each is asked for where a total is split: by weights, around what stands fixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.domain import split
from bot.domain.errors import TooLittle
from bot.domain.model import Collection, Due, Mode, Standing

WHOLE: Final = 100
"""Hundredths: one full share."""
SPLIT: Final = frozenset({Mode.EQUAL, Mode.SHARES})
"""The modes in which a change for one changes what the others pay."""


def fixed(due: Due) -> bool:
    """Whether a new split leaves the amount as it is: the organiser set it, or let it go."""
    return due.pinned or due.standing is Standing.WAIVED


def anew(collection: Collection, dues: Sequence[Due]) -> tuple[int, ...]:
    """What each of ``dues`` (all that count) pays of the collection's total, in their order, in minor units.

    Fixed amounts stand; the rest of the total is split over the others by their weights, exactly. ``TooLittle`` when
    the fixed amounts are more than the total, or when nobody is left to carry the rest.
    """
    assert collection.amount is not None
    stands = sum(due.amount or 0 for due in dues if fixed(due))
    weights = [due.weight for due in dues if not fixed(due)]
    if stands > collection.amount or (not sum(weights) and stands != collection.amount):
        raise TooLittle(minimum=collection.money(stands))
    if not sum(weights):
        return tuple(due.amount or 0 if fixed(due) else 0 for due in dues)
    shares = iter(split.by_weight(collection.amount - stands, weights, turn=collection.number))
    return tuple(due.amount or 0 if fixed(due) else next(shares) for due in dues)
