"""Six ways to split a total, side by side: pure arithmetic on what this chat has settled before.

Each plan names its formula by what it was computed from (weights), so that anybody can check it. Three figures say how
fair it is, each the Hoover index of the shares against a measure, in thousandths: the part of the total that would have
to change hands to be exactly by that measure (0: it is; https://en.wikipedia.org/wiki/Hoover_index).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain import split
from bot.domain.model import CollectionId, MemberId
from bot.domain.money import exponent

WHOLE = 100
"""Hundredths: one full share."""
MOST_ITEMS = 12
MOST_NAME = 24
"""Characters of an item's name."""


class Plan(StrEnum):
    EQUAL = "equal"
    SHARES = "shares"
    ATTENDANCE = "attendance"
    SPEND = "spend"
    ITEMISED = "itemised"
    ROUNDED = "rounded"


LETTERS = dict(zip("ABCDEF", Plan, strict=True))
"""What a plan is called on buttons and in words."""


@dataclass(frozen=True, slots=True)
class Past:
    """A member in this chat's settled history, in one currency: how often they took part, what they were asked for in
    minor units, and the weight they had last in a split by shares (None: never)."""

    came: int = 0
    spent: int = 0
    weight: int | None = None


NEW = Past()


@dataclass(frozen=True, slots=True)
class Item:
    """Something on the bill, and who had it."""

    name: str
    amount: int
    who: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True)
class Planning:
    """What is being planned: who is in, what they had, and what they would like. ``weights`` were said in the command.

    ``votes`` are one a member; they are shown as counts only, and forgotten when a plan is chosen.
    """

    collection: CollectionId
    heads: tuple[MemberId, ...]
    weights: tuple[tuple[MemberId, int], ...] = ()
    items: tuple[Item, ...] = ()
    voting: bool = False
    votes: tuple[tuple[MemberId, Plan], ...] = ()

    @property
    def itemised(self) -> int:
        return sum(item.amount for item in self.items)

    def counts(self) -> Mapping[Plan, int]:
        counted = dict.fromkeys(Plan, 0)
        for _, plan in self.votes:
            counted[plan] += 1
        return counted

    def voted(self, member: MemberId, plan: Plan) -> Planning:
        return replace(self, votes=(*((m, p) for m, p in self.votes if m != member), (member, plan)))

    def toggled(self, index: int, member: MemberId) -> Planning:
        """``member`` had the item, or did not after all."""
        item = self.items[index]
        who = tuple(m for m in item.who if m != member) if member in item.who else (*item.who, member)
        return replace(self, items=(*self.items[:index], replace(item, who=who), *self.items[index + 1 :]))


@dataclass(frozen=True, slots=True)
class Proposed:
    """One plan worked out. ``shares`` and ``weights`` in the order of the heads; ``why_not`` instead of shares says
    what is missing (``no_history``, ``no_items``, ``too_many_items``, ``organiser_out``, ``too_small``)."""

    plan: Plan
    shares: tuple[int, ...] = ()
    weights: tuple[int, ...] = ()
    rest: int = 0
    """Itemised: what is on no item, split equally. Rounded: what the organiser carries above the others' share."""
    spread: int = 0
    """Against the same for everybody."""
    means: int | None = None
    """Against what each was asked for here before; None without a history."""
    history: int | None = None
    """Against how often each took part here before."""
    why_not: str = ""


def propose(
    total: int,
    currency: str,
    planning: Planning,
    organiser: MemberId,
    past: Mapping[MemberId, Past],
    *,
    turn: int = 0,
) -> tuple[Proposed, ...]:
    """All six plans for ``total`` minor units, in their order."""
    heads = planning.heads
    known = [past.get(m, NEW) for m in heads]
    spent, came = _learned([p.spent for p in known]), [p.came + 1 for p in known]
    said = dict(planning.weights)
    weights = [said.get(m, p.weight if p.weight is not None else WHOLE) for m, p in zip(heads, known, strict=True)]
    found = (
        Proposed(Plan.EQUAL, split.equal(total, len(heads), turn=turn)),
        _weighted(Plan.SHARES, total, weights, turn),
        _weighted(Plan.ATTENDANCE, total, came, turn) if any(p.came for p in known) else _cannot(Plan.ATTENDANCE),
        _weighted(Plan.SPEND, total, spent, turn) if spent else _cannot(Plan.SPEND),
        _itemised(total, planning, turn),
        _rounded(total, currency, heads, organiser),
    )
    measured = (spent or None, came if any(p.came for p in known) else None)
    return tuple(p if p.why_not else _figures(p, *measured) for p in found)


def _cannot(plan: Plan, why: str = "no_history") -> Proposed:
    return Proposed(plan, why_not=why)


def _learned(spent: Sequence[int]) -> list[int]:
    """Past spend as weights; who has none yet counts like the mean of the others. Empty without any."""
    some = [s for s in spent if s]
    return [s or max(1, sum(some) // len(some)) for s in spent] if some else []


def _weighted(plan: Plan, total: int, weights: Sequence[int], turn: int) -> Proposed:
    if not sum(weights):
        return _cannot(plan, "no_weights")
    return Proposed(plan, split.by_weight(total, weights, turn=turn), tuple(weights))


def _itemised(total: int, planning: Planning, turn: int) -> Proposed:
    """Each item is split among those who had it (among all while nobody said so); what is on no item, among all."""
    if not planning.items:
        return _cannot(Plan.ITEMISED, "no_items")
    rest = total - planning.itemised
    if rest < 0:
        return Proposed(Plan.ITEMISED, rest=rest, why_not="too_many_items")
    owed = dict.fromkeys(planning.heads, 0)
    for number, item in enumerate((*planning.items, Item("", rest))):
        who = [m for m in item.who if m in owed] or list(planning.heads)
        for member, share in zip(who, split.equal(item.amount, len(who), turn=turn + number), strict=True):
            owed[member] += share
    return Proposed(Plan.ITEMISED, tuple(owed.values()), rest=rest)


def _rounded(total: int, currency: str, heads: Sequence[MemberId], organiser: MemberId) -> Proposed:
    """Whole units for everybody, the remainder on the organiser."""
    if organiser not in heads:
        return _cannot(Plan.ROUNDED, "organiser_out")
    unit = 10 ** exponent(currency)
    each = total // len(heads) // unit * unit
    if not each:
        return _cannot(Plan.ROUNDED, "too_small")
    last = total - each * (len(heads) - 1)
    return Proposed(Plan.ROUNDED, tuple(last if m == organiser else each for m in heads), rest=last - each)


def _figures(proposed: Proposed, means: Sequence[int] | None, history: Sequence[int] | None) -> Proposed:
    shares = proposed.shares
    return replace(
        proposed,
        spread=hoover(shares, [1] * len(shares)),
        means=None if means is None else hoover(shares, means),
        history=None if history is None else hoover(shares, history),
    )


def hoover(shares: Iterable[int], measure: Iterable[int]) -> int:
    """The Hoover index of ``shares`` against ``measure`` in thousandths, rounded down; both have a positive sum."""
    mine, theirs = list(shares), list(measure)
    sum_mine, sum_theirs = sum(mine), sum(theirs)
    moved = sum(abs(a * sum_theirs - b * sum_mine) for a, b in zip(mine, theirs, strict=True))
    return moved * 1000 // (2 * sum_mine * sum_theirs)
