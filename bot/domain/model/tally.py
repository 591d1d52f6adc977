"""Counters of a collection's dues."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Counters of a collection's dues, in heads and minor units."""

    heads: int = 0
    """Dues that count: not dropped."""
    settled: int = 0
    """Paid or waived."""
    claimed: int = 0
    amount: int = 0
    """What the dues sum to, without waived ones."""
    paid: int = 0
    """Allocated to dues."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.heads + other.heads,
            self.settled + other.settled,
            self.claimed + other.claimed,
            self.amount + other.amount,
            self.paid + other.paid,
        )

    def __mul__(self, times: int) -> Tally:
        """Of so many dues that are alike."""
        return Tally(*(times * x for x in (self.heads, self.settled, self.claimed, self.amount, self.paid)))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(
            self.heads - other.heads,
            self.settled - other.settled,
            self.claimed - other.claimed,
            self.amount - other.amount,
            self.paid - other.paid,
        )
