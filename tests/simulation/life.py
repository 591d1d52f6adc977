"""One random group: who is in it, what they do, when the bot is away. The same seed gives the same life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.domain import command as c
from bot.domain.errors import Refusal
from bot.domain.model import CollectionId, Intent, IntentId, IntentState, Member, MemberId, Mode
from bot.domain.notice import Reply
from bot.domain.policy import GENTLE, GENTLE_HOURS, Policy, Quiet
from tests.simulation.auditor import Announced, Auditor, owes
from tests.simulation.worlds import World

ZONES: Final = (
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
)
"""Both hemispheres; a change at midnight (Havana, Santiago), one of half an hour (Lord Howe)."""
ORGANISER = MemberId(1)
_QUIET: Final = (None, None, Quiet(time(22), time(8)), Quiet(time(1, 30), time(3, 15)), Quiet(time(0), time(6)))
AFTER: Final = timedelta(days=9)
"""How long a group is looked at."""


def changes(zone: str, year: int = 2026) -> tuple[datetime, datetime]:
    """The two hours of a year in which the clocks of ``zone`` change."""
    tz, at, found = ZoneInfo(zone), datetime(year, 1, 1, tzinfo=UTC), []
    while at.year == year:
        later = at + timedelta(hours=1)
        if at.astimezone(tz).utcoffset() != later.astimezone(tz).utcoffset():
            found.append(later)
        at = later
    first, second = found
    return first, second


CHANGES: Final = {zone: changes(zone) for zone in ZONES}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn before a life begins."""

    zone: str
    policy: Policy
    people: tuple[Member, ...]
    start: datetime
    away: tuple[tuple[datetime, datetime], ...]

    @property
    def gentle(self) -> bool:
        return self.policy.ceilings == GENTLE


def plan(seed: int, *, gentle: bool) -> Plan:
    """Group number ``seed``: all start hours and both changes of all zones come round. Gently or not, the group and
    what it does are the same."""
    draw = Random(seed)
    zone = ZONES[seed % len(ZONES)]
    change = CHANGES[zone][seed // len(ZONES) % 2]
    local = change.astimezone(ZoneInfo(zone)) - timedelta(days=draw.randint(0, 3))
    start = local.replace(hour=seed % 24, minute=draw.randint(0, 59), fold=0).astimezone(UTC)
    quiet = draw.choice(_QUIET)
    policy = Policy(quiet_chat=quiet, mentions_per_message=draw.randint(1, 4))
    if gentle:
        policy = replace(policy, ceilings=GENTLE, gentle_hours=GENTLE_HOURS)
    people = [Member(ORGANISER, "Organiser", reachable=draw.random() < 0.7)]
    for n in range(2, draw.choice([4, 6, 10, 25]) + 1):
        phone = "+8613800138000" if draw.random() < 0.4 else ""
        people.append(
            Member(
                MemberId(n),
                f"Member {n}",
                reachable=draw.random() < 0.5,
                muted=draw.random() < 0.05,
                phone=phone,
                consent=bool(phone),
            )
        )
    away = []
    for _ in range(draw.choice([0, 0, 1, 2])):
        since = start + timedelta(minutes=draw.randint(0, 72 * 60))
        away.append((since, since + timedelta(minutes=draw.choice([3, 40, 200, 400, 900, 3000, 6000]))))
    return Plan(zone, policy, tuple(people), start, tuple(sorted(away)))


@dataclass(frozen=True, slots=True)
class Lived:
    """What became of it."""

    auditor: Auditor
    members: int
    contacts: tuple[int, ...]
    """Of each member who owed, over all media and collections."""


class Life:
    """Plays a plan in a world. ``Broken`` when a contact breaks a rule."""

    def __init__(self, world: World, plan: Plan, seed: int) -> None:
        self.world, self.plan = world, plan
        self._draw = Random(seed + 1)
        self.auditor = Auditor(plan.policy, ZoneInfo(plan.zone), plan.gentle)
        self._references = 0
        self._intents: dict[IntentId, Intent] = {}

    def play(self) -> Lived:
        self._collect()
        at = self.plan.start
        events = sorted(
            at + timedelta(minutes=self._draw.randint(1, 5 * 24 * 60)) for _ in range(3 * len(self.plan.people))
        )
        opening = [at + timedelta(hours=self._draw.randint(1, 40)) for _ in range(self._draw.choice([0, 0, 1, 2]))]
        end = at + AFTER
        while True:
            due = self.world.next_at()
            following = (due, events[0] if events else None, opening[0] if opening else None)
            waiting = [x for x in following if x is not None]
            if not waiting or (now := self._awake(max(min(waiting), self.world.now))) > end:
                break
            self.world.now = now
            if opening and opening[0] <= now:
                opening.pop(0)
                self._collect()
            elif events and events[0] <= now:
                events.pop(0)
                self._something()
            else:
                self.world.now += timedelta(seconds=self._draw.choice([0, 1, 20]))
                self._sweep()
        self._over()
        owing = {m for i in self.world.ids for m in self.world.dues(i) if m != ORGANISER}
        sent = [sum(whose == m for whose, _ in self.auditor.sent) for m in sorted(owing)]
        return Lived(self.auditor, len(owing), tuple(sent))

    def _awake(self, at: datetime) -> datetime:
        """When the bot gets to it: what happens while it is away is heard when it is back."""
        for since, until in self.plan.away:
            if since <= at < until:
                at = until
        return at

    def _sweep(self) -> None:
        members = self.world.members
        for ticked in self.world.sweep():
            self.auditor.look(ticked, members, self.world.now)

    def _over(self) -> None:
        """Nobody who still owes was forgotten: each clock has run to its end."""
        for id_ in self.world.ids:
            header = self.world.header(id_)
            for due in self.world.dues(id_).values():
                if header.open and owes(due) and due.member not in self.auditor.gone:
                    over = header.last_reminder_at < self.world.now
                    assert due.next_at is not None or due.slot >= header.most_reminders, due
                    assert not over or due.slot >= header.most_reminders or due.next_at is not None, due

    # -- what people do -------------------------------------------------------------------------------------

    def _collect(self) -> None:
        said = c.Collect(
            chat=self.world.chat,
            mode=Mode.EACH,
            amount=self._draw.randint(100, 9_000),
            currency="CNY",
            exclude=tuple(self.auditor.gone),
            by=c.Actor(ORGANISER),
            reply=Reply(self.world.chat, message="m"),
        )
        decided = self.world.do(said)
        told = next(n for n in decided.notices if n.key == "collected").params
        assert decided.collection is not None
        most, until = told["messages"], told["until"]
        assert isinstance(most, int)
        assert isinstance(until, datetime)
        self.auditor.announced[decided.collection.id] = Announced(most, until)

    def _something(self) -> None:
        draw, id_ = self._draw, self._draw.choice(list(self.world.ids))
        member = MemberId(draw.randint(2, len(self.plan.people)))
        deeds: Sequence[tuple[int, Callable[[CollectionId, MemberId], None]]] = (
            (4, self._pay),
            (4, self._stall),
            (3, self._claim),
            (3, self._answer),
            (3, self._promise),
            (2, self._snooze),
            (2, self._dispute),
            (1, self._stop),
            (1, self._leave),
            (1, self._spoke),
            (1, self._close),
        )
        if member in self.auditor.gone:
            return
        (deed,) = draw.choices([d for _, d in deeds], [w for w, _ in deeds])
        with suppress(Refusal):
            deed(id_, member)

    def _say(self, kind: type[c.OnCollection], by: MemberId, id_: CollectionId, **more: Any) -> None:
        which, reply = c.Which(self.world.chat, id=id_), Reply(self.world.chat, message="m")
        self.world.do(kind(by=c.Actor(by), reply=reply, which=which, confirmed=True, **more))

    def _pay(self, id_: CollectionId, member: MemberId) -> None:
        part = self._draw.choice([None, None, 50])
        start = c.StartPayment(collection=id_, member=member, channel="sandbox", amount=part)
        intent = self._attempt(start)
        self._references += 1
        charge = c.RecordCharge(
            channel="sandbox",
            reference=f"ch-{self._references}",
            intent=intent.id,
            amount=intent.amount,
            currency="CNY",
            at=self.world.now,
        )
        self.world.do(charge)

    def _stall(self, id_: CollectionId, member: MemberId) -> None:
        if self._draw.random() < 0.5:
            self._say(c.AskToPay, member, id_)
            return
        intent = self._attempt(c.StartPayment(collection=id_, member=member, channel="sandbox"))
        if self._draw.random() < 0.5:
            self.world.do(c.ChannelAnswered(intent=intent.id, state=IntentState.FAILED))

    def _attempt(self, start: c.StartPayment) -> Intent:
        """The attempt that runs: a new one, or the same as before."""
        decided = self.world.do(start)
        self._intents |= {i.id: i for i in decided.intents}
        assert decided.intent is not None
        return self._intents[decided.intent]

    def _claim(self, id_: CollectionId, member: MemberId) -> None:
        self._say(c.Claim, member, id_)

    def _answer(self, id_: CollectionId, _: MemberId) -> None:
        """The organiser deals with something that waits."""
        waiting = [d for d in self.world.dues(id_).values() if d.standing.value in ("claimed", "disputed")]
        if waiting:
            due = self._draw.choice(waiting)
            claimed = due.standing.value == "claimed"
            kinds = (c.Confirm, c.Reject) if claimed else (c.Keep, c.LetGo)
            self._say(self._draw.choice(kinds), ORGANISER, id_, member=due.member)

    def _promise(self, id_: CollectionId, member: MemberId) -> None:
        until = self.world.now + timedelta(minutes=self._draw.randint(10, 80 * 60))
        self._say(c.Rest, member, id_, until=until, promised=True)

    def _snooze(self, id_: CollectionId, member: MemberId) -> None:
        until = self.world.now + timedelta(hours=self._draw.choice([24, 72, 168]))
        self._say(c.Rest, member, id_, until=until, promised=False, asked=self._draw.random() < 0.5)

    def _dispute(self, id_: CollectionId, member: MemberId) -> None:
        self._say(c.Dispute, member, id_)

    def _stop(self, _: CollectionId, member: MemberId) -> None:
        on = self._draw.random() < 0.3
        self.world.do(c.SetReminders(by=c.Actor(member), reply=Reply(self.world.chat), on=on))

    def _leave(self, _: CollectionId, member: MemberId) -> None:
        for id_ in self.world.ids:
            if self.world.header(id_).open:
                self.world.do(c.MemberLeft(collection=id_, member=member))
        self.auditor.gone.add(member)

    def _spoke(self, id_: CollectionId, member: MemberId) -> None:
        self._say(c.Reached, ORGANISER, id_, member=member)
        self.auditor.answered.append((member, self.world.now))

    def _close(self, id_: CollectionId, _: MemberId) -> None:
        if self._draw.random() < 0.3:
            self._say(c.Close, ORGANISER, id_)
