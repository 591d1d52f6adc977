"""What will be sent if nobody does anything: the same clocks and the same policy, run ahead."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from bot.domain import dunning
from bot.domain.contact import Gate, People, Reason, silence
from bot.domain.decision import Contact, Contacted
from bot.domain.model import Collection, Due, Member, MemberId
from bot.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Planned:
    """One contact to come, or one that will not."""

    at: datetime
    via: str
    """``chat``, ``private``, ``sms``, ``service_notice``, ``call``."""
    reason: Reason
    sent: bool


def foresee(
    due: Due,
    member: Member,
    collection: Collection,
    policy: Policy,
    zone: tzinfo,
    history: Sequence[Contact],
    phoned: Sequence[Contacted],
    now: datetime,
    *,
    ahead: timedelta = timedelta(hours=72),
) -> Iterator[Planned]:
    """Every contact of the due from ``now`` on, in order of time. Who is mentioned in a group message that cannot
    mention all is not foretold."""
    gate, at = Gate(policy, zone, collection, history, phoned), dunning.next_at(due, collection, policy)
    while at is not None and at <= now + ahead:
        at = max(at, now)
        moved = dunning.move(due, member, collection, policy, zone, gate, at)
        for step in moved.steps:
            if step.outcome == "sent" and step.medium in ("chat", "private"):
                gate.note(Contact(collection.id, step.step, step.medium, "sent", step.reason.value, (member.id,), at))
            if step.reason is not Reason.MISSED:
                yield Planned(at, step.medium, step.reason, step.outcome == "sent")
        due, at = moved.due, moved.due.next_at


def following(
    due: Due,
    member: Member,
    collection: Collection,
    policy: Policy,
    zone: tzinfo,
    history: Sequence[Contact],
    phoned: Sequence[Contacted],
    now: datetime,
) -> tuple[Planned | None, Reason | None]:
    """The next contact that will be made; where there is none, why, as far as it can be said."""
    if (silent := silence(due, collection)) is not None:
        return None, silent
    plan = foresee(due, member, collection, policy, zone, history, phoned, now, ahead=timedelta(days=400))
    if (ahead := next((p for p in plan if p.sent), None)) is not None:
        return ahead, None
    return None, next((r for r, those in People.of(due, member, now).silent() if those), None)


def everybody(
    dues: Mapping[MemberId, Due],
    members: Mapping[MemberId, Member],
    collection: Collection,
    policy: Policy,
    zone: tzinfo,
    history: Sequence[Contact],
    phoned: Sequence[Contacted],
    now: datetime,
) -> Counter[Planned]:
    """How many members each planned contact is for."""
    past: defaultdict[MemberId, list[Contact]] = defaultdict(list)
    for contact in history:
        for member in contact.members:
            past[member].append(replace(contact, members=(member,)))
    calls: defaultdict[MemberId, list[Contacted]] = defaultdict(list)
    for call in phoned:
        calls[call.member].append(call)
    found: Counter[Planned] = Counter()
    for m, due in dues.items():
        found.update(foresee(due, members[m], collection, policy, zone, past[m], calls[m], now))
    return found
