"""How much money somebody in charge has let go of, by the books: asked no more, made a credit, or given back.

Many small steps are a large one: ``[limits] second_person`` is compared with their sum (``decide.agreeing``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from bot.domain.ledger import Entry, Posting

WITHIN = timedelta(hours=24)
"""What the sum looks back on."""
STEPS = frozenset({"waived", "adjusted", "added", "dropped", "split_anew", "refund_promised", "to_credit"})
"""The bookings that may let go of money."""
SECONDED = "seconded"
"""A second person agreed to what was booked in the same instant."""
TAKEN_BACK = "taken_back"
LOOKED_AT = STEPS | {SECONDED, TAKEN_BACK}


@dataclass(frozen=True, slots=True)
class _Step:
    """What one command booked. ``minor`` is what it let go of."""

    by: str
    at: datetime
    kinds: frozenset[str]
    minor: int


def alone(entries: Sequence[Entry], by: str) -> int:
    """Minor units that ``by`` (as the books name them) let go of in ``entries``, without anybody else: what was taken
    back counts no more, nor does what came before a second person last agreed, who has seen the sum."""
    agreed = {entry.at for entry in entries if entry.kind == SECONDED}
    sums, steps = Counter[str](), list[_Step]()
    for entry, step in _in_order(entries):
        if step is not None:
            steps.append(step)
            sums[step.by] = 0 if step.at in agreed else sums[step.by] + step.minor
            continue
        undone = next((s for s in reversed(steps) if entry.reference in s.kinds), None)
        if undone is not None:
            back = _let_go(entry.reference, (Posting(p.account, -p.minor) for p in entry.postings))
            sums[undone.by] = max(0, sums[undone.by] - back)
    return sums[by]


def _in_order(entries: Iterable[Entry]) -> Iterable[tuple[Entry, _Step | None]]:
    """Each command's first entry with what it did, or with nothing where it took something back."""
    for (by, at, back), group in groupby(
        (e for e in entries if e.kind != SECONDED), key=lambda e: (e.by, e.at, e.kind == TAKEN_BACK)
    ):
        booked = tuple(group)
        if back:
            yield from ((entry, None) for entry in booked)
            continue
        kinds = frozenset(e.kind for e in booked)
        minor = _let_go(booked[0].kind, (p for e in booked for p in e.postings))
        yield booked[0], _Step(by, at, kinds, minor)


def _let_go(kind: str, postings: Iterable[Posting]) -> int:
    """Minor units that are asked for no more, and those that became somebody's credit; of a refund what goes back."""
    no_more = returning = 0
    credit = Counter[str]()
    for posting in postings:
        account, _, rest = posting.account.partition(":")
        if account == "owed":
            no_more -= posting.minor
        elif account == "returning":
            returning -= posting.minor
        elif account == "listed":
            credit[rest.rpartition(":")[2]] -= posting.minor
    if kind == "refund_promised":
        return returning
    return max(0, no_more) + sum(minor for minor in credit.values() if minor > 0)
