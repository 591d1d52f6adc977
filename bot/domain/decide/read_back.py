"""What was understood of a request for money, for everybody to check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.domain.command import Collect
from bot.domain.decide.signup import priced
from bot.domain.model import Collection, MemberId, Mode
from bot.domain.notice import Value, Who

HOUR: Final = timedelta(hours=1)
MOST_SUMS: Final = 6
MOST_NAMES: Final = 12


def read_back(
    collection: Collection,
    shares: Sequence[int | None],
    weights: Mapping[MemberId, int],
    said: Collect | None = None,
) -> dict[str, Value]:
    """Heads, the different shares, how many reminders until when; of what was ``said`` also the sums that were worked
    out, the weights and who pays for whom."""
    counted = Counter(s for s in shares if s is not None)
    c = collection
    sums = said.sums[:MOST_SUMS] if said else ()
    partners = said.partners if said else ()
    weighted = [(m, weights[m]) for m in weights] if c.mode is Mode.SHARES else []
    return {
        "heads": len(shares),
        "mode": c.mode.value,
        "shares": tuple({"count": n, "money": c.money(s)} for s, n in sorted(counted.items(), reverse=True)),
        "total": c.money(c.tally.amount),
        "reminders": c.announced_reminders,
        "messages": c.most_contacts,
        "until": c.last_reminder_at,
        "span": c.lasting // HOUR,
        "deadline": c.deadline,
        "sums": tuple({"sum": text, "money": c.money(minor)} for text, minor in sums),
        "weights": tuple({"who": Who(m), "shares": hundredths(w)} for m, w in weighted[:MOST_NAMES]),
        "more": max(0, len(weighted) - MOST_NAMES),
        "partners": tuple({"who": Who(payer), "other": Who(other)} for payer, other in partners[:MOST_NAMES]),
        "minimum": c.money(c.minimum) if c.minimum else None,
        "maximum": c.money(c.maximum) if c.maximum else None,
        "suggested": c.money(c.suggested) if c.suggested else None,
        "goal": c.money(c.goal) if c.goal else None,
        "each": c.money(c.amount) if c.amount and c.mode is Mode.EACH else None,
        "sign_up": c.by_sign_up,
        "gathering": c.gathering,
        "cap": c.cap,
        "quorum": c.quorum,
        "starts_at": c.starts_at,
        "place": c.place,
        "curve": priced(c),
    }


def hundredths(weight: int) -> str:
    """A weight in shares: ``150`` is ``1.5``."""
    return f"{weight // 100}.{weight % 100:02}".rstrip("0").rstrip(".")
