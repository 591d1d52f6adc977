"""The reminder plan and the escalation ladder, as pure functions of ``now`` (spec §6).

Two clocks per due. The *reminder* clock counts slots on the collection's grid: ``anchor + k·every``, k = 1 … most. The
*escalation* clock runs while an attempt is stalled and climbs the rungs of the ladder. After downtime only the latest
slot and the latest rung count: earlier ones are recorded as missed, so there is never a burst.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Literal

from bot.domain.decision import Contacted
from bot.domain.model import Collection, Due, Member
from bot.domain.policy import Policy, Quiet


class Reason(StrEnum):
    """Why a step was sent, skipped or put off."""

    DUE = "due"
    MISSED = "missed"
    """The bot was away when it fell due; a later step stands for it."""
    MERGED = "merged"
    """A catch-up reminder came shortly before it."""
    EXPIRED = "expired"
    """The bot came back after the reminders' time was over."""
    MUTED = "muted"
    QUIET_HOURS = "quiet_hours"
    NO_CONSENT = "no_consent"
    UNREACHABLE = "unreachable"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of a reminder clock: ``slot`` is dealt with after it, ``next_at`` comes next (None: never)."""

    slot: int
    next_at: datetime | None
    skipped: tuple[tuple[int, Reason], ...]
    """Slots that are not sent, and why."""
    sent: int = 0
    """The slot that is sent; 0 for none."""
    last: bool = False
    """The plan is over."""


def slot_at(anchor: datetime, every: timedelta, slot: int) -> datetime:
    return anchor + every * slot


def turn(anchor: datetime, slot: int, every: timedelta, most: int, *, quiet: bool, now: datetime) -> Turn:
    """Deal with the slots of one reminder clock that have come up by ``now``.

    ``quiet`` says whether ``now`` is in the quiet hours of chat reminders: then nothing is sent for the slot. A
    reminder that comes late swallows the next slot when that is less than half an interval away.
    """
    reached = min(most, max(0, (now - anchor) // every))
    if reached <= slot:
        return Turn(slot, slot_at(anchor, every, slot + 1) if slot < most else None, ())
    skipped = [(k, Reason.MISSED) for k in range(slot + 1, reached)]
    sent, done = 0, reached
    if now >= slot_at(anchor, every, most + 1):
        skipped.append((reached, Reason.EXPIRED))
    elif quiet:
        skipped.append((reached, Reason.QUIET_HOURS))
    else:
        sent = reached
        if reached < most and (slot_at(anchor, every, reached + 1) - now) * 2 < every:
            done = reached + 1
            skipped.append((done, Reason.MERGED))
    next_at = slot_at(anchor, every, done + 1) if done < most else None
    return Turn(done, next_at, tuple(skipped), sent, last=done >= most)


def first_slot(anchor: datetime, every: timedelta, now: datetime) -> int:
    """The slot a newcomer starts from, so that their first reminder is at least half an interval away."""
    passed = max(0, (now - anchor) // every)
    return passed + 1 if (slot_at(anchor, every, passed + 1) - now) * 2 < every else passed


def resume(due: Due, collection: Collection, now: datetime) -> Due:
    """``due`` as it is asked for again after a rest (a claim, a waiver): nothing is caught up on."""
    slot = min(first_slot(due.anchor_at, collection.every, now), collection.most_reminders)
    return replace(due, slot=max(due.slot, slot), stalled_at=None, rung=0)


def rest(due: Due, collection: Collection, until: datetime) -> Due:
    """``due`` without reminders and follow-ups until then. The last reminder of the plan stays: it comes before the
    organiser's summary."""
    passed = min((until - due.anchor_at) // collection.every, collection.most_reminders - 1)
    return replace(due, slot=max(due.slot, passed), stalled_at=None, rung=0)


def in_quiet(quiet: Quiet | None, zone: tzinfo, now: datetime) -> bool:
    if quiet is None or quiet.start == quiet.end:
        return False
    local = now.astimezone(zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= local < quiet.end
    return local >= quiet.start or local < quiet.end


def quiet_end(quiet: Quiet, zone: tzinfo, now: datetime) -> datetime:
    """The next instant at which ``quiet`` ends, by the local date; in an hour that comes twice, the one to come."""
    local = now.astimezone(zone)
    day = local.date() if local.time() < quiet.end else local.date() + timedelta(days=1)
    end = datetime.combine(day, quiet.end, tzinfo=zone)
    first = end.astimezone(now.tzinfo)
    return first if first > now else end.replace(fold=1).astimezone(now.tzinfo)


@dataclass(frozen=True, slots=True)
class Climb:
    """One rung that was dealt with."""

    via: Literal["sms", "service_notice", "call"]
    outcome: Literal["sent", "skipped", "deferred"]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Escalation:
    """What becomes of an escalation clock."""

    rung: int
    next_at: datetime | None
    climbs: tuple[Climb, ...] = ()


def rung_at(due: Due, policy: Policy, rung: int) -> datetime | None:
    """When the rung of a stalled attempt comes; None when no attempt runs or the ladder ends before it."""
    if due.stalled_at is None or rung >= len(policy.ladder):
        return None
    return due.stalled_at + policy.ladder[rung].after


def escalate(
    due: Due, member: Member, policy: Policy, zone: tzinfo, contacted: Sequence[Contacted], now: datetime
) -> Escalation:
    """Deal with the rungs of one stalled attempt that have come up by ``now``; only the latest is carried out."""
    reached = due.rung
    while (at := rung_at(due, policy, reached)) is not None and at <= now:
        reached += 1
    if reached == due.rung:
        return Escalation(due.rung, rung_at(due, policy, due.rung))
    climbs = [Climb(policy.ladder[r].via, "skipped", Reason.MISSED) for r in range(due.rung, reached - 1)]
    via = policy.ladder[reached - 1].via
    following = rung_at(due, policy, reached)
    no = _refusal(via, member, contacted, now)
    if no is None and via != "service_notice" and in_quiet(policy.quiet_personal, zone, now):
        morning = quiet_end(policy.quiet_personal, zone, now)
        if following is None or following > morning:
            return Escalation(reached - 1, morning, (*climbs, Climb(via, "deferred", Reason.QUIET_HOURS)))
        no = Reason.QUIET_HOURS
    climbs.append(Climb(via, "skipped", no) if no else Climb(via, "sent", Reason.DUE))
    return Escalation(reached, following, tuple(climbs))


def _refusal(via: str, member: Member, contacted: Sequence[Contacted], now: datetime) -> Reason | None:
    """Why ``member`` must not be reached ``via`` it now, quiet hours aside. The ceilings cannot be configured away:
    an SMS once a day, a call once in 3 days, both together three times in 7 days."""
    if member.muted:
        return Reason.MUTED
    if via == "service_notice":
        return None if member.reachable else Reason.UNREACHABLE
    if not (member.consent and member.phone):
        return Reason.NO_CONSENT
    mine = [c for c in contacted if c.member == member.id and c.medium in ("sms", "call")]
    week = sum(now - c.at < timedelta(days=7) for c in mine)
    same = any(c.medium == via and now - c.at < timedelta(days=3 if via == "call" else 1) for c in mine)
    return Reason.BUDGET if week >= 3 or same else None


def next_at(due: Due, collection: Collection, policy: Policy) -> datetime | None:
    """When the sweep must look at ``due`` again; None when it is settled, claimed or left, or nothing is planned."""
    if not due.unsettled or not collection.open:
        return None
    slots = None
    if due.slot < collection.most_reminders:
        slots = slot_at(due.anchor_at, collection.every, due.slot + 1)
    return min((at for at in (slots, rung_at(due, policy, due.rung)) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Planned:
    """One contact to come, or one that will not."""

    at: datetime
    via: str
    """``chat``, ``private``, ``sms``, ``service_notice``, ``call``."""
    reason: Reason
    sent: bool


def preview(
    due: Due,
    member: Member,
    collection: Collection,
    policy: Policy,
    zone: tzinfo,
    contacted: Sequence[Contacted],
    now: datetime,
) -> Iterator[Planned]:
    """Every contact of the due's plan from ``now`` on, if nobody does anything, in order of time."""
    until = now + timedelta(hours=72)
    slot, rung, known = due.slot, due.rung, list(contacted)
    if not due.unsettled or not collection.open:
        return
    reminders = slot_at(due.anchor_at, collection.every, slot + 1) if slot < collection.most_reminders else None
    climbs = rung_at(due, policy, rung)
    while (at := min((x for x in (reminders, climbs) if x is not None), default=None)) is not None and at <= until:
        if at == reminders:
            quiet = in_quiet(policy.quiet_chat, zone, at)
            reason = Reason.MUTED if member.muted else Reason.QUIET_HOURS if quiet else Reason.DUE
            yield Planned(at, "private" if member.reachable else "chat", reason, reason is Reason.DUE)
            slot += 1
            reminders = slot_at(due.anchor_at, collection.every, slot + 1) if slot < collection.most_reminders else None
            continue
        step = escalate(_at_rung(due, rung), member, policy, zone, known, at)
        for climb in step.climbs:
            sent = climb.outcome == "sent"
            yield Planned(at, climb.via, climb.reason, sent)
            if sent:
                known.append(Contacted(member.id, climb.via, at))
        rung, climbs = step.rung, step.next_at


def _at_rung(due: Due, rung: int) -> Due:
    return Due(due.member, due.amount, due.anchor_at, stalled_at=due.stalled_at, rung=rung)


def mentioned(waiting: Sequence[int], slot: int, most: int) -> tuple[int, ...]:
    """Whom to mention in this slot: at most ``most`` of ``waiting``, beginning where the slot before ended."""
    if len(waiting) <= most:
        return tuple(waiting)
    start = (slot - 1) * most % len(waiting)
    return tuple(waiting[(start + i) % len(waiting)] for i in range(most))
