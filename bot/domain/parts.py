"""What is more than one payment may be goes in parts: alike to the cent, and exactly the sum."""

from __future__ import annotations


def following(total: int, most: int | None) -> tuple[int, int]:
    """The next part of ``total`` minor units, and how many parts are left with it. Paid one after the other they are
    ``total``, none above ``most`` and none more than a unit above another."""
    count = 1 if not most else max(1, -(-total // most))
    return -(-total // count), count
