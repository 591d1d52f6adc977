"""Splits: a total becomes shares that sum to it exactly.

Largest remainder (Hamilton) on integers. A weight of 0 owes 0. Who carries the spare minor units among
equal remainders rotates with ``turn``, so that the same member does not pay the odd cent every week.
"""

from __future__ import annotations

from collections.abc import Sequence


def by_weight(total: int, weights: Sequence[int], *, turn: int = 0) -> tuple[int, ...]:
    """Share ``total`` minor units by non-negative integer ``weights``, in their order.

    ``turn`` moves the first claim on a spare unit along the members with equal remainders.
    ``ValueError`` when total or a weight is negative, or when no weight is positive.
    """
    mass = sum(weights)
    if total < 0 or mass <= 0 or min(weights) < 0:
        raise ValueError("a split needs a total of 0 or more and at least one positive weight")
    shares = [total * weight // mass for weight in weights]
    spare = total - sum(shares)
    if spare:
        count = len(weights)
        order = sorted(range(count), key=lambda i: (-(total * weights[i] % mass), (i - turn) % count))
        for i in order[:spare]:
            shares[i] += 1
    return tuple(shares)


def equal(total: int, heads: int, *, turn: int = 0) -> tuple[int, ...]:
    """Share ``total`` minor units among ``heads`` people; shares differ by one unit at most."""
    if total < 0 or heads <= 0:
        raise ValueError("a split needs a total of 0 or more and at least one person")
    share, spare = divmod(total, heads)
    first = turn % heads
    return tuple(share + ((i - first) % heads < spare) for i in range(heads))
