"""The contact policy: who may be reached now, by which medium, and why not (spec §6, reference reliability §5).

Every message that asks a member for money passes ``Gate.ask``: group mentions, private reminders, SMS, service notices
and calls, of all collections of one chat. Days are local dates of the chat's zone, so that a change of clocks makes no
day count twice. What may be configured is ``policy``; what no configuration loosens is here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection as Collection_, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from heapq import nsmallest
from typing import Final, Literal

from bot.domain.decision import Contact, Contacted
from bot.domain.model import Collection, Due, DueState, Member, MemberId, Standing
from bot.domain.policy import Policy, Quiet


class Reason(StrEnum):
    """Why a contact was made, left out, folded into another one or put off. Each has a sentence in ``strings.toml``."""

    DUE = "due"
    PROMISE = "promise"
    """They said that they would pay by now."""
    MISSED = "missed"
    """The bot was away when it fell due; a later step stands for it."""
    MERGED = "merged"
    """Another message came shortly before it, and stands for it."""
    TWICE = "twice"
    """The same step has come today already."""
    EXPIRED = "expired"
    """The time that was announced for messages is over."""
    PAID = "paid"
    WAIVED = "waived"
    CLAIMED = "claimed"
    """They say that they have paid; the organiser has not answered."""
    DISPUTED = "disputed"
    PROMISED = "promised"
    SNOOZED = "snoozed"
    MUTED = "muted"
    LEFT = "left"
    CLOSED = "closed"
    QUIET_HOURS = "quiet_hours"
    NO_CONSENT = "no_consent"
    UNREACHABLE = "unreachable"
    BUDGET = "budget"
    """Enough for today, for this week, or by this medium."""
    CONTRACT = "contract"
    """As many as were announced when the collection began have come."""
    TURN = "turn"
    """A message mentions only so many; it is the others' turn."""


Medium = Literal["chat", "private", "sms", "service_notice", "call"]
MEDIA: Final = frozenset({"chat", "private", "sms", "service_notice", "call"})
PHONE: Final = frozenset({"sms", "call"})
REMINDER: Final = "reminder:"
"""How the step of a reminder begins; its slot follows. Steps of the ladder are called as their medium."""
NIGHT: Final = Quiet(time(21), time(8))
"""Never an SMS or a call: Reg F 1006.6(b) and GB/T 45251-2025, the stricter of both ends."""
PROMISE: Final = "promise"
"""The step that somebody asked for themselves, whenever they promised it for."""
_LATE = timedelta(hours=1)
"""After the last instant that was announced: a sweep's delay, not a member's."""
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_LONGEST_DAY = timedelta(hours=25)
"""When clocks are set back."""
_OF_A_TICK: Final = 3
"""Besides the rungs of the ladder: a reminder, what was promised, the question for consent."""
_CALL_EVERY, _CALL_AFTER_ANSWER, _PHONE_A_WEEK = timedelta(days=3), timedelta(days=7), 3


# -- quiet hours ------------------------------------------------------------------------------------------------


def quiet_hours(policy: Policy, medium: str) -> tuple[Quiet, ...]:
    """The hours in which ``medium`` is silent."""
    if medium in PHONE:
        return NIGHT, policy.quiet_personal, *_some(policy.gentle_hours)
    return (*_some(policy.quiet_chat), *_some(policy.gentle_hours))


def _some(quiet: Quiet | None) -> tuple[Quiet, ...]:
    return () if quiet is None else (quiet,)


def is_quiet(hours: Sequence[Quiet], zone: tzinfo, now: datetime) -> bool:
    return any(_within(quiet, zone, now) for quiet in hours)


def _within(quiet: Quiet, zone: tzinfo, now: datetime) -> bool:
    if quiet.start == quiet.end:
        return False
    local = now.astimezone(zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= local < quiet.end
    return local >= quiet.start or local < quiet.end


def quiet_end(hours: Sequence[Quiet], zone: tzinfo, now: datetime) -> datetime:
    """The next instant from ``now`` on at which nothing of ``hours`` holds; two days on when something always does."""
    at = now
    while at - now < 2 * _DAY and (holding := [q for q in hours if _within(q, zone, at)]):
        at = max(_end(quiet, zone, at) for quiet in holding)
    return at


def _end(quiet: Quiet, zone: tzinfo, now: datetime) -> datetime:
    """When ``quiet`` ends next, by the local date; in an hour that comes twice, the one to come."""
    local = now.astimezone(zone)
    day = local.date() if local.time() < quiet.end else local.date() + _DAY
    end = datetime.combine(day, quiet.end, tzinfo=zone)
    first = end.astimezone(now.tzinfo)
    return first if first > now else end.replace(fold=1).astimezone(now.tzinfo)


# -- people -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class People:
    """What is true of those who might be reached: a thousand are sorted as fast as one."""

    reachable: Collection_[MemberId] = frozenset()
    consenting: Collection_[MemberId] = frozenset()
    muted: Collection_[MemberId] = frozenset()
    claimed: Collection_[MemberId] = frozenset()
    disputed: Collection_[MemberId] = frozenset()
    promised: Collection_[MemberId] = frozenset()
    snoozed: Collection_[MemberId] = frozenset()

    @classmethod
    def of(cls, due: Due, member: Member, now: datetime) -> People:
        """One member and what they owe."""
        me, nobody = frozenset({member.id}), frozenset[MemberId]()
        rests = resting(due, now)
        return cls(
            reachable=me if member.reachable else nobody,
            consenting=me if member.consent and member.phone else nobody,
            muted=me if member.muted else nobody,
            claimed=me if due.standing is Standing.CLAIMED else nobody,
            disputed=me if due.standing is Standing.DISPUTED else nobody,
            promised=me if rests and due.promised else nobody,
            snoozed=me if rests and not due.promised else nobody,
        )

    def silent(self) -> Iterator[tuple[Reason, Collection_[MemberId]]]:
        """Who is not to be reached by any medium."""
        yield Reason.CLAIMED, self.claimed
        yield Reason.DISPUTED, self.disputed
        yield Reason.PROMISED, self.promised
        yield Reason.SNOOZED, self.snoozed
        yield Reason.MUTED, self.muted


def resting(due: Due, now: datetime) -> bool:
    return due.rest_until is not None and now < due.rest_until


def silence(due: Due, collection: Collection) -> Reason | None:
    """Why nothing at all is planned for ``due``; None when something may be."""
    if not collection.open:
        return Reason.CLOSED
    return _SILENT.get(due.state)


_SILENT: Final = {
    DueState.PAID: Reason.PAID,
    DueState.REFUNDED: Reason.PAID,
    DueState.WAIVED: Reason.WAIVED,
    DueState.DROPPED: Reason.LEFT,
    DueState.FOR_OTHERS: Reason.LEFT,
    DueState.WAITING: Reason.LEFT,
}


# -- what has to be remembered -----------------------------------------------------------------------------------


def looks_back(policy: Policy, every: timedelta) -> timedelta:
    """How far back the policy looks at single contacts of members, where reminders come ``every`` so often: a local
    day, half an interval, or a week where there is a weekly ceiling. Whom a message in the chat has mentioned, and the
    contract, are looked at for as long as the collection runs."""
    return _WEEK if policy.ceilings.a_week is not None else max(_LONGEST_DAY, every / 2)


def may_reach_the_contract(collection: Collection, policy: Policy, steps: int) -> bool:
    """Whether anybody may have had as many messages as were announced, or has with what one tick adds, where ``steps``
    were made so far: nobody is reached twice by one step at one instant."""
    return steps + len(policy.ladder) + _OF_A_TICK >= collection.most_contacts


# -- the gate ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sorted:
    """Whom a step may reach, and who is left out for which reason."""

    sent: list[MemberId]
    refused: list[tuple[Reason, tuple[MemberId, ...]]] = field(default_factory=list)

    def without(self, reason: Reason, those: Collection_[MemberId]) -> None:
        if those and (hit := tuple([m for m in self.sent if m in those])):
            self.refused.append((reason, hit))
            self.sent = [m for m in self.sent if m not in those]


class Gate:
    """Decides about contacts of one collection, knowing all that were made in its chat. Used inside one call only."""

    def __init__(
        self,
        policy: Policy,
        zone: tzinfo,
        collection: Collection,
        past: Sequence[Contact],
        phoned: Sequence[Contacted] = (),
    ) -> None:
        self._policy, self._zone, self._collection = policy, zone, collection
        self._past = [c for c in past if c.outcome == "sent" and c.medium in MEDIA]
        self._told = [c for c in past if c.medium == "organiser" and c.collection == collection.id]
        self._phoned = list(phoned)

    def until(self, anchor: datetime) -> datetime:
        """When the last message comes that was announced to those whose clock started at ``anchor``."""
        return anchor + self._collection.lasting

    def note(self, contact: Contact) -> None:
        """A contact that was decided on counts from then on."""
        if contact.outcome == "sent" and contact.medium in MEDIA:
            self._past.append(contact)
            if contact.medium in PHONE:
                self._phoned += [Contacted(m, contact.medium, contact.at) for m in contact.members]

    def ask(
        self,
        step: str,
        medium: Medium,
        members: Sequence[MemberId],
        people: People,
        now: datetime,
        until: datetime | None = None,
    ) -> Sorted:
        """Who of ``members`` may be reached by ``medium`` now, for the first reason that speaks against it. ``until``
        is what was announced to them; None where they asked for it themselves."""
        found = Sorted(list(members))
        for reason, those in people.silent():
            found.without(reason, those)
        if until is not None and now - until > _LATE:
            found.without(Reason.EXPIRED, frozenset(found.sent))
        if medium in PHONE:
            found.without(Reason.NO_CONSENT, {m for m in found.sent if m not in people.consenting})
        elif medium != "chat":
            found.without(Reason.UNREACHABLE, {m for m in found.sent if m not in people.reachable})
        if found.sent and is_quiet(quiet_hours(self._policy, medium), self._zone, now):
            found.without(Reason.QUIET_HOURS, frozenset(found.sent))
        if found.sent and self._past:
            found.without(Reason.TWICE, self._today(step, now))
            found.without(Reason.CONTRACT, self._at_the_limit())
            if step.startswith(REMINDER):
                found.without(Reason.MERGED, self._lately(now))
            found.without(Reason.BUDGET, self._spent(medium, found.sent, now))
        if medium in PHONE and found.sent:
            found.without(Reason.BUDGET, {m for m in found.sent if self._phoned_enough(m, medium, now)})
        return found

    def nudge(self, step: str, now: datetime) -> Reason:
        """Whether the organiser may be asked again about what waits for them: once an interval, not in quiet hours."""
        mine = [c for c in self._told if c.step == step and c.outcome == "sent"]
        if is_quiet(quiet_hours(self._policy, "private"), self._zone, now):
            return Reason.QUIET_HOURS
        if any(now - c.at < self._collection.every / 2 for c in mine):
            return Reason.MERGED
        today, a_day = self._date(now), self._policy.ceilings.a_day
        if a_day is not None and sum(self._date(c.at) == today for c in mine) >= a_day:
            return Reason.BUDGET
        return Reason.DUE

    def stale(self, now: datetime) -> set[MemberId]:
        """Whose claim or dispute the organiser heard of half an interval ago or earlier. Money that is held without a
        claim is not among it: what it is cannot be said with one tap."""
        said = {m: c.at for c in self._told if c.step in ("claim", "dispute") for m in c.members}
        return {m for m, at in said.items() if now - at >= self._collection.every / 2}

    def turns(self, members: Sequence[MemberId], most: int) -> list[MemberId]:
        """Whom a group message mentions: those first whom the fewest have mentioned."""
        if len(members) <= most:
            return list(members)
        times: Counter[MemberId] = Counter()
        for contact in self._mine():
            if contact.medium == "chat":
                times.update(contact.members)
        return nsmallest(most, members, key=lambda m: times[m])

    def _mine(self) -> list[Contact]:
        return [c for c in self._past if c.collection == self._collection.id]

    def _date(self, at: datetime) -> object:
        return at.astimezone(self._zone).date()

    def _today(self, step: str, now: datetime) -> set[MemberId]:
        """The key of a contact is collection, member, step and local date: it is used once."""
        today = self._date(now)
        return {m for c in self._mine() if c.step == step and self._date(c.at) == today for m in c.members}

    def _at_the_limit(self) -> set[MemberId]:
        mine, most = self._mine(), self._collection.most_contacts
        if len(mine) < most:
            return set()
        return {m for m, times in _count(mine).items() if times >= most}

    def _lately(self, now: datetime) -> set[MemberId]:
        since = now - self._collection.every / 2
        found: set[MemberId] = set()
        for contact in self._past:
            if contact.at > since and contact.medium != "call":
                found.update(contact.members)
        return found

    def _spent(self, medium: Medium, members: Sequence[MemberId], now: datetime) -> Collection_[MemberId]:
        limits, today = self._policy.ceilings, self._date(now)
        of_today = [c for c in self._past if self._date(c.at) == today] if limits.a_day or limits.roster_a_day else []
        rosters = {(c.collection, c.at) for c in of_today if c.medium == "chat"}
        if medium == "chat" and limits.roster_a_day is not None and len(rosters) >= limits.roster_a_day:
            return frozenset(members)
        spent: set[MemberId] = set()
        if limits.a_day is not None:
            spent |= {m for m, times in _count(of_today).items() if times >= limits.a_day}
        if limits.a_week is not None:
            week = [c for c in self._past if now - c.at < _WEEK]
            spent |= {m for m, times in _count(week).items() if times >= limits.a_week}
        return spent

    def _phoned_enough(self, member: MemberId, medium: Medium, now: datetime) -> bool:
        """The ceilings that cannot be configured away: an SMS once a day, a call once in 3 days and none for 7 days
        after one was answered, both together three times in 7 days; in whatever chat."""
        mine = [c for c in self._phoned if c.member == member]
        calls_and_texts = sum(c.medium in PHONE and now - c.at < _WEEK for c in mine)
        same = any(c.medium == medium and now - c.at < (_CALL_EVERY if medium == "call" else _DAY) for c in mine)
        answered = any(c.medium == "answer" and now - c.at < _CALL_AFTER_ANSWER for c in mine)
        return calls_and_texts >= _PHONE_A_WEEK or same or (medium == "call" and answered)


def _count(contacts: Sequence[Contact]) -> Counter[MemberId]:
    times: Counter[MemberId] = Counter()
    for contact in contacts:
        times.update(contact.members)
    return times
