"""Amounts that tell who paid: a few minor units on top of each due, so that no two transfers of a collection are alike.

For wallets and banks that cannot notify us: a line of the statement then names its payer by its amount. What was added
is the payer's credit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.domain.model import Due, MemberId


def tags(amounts: Sequence[int], taken: Collection[int] = ()) -> tuple[int, ...]:
    """For each amount the fewest minor units (at least 1) that make it unlike all the others, and unlike ``taken``."""
    used, found, start = set(taken), [], dict[int, int]()
    for amount in amounts:
        tag = start.get(amount, 1)
        while amount + tag in used:
            tag += 1
        used.add(amount + tag)
        start[amount] = tag + 1
        found.append(tag)
    return tuple(found)


def exact(due: Due) -> int:
    """What the member is asked to transfer, in minor units; 0 when nothing is left to pay."""
    return due.remaining + due.tag if due.remaining else 0


def match(dues: Iterable[Due], amounts: Iterable[int]) -> Mapping[int, tuple[MemberId, ...]]:
    """Who each amount may be from, by the exact amounts of what is still owed; nobody: an empty tuple."""
    expected: dict[int, list[MemberId]] = {}
    for due in dues:
        if due.tag and due.remaining:
            expected.setdefault(exact(due), []).append(due.member)
    return {amount: tuple(expected.get(amount, ())) for amount in amounts}
