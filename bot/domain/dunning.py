"""The reminder plan and the escalation ladder, as pure functions of ``now`` (spec §6).

Two clocks per due. The *reminder* clock counts slots on the collection's grid: ``anchor + k·every``, k = 1 … most. The
*escalation* clock runs while an attempt is stalled and climbs the rungs of the ladder. After downtime only the latest
slot and the latest rung count: earlier ones are recorded as missed, so there is never a burst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from bot.domain.contact import (
    PROMISE,
    REMINDER,
    Gate,
    Medium,
    People,
    Reason,
    is_quiet,
    quiet_end,
    quiet_hours,
    resting,
)
from bot.domain.decision import Contact
from bot.domain.model import Collection, Due, Member
from bot.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of a reminder clock: ``slot`` is dealt with after it, ``next_at`` comes next (None: never)."""

    slot: int
    next_at: datetime | None
    skipped: tuple[tuple[int, Reason], ...]
    """Slots that are not sent, and why."""
    sent: int = 0
    """The slot that is to be sent if the contact policy has nothing against it; 0 for none."""
    last: bool = False
    """The plan is over."""


def slot_at(anchor: datetime, every: timedelta, slot: int) -> datetime:
    return anchor + every * slot


def turn(anchor: datetime, slot: int, every: timedelta, most: int, *, now: datetime) -> Turn:
    """Deal with the slots of one reminder clock that have come up by ``now``. One that comes late swallows the next
    when that is less than half an interval away."""
    reached = min(most, max(0, (now - anchor) // every))
    if reached <= slot:
        return Turn(slot, slot_at(anchor, every, slot + 1) if slot < most else None, ())
    skipped = [(k, Reason.MISSED) for k in range(slot + 1, reached)]
    sent, done = 0, reached
    if now >= slot_at(anchor, every, most + 1):
        skipped.append((reached, Reason.EXPIRED))
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


def slot_after(due: Due, collection: Collection, at: datetime) -> datetime | None:
    """When the first slot after ``at`` comes; None when the plan is over by then."""
    slot = max(due.slot, (at - due.anchor_at) // collection.every) + 1
    return slot_at(due.anchor_at, collection.every, slot) if slot <= collection.most_reminders else None


def resume(due: Due, collection: Collection, now: datetime) -> Due:
    """``due`` as it is asked for again after a rest (a claim, a waiver): nothing is caught up on."""
    slot = min(first_slot(due.anchor_at, collection.every, now), collection.most_reminders)
    return awake(replace(due, slot=max(due.slot, slot), stalled_at=None, rung=0))


def rest(due: Due, until: datetime, *, promised: bool) -> Due:
    """``due`` without reminders and follow-ups until then. Its slots go by meanwhile; who promised is reminded once
    when the time has come."""
    return replace(due, rest_until=until, promised=promised, stalled_at=None, rung=0)


def awake(due: Due) -> Due:
    """``due`` after a rest, or when a rest has lost its point."""
    return replace(due, rest_until=None, promised=False)


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


def escalate(due: Due, member: Member, policy: Policy, zone: tzinfo, gate: Gate, now: datetime) -> Escalation:
    """Deal with the rungs of one stalled attempt that have come up by ``now``; only the latest is carried out."""
    reached = due.rung
    while (at := rung_at(due, policy, reached)) is not None and at <= now:
        reached += 1
    if reached == due.rung:
        return Escalation(due.rung, rung_at(due, policy, due.rung))
    climbs = [Climb(policy.ladder[r].via, "skipped", Reason.MISSED) for r in range(due.rung, reached - 1)]
    via = policy.ladder[reached - 1].via
    following = rung_at(due, policy, reached)
    asked = gate.ask(via, via, (member.id,), People.of(due, member, now), now, gate.until(due.anchor_at))
    if asked.sent:
        return Escalation(reached, following, (*climbs, Climb(via, "sent", Reason.DUE)))
    ((reason, _),) = asked.refused
    if reason is Reason.QUIET_HOURS:
        morning = quiet_end(quiet_hours(policy, via), zone, now)
        if following is None or following > morning:
            return Escalation(reached - 1, morning, (*climbs, Climb(via, "deferred", reason)))
    return Escalation(reached, following, (*climbs, Climb(via, "skipped", reason)))


@dataclass(frozen=True, slots=True)
class Step:
    """One contact of one due: what was decided about it."""

    step: str
    medium: Medium
    outcome: Literal["sent", "merged", "skipped", "deferred"]
    reason: Reason
    promise_at: datetime | None = None
    """What they promised, when the reminder is about that."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What becomes of both clocks of one due."""

    due: Due
    steps: tuple[Step, ...]
    last: bool
    """The plan of reminders is over."""


def outcome(reason: Reason) -> Literal["merged", "skipped"]:
    return "merged" if reason is Reason.MERGED else "skipped"


def move(
    due: Due, member: Member, collection: Collection, policy: Policy, zone: tzinfo, gate: Gate, now: datetime
) -> Moved:
    """Deal with both clocks of one due: the ladder first, whose contact stands for a reminder at the same time. Tells
    ``gate`` of the ladder's contacts; of reminders the caller tells it, who may have to choose whom to mention."""
    climbed = escalate(due, member, policy, zone, gate, now)
    steps: list[Step] = []
    for climb in climbed.climbs:
        steps.append(Step(climb.via, climb.via, climb.outcome, climb.reason))
        gate.note(Contact(collection.id, climb.via, climb.via, climb.outcome, climb.reason.value, (member.id,), now))
    taken = turn(due.anchor_at, due.slot, collection.every, collection.most_reminders, now=now)
    kept, at = _promise(due, collection, policy, zone, now)
    medium: Medium = "private" if member.reachable else "chat"
    steps += [Step(f"{REMINDER}{k}", medium, outcome(reason), reason) for k, reason in taken.skipped]
    if kept is Reason.PROMISE:
        steps += _reminder(PROMISE, medium, due, member, gate, now)
        if taken.sent:
            steps.append(Step(f"{REMINDER}{taken.sent}", medium, "merged", Reason.MERGED))
        if taken.slot < min(first_slot(due.anchor_at, collection.every, now), collection.most_reminders):
            taken = replace(taken, slot=taken.slot + 1, last=taken.slot + 1 >= collection.most_reminders)
            steps.append(Step(f"{REMINDER}{taken.slot}", medium, "merged", Reason.MERGED))
    elif taken.sent:
        steps += _reminder(f"{REMINDER}{taken.sent}", medium, due, member, gate, now)
    if kept in (Reason.EXPIRED, Reason.QUIET_HOURS):
        steps.append(Step(PROMISE, medium, "deferred" if at else "skipped", kept))
    moved = replace(due, slot=taken.slot, rung=climbed.rung)
    if not resting(due, now) and at is None:
        moved = awake(moved)
    elif at is not None:
        moved = replace(moved, rest_until=at)
    following = (x for x in (_reminds_at(moved, collection), climbed.next_at) if x is not None)
    return Moved(replace(moved, next_at=min(following, default=None)), tuple(steps), taken.last)


def _promise(
    due: Due, collection: Collection, policy: Policy, zone: tzinfo, now: datetime
) -> tuple[Reason | None, datetime | None]:
    """What becomes of the reminder of a promise, and until when it waits: it comes once, when its time has come or the
    night after it is over, and not at all when an interval has passed."""
    until = due.rest_until
    if until is None or not due.promised or not due.unsettled or resting(due, now):
        return None, None
    if now - until >= collection.every:
        return Reason.EXPIRED, None
    hours = quiet_hours(policy, "private")
    if is_quiet(hours, zone, now):
        return Reason.QUIET_HOURS, quiet_end(hours, zone, now)
    return Reason.PROMISE, None


def _reminder(step: str, medium: Medium, due: Due, member: Member, gate: Gate, now: datetime) -> Iterator[Step]:
    about = due.rest_until if step == PROMISE else None
    until = None if about else gate.until(due.anchor_at)
    asked = gate.ask(step, medium, (member.id,), People.of(due, member, now), now, until)
    if asked.sent:
        yield Step(step, medium, "sent", Reason.PROMISE if about else Reason.DUE, about)
    for reason, _ in asked.refused:
        yield Step(step, medium, outcome(reason), reason)


def next_at(due: Due, collection: Collection, policy: Policy) -> datetime | None:
    """When the sweep must look at ``due`` again; None when it is settled or left, or nothing is planned. A claim or a
    dispute that waits is looked at in every slot: for the organiser, not for the member."""
    climbs = rung_at(due, policy, due.rung) if due.unsettled and collection.open else None
    return min((at for at in (_reminds_at(due, collection), climbs) if at is not None), default=None)


def _reminds_at(due: Due, collection: Collection) -> datetime | None:
    if not (due.unsettled or due.waits) or not collection.open:
        return None
    slots = None
    if due.slot < collection.most_reminders:
        slots = slot_at(due.anchor_at, collection.every, due.slot + 1)
    promise = due.rest_until if due.promised and due.unsettled else None
    return min((at for at in (slots, promise) if at is not None), default=None)
