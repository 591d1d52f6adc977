"""What each would pay if so many took part: the price curve of an all-or-nothing."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.model import Collection, Mode

STEP = 3


@dataclass(frozen=True, slots=True)
class Point:
    heads: int
    more: int
    """Heads beyond the first point's."""
    minor: int
    """The largest share."""


def curve(collection: Collection) -> tuple[Point, ...]:
    """From the heads that are needed (or are in already), with three more, and with all places taken. Only for a total:
    else everybody's price is the same, and one point says it."""
    if collection.amount is None or collection.quorum is None:
        return ()
    first, cap = max(collection.quorum, collection.tally.heads), collection.cap
    if collection.mode is not Mode.EQUAL:
        return (Point(first, 0, collection.amount),)
    heads = [first, first + STEP, *((cap,) if cap else ())]
    distinct = sorted({n for n in heads if cap is None or n <= cap})
    return tuple(Point(n, n - first, -(-collection.amount // n)) for n in distinct)
