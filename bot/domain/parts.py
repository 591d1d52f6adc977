"""What is more than one payment may be goes in parts: alike to the cent, and exactly the sum."""

from __future__ import annotations

from bot.domain.money import Money
from bot.domain.policy import Policy
from bot.domain.routing import Routes


def at_once(policy: Policy, routes: Routes, currency: str) -> int | None:
    """The most minor units of a single payment: as configured, and what the most capable channel takes."""
    limits = [limit.minor for limit in policy.single_payment if limit.currency == currency]
    ways = [way.maximum for name in policy.channels if not (way := routes.way(name)).manual]
    return min([*limits, *([max(ways)] if ways else [])], default=None)


def following(total: int, most: int | None) -> tuple[int, int]:
    """The next part of ``total`` minor units, and how many parts are left with it. Paid one after the other they are
    ``total``, none above ``most`` and none more than a unit above another."""
    count = 1 if not most else max(1, -(-total // most))
    return -(-total // count), count


def shown(total: Money, most: int | None) -> tuple[Money, int]:
    """``following``, as a page shows it."""
    minor, count = following(total.minor, most)
    return Money(minor, total.currency), count
