"""Every contact of the next 72 hours, with the reason it will be sent or skipped, if nobody does anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain import forecast
from bot.domain.policy import Policy
from bot.store import Store, Work


@dataclass(frozen=True, slots=True)
class Foreseen:
    """So many members of one collection, at one instant, by one medium."""

    at: datetime
    chat: str
    number: int
    via: str
    reason: str
    sent: bool
    count: int


def foresee(store: Store, policy: Policy, now: datetime) -> list[Foreseen]:
    """In order of time."""
    return sorted(store.read(lambda work: list(_all(work, policy, now))).result(), key=lambda f: (f.at, f.number))


def _all(work: Work, policy: Policy, now: datetime) -> Iterator[Foreseen]:
    for id_ in work.collections():
        facts = work.card_facts(id_)
        if facts is None or not facts.collection.open:
            continue
        dues = {d.member: d for d in work.dues(id_)}
        members, contacted = work.members(dues), work.contacted(list(dues), now)
        zone = ZoneInfo(facts.chat.timezone)
        planned = forecast.everybody(
            dues, members, facts.collection, policy, zone, work.history(facts.collection), contacted, now
        )
        for step, count in planned.items():
            yield Foreseen(
                step.at, facts.chat.title, facts.collection.number, step.via, step.reason.value, step.sent, count
            )
