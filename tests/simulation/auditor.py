"""The auditor: checks every contact against the rules as they are written, with no code of the contact policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.decision import Contact
from bot.domain.model import CollectionId, Due, Member, MemberId
from bot.domain.policy import Policy, Quiet
from tests.simulation.worlds import Ticked

DAY, WEEK = timedelta(days=1), timedelta(days=7)
REACHING = frozenset({"chat", "private", "sms", "service_notice", "call"})
LATE = timedelta(hours=1)
"""A sweep may come a little after the last instant that was announced."""


class Broken(AssertionError):
    """A rule was broken."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What the chat was told when a collection began: so many messages, until then."""

    most: int
    until: datetime


@dataclass(slots=True)
class Auditor:
    """Looks at every tick. ``figures`` counts slots by outcome and reason."""

    policy: Policy
    zone: ZoneInfo
    gentle: bool
    announced: dict[CollectionId, Announced] = field(default_factory=dict)
    gone: set[MemberId] = field(default_factory=set)
    answered: list[tuple[MemberId, datetime]] = field(default_factory=list)
    sent: list[tuple[MemberId, Contact]] = field(default_factory=list)
    figures: Counter[tuple[str, str]] = field(default_factory=Counter)

    def look(self, ticked: Ticked, members: Mapping[MemberId, Member], now: datetime) -> None:
        reached = Counter(m for x in ticked.decision.contacts for m in x.members if _counts(x))
        for contact in ticked.decision.contacts:
            kind = "slots" if contact.step.startswith("reminder:") else contact.medium
            self.figures[kind, "sent" if contact.outcome == "sent" else contact.reason] += len(contact.members)
            if _counts(contact):
                for member in contact.members:
                    self._reached(ticked, members[member], contact, now)
        for member, times in reached.items():
            self._that(times == 1 or not self.gentle, "two contacts at once", member, now)
        self._nothing_missing(ticked, now)

    def _that(self, holds: bool, broken: str, member: MemberId, now: datetime) -> None:
        if not holds:
            raise Broken(f"{broken}: member {member}, {now.astimezone(self.zone):%a %Y-%m-%d %H:%M %z} {self.zone.key}")

    # -- one contact ----------------------------------------------------------------------------------------

    def _reached(self, ticked: Ticked, member: Member, contact: Contact, now: datetime) -> None:
        m, collection, due = member.id, ticked.collection, ticked.before[member.id]
        self._that(collection.open, "closed", m, now)
        self._that(m not in self.gone, "they left", m, now)
        self._that(due.amount is None or due.paid < due.amount, "they have paid", m, now)
        self._that(due.standing.value == "active", f"they are {due.standing.value}", m, now)
        rests = due.rest_until is not None and now < due.rest_until
        self._that(not rests, "they promised" if due.promised else "they asked for a pause", m, now)
        self._that(not member.muted, "they said stop", m, now)
        self._that(contact.medium not in ("private", "service_notice") or member.reachable, "unreachable", m, now)
        self._that(not self._quiet(contact.medium, now), "quiet hours", m, now)
        before = [x for whose, x in self.sent if whose == m]
        mine = [x for x in before if x.collection == collection.id]
        self._that(all((x.step, self._day(x.at)) != (contact.step, self._day(now)) for x in mine), "twice", m, now)
        if contact.step.startswith("reminder:"):
            self._that(all(x.step != contact.step for x in mine), "a slot twice", m, now)
            heard = [x for x in before if x.medium != "call"]
            self._that(all(now - x.at >= collection.every / 2 for x in heard), "too close to another message", m, now)
        told = self.announced[collection.id]
        self._that(len(mine) < told.most, f"more than the {told.most} that were announced", m, now)
        self._that(contact.step == "promise" or now <= told.until + LATE, "later than was announced", m, now)
        if contact.medium in ("sms", "call"):
            self._phone(member, contact.medium, before, now)
        if self.gentle:
            self._that(all(self._day(x.at) != self._day(now) for x in before), "twice a day", m, now)
            self._that(sum(now - x.at < WEEK for x in before) < 3, "four times a week", m, now)
            rounds = {
                (x.collection, x.at) for _, x in self.sent if x.medium == "chat" and self._day(x.at) == self._day(now)
            }
            if contact.medium == "chat":
                self._that(rounds <= {(collection.id, now)}, "a second round in one day", m, now)
        self.sent.append((m, contact))

    def _phone(self, member: Member, medium: str, before: list[Contact], now: datetime) -> None:
        m = member.id
        self._that(member.consent and bool(member.phone), "no consent", m, now)
        same = DAY if medium == "sms" else 3 * DAY
        self._that(all(now - x.at >= same for x in before if x.medium == medium), f"a second {medium}", m, now)
        self._that(sum(now - x.at < WEEK for x in before if x.medium in ("sms", "call")) < 3, "the phone again", m, now)
        spoke = any(whose == m and now - at < WEEK for whose, at in self.answered)
        self._that(medium == "sms" or not spoke, "a call after an answer", m, now)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _quiet(self, medium: str, now: datetime) -> bool:
        wall = now.astimezone(self.zone).time()
        hours = [self.policy.quiet_chat]
        if medium in ("sms", "call"):
            hours = [Quiet(time(21), time(8)), self.policy.quiet_personal]
        if self.gentle:
            hours.append(Quiet(time(20, 30), time(9)))
        return any(_in(quiet, wall) for quiet in hours if quiet is not None)

    # -- what must not be forgotten -------------------------------------------------------------------------

    def _nothing_missing(self, ticked: Ticked, now: datetime) -> None:
        """Every slot that went by is in the records, once, sent or with a reason; and every clock has moved on."""
        told = Counter((m, x.step) for x in ticked.decision.contacts for m in x.members)
        silenced = bool(ticked.decision.silenced)
        for member, due in ticked.after.items():
            before = ticked.before[member]
            for slot in range(before.slot + 1, due.slot + 1):
                self._that(told[member, f"reminder:{slot}"] == 1, f"slot {slot} without a record", member, now)
            if not silenced and before.next_at is not None and before.next_at <= now:
                self._that(due.next_at is None or due.next_at > now, "a clock stands still", member, now)
                ended = due.slot >= ticked.collection.most_reminders
                self._that(due.next_at is not None or ended, "a clock that died", member, now)


def _counts(contact: Contact) -> bool:
    return contact.outcome == "sent" and contact.medium in REACHING


def _in(quiet: Quiet, wall: time) -> bool:
    if quiet.start <= quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


def owes(due: Due) -> bool:
    return due.standing.value == "active" and (due.amount is None or due.paid < due.amount)
