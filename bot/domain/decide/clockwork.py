"""What the clock does: reminders in slots, rungs of the ladder, and the summary at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain import dunning, press
from bot.domain.command import Tick
from bot.domain.contact import REMINDER, Gate, People, Reason
from bot.domain.decide.doors import doors
from bot.domain.decide.draft import Draft
from bot.domain.decide.waiting import nudge
from bot.domain.decision import Advance, Contact, Context, Decision, State, Waiting
from bot.domain.dunning import Turn
from bot.domain.model import Collection, Due, Member, MemberId, Standing
from bot.domain.notice import Button, Medium, Notice, Value, Who

LARGE_ROUND: Final = 50
"""Private reminders at once; with more the organiser sees how far they are."""
_MEDIA = {"sms": Medium.SMS, "service_notice": Medium.SERVICE_NOTICE, "call": Medium.CALL}


def tick(state: State, _: Tick, ctx: Context) -> Decision:
    """Deal with all dues of one collection that have come due: one group reminder at most, whatever their number."""
    collection = state.collection
    assert collection is not None
    if not collection.open or (state.chat is not None and not state.chat.active):
        return Decision(silenced=(collection.id,))
    run = _Run(state, ctx)
    people = People(
        reachable=state.reachable,
        muted=state.muted,
        claimed=frozenset(m for m, w in state.waiting.items() if w.standing is Standing.CLAIMED),
        disputed=frozenset(m for m, w in state.waiting.items() if w.standing is Standing.DISPUTED),
    )
    for cohort in state.cohorts:
        turn = dunning.turn(cohort.anchor_at, cohort.slot, collection.every, collection.most_reminders, now=ctx.now)
        run.advances.append(Advance(cohort, turn.slot, turn.next_at))
        run.remind(turn, cohort.members, people, run.gate.until(cohort.anchor_at))
    for due in state.dues.values():
        run.move(due, state.members[due.member])
    return run.decision()


class _Run:
    """One tick of one collection."""

    def __init__(self, state: State, ctx: Context) -> None:
        assert state.collection is not None
        assert state.chat is not None
        self.state, self.ctx = state, ctx
        self.collection = state.collection
        self.zone: tzinfo = ZoneInfo(state.chat.timezone)
        self.gate = Gate(ctx.policy, self.zone, state.collection, state.history, state.contacted)
        self.draft = Draft.of(state, ctx)
        self.advances: list[Advance] = []
        self.contacts: list[Contact] = []
        self.slot = 0
        self.in_chat: dict[MemberId, str] = {}
        self.in_private: dict[MemberId, str] = {}
        self.promises: dict[MemberId, datetime] = {}
        self.asked: list[MemberId] = []
        self.last = False

    def remind(self, turn: Turn, members: Sequence[MemberId], people: People, until: datetime) -> None:
        """Note who of a cohort is reminded in this slot, where, and who is not and why."""
        for slot, reason in turn.skipped:
            self._note(f"{REMINDER}{slot}", "chat", dunning.outcome(reason), reason, members)
        self.last = self.last or turn.last
        if not turn.sent:
            return
        self.slot, step = max(self.slot, turn.sent), f"{REMINDER}{turn.sent}"
        away = [m for m in members if m not in people.reachable]
        near = [m for m in members if m in people.reachable] if len(away) < len(members) else []
        for medium, those, into in (("private", near, self.in_private), ("chat", away, self.in_chat)):
            asked = self.gate.ask(step, medium, those, people, self.ctx.now, until)  # type: ignore[arg-type]
            for reason, refused in asked.refused:
                self._note(step, medium, dunning.outcome(reason), reason, refused)
            into |= dict.fromkeys(asked.sent, step)

    def move(self, due: Due, member: Member) -> None:
        """Both clocks of a due that is by itself: an attempt runs, or it rests."""
        ctx = self.ctx
        moved = dunning.move(due, member, self.collection, ctx.policy, self.zone, self.gate, ctx.now)
        self.last = self.last or moved.last
        for step in moved.steps:
            if step.outcome == "sent" and step.medium in ("chat", "private"):
                self.slot = max(self.slot, moved.due.slot)
                (self.in_chat if step.medium == "chat" else self.in_private)[due.member] = step.step
                if step.promise_at is not None:
                    self.promises[due.member] = step.promise_at
                continue
            self._note(step.step, step.medium, step.outcome, step.reason, (due.member,))
            if step.outcome == "sent":
                self.draft.say(self._escalation(step.medium, due))
        reminded = due.member in self.in_chat or due.member in self.in_private
        if not reminded and any(step.reason is Reason.NO_CONSENT for step in moved.steps):
            self._ask_consent(due, member)
        self.draft.put(moved.due, next_at=moved.due.next_at)

    def _ask_consent(self, due: Due, member: Member) -> None:
        """Once in a lifetime, in private, when it first would have mattered: may I send you an SMS, or call?"""
        if member.consent_asked:
            return
        people, now = People.of(due, member, self.ctx.now), self.ctx.now
        until = self.gate.until(due.anchor_at)
        if not self.gate.ask("consent", "private", (member.id,), people, now, until).sent:
            return
        self._note("consent", "private", "sent", Reason.DUE, (member.id,))
        self.gate.note(self.contacts[-1])
        self.asked.append(member.id)
        self.draft.tell(member.id, "consent_asked")

    def _note(self, step: str, medium: str, outcome: str, reason: Reason, members: Iterable[MemberId]) -> None:
        if who := tuple(members):
            contact = Contact(self.collection.id, step, medium, outcome, reason.value, who, self.ctx.now)  # type: ignore[arg-type]
            self.contacts.append(contact)

    def _escalation(self, via: str, due: Due) -> Notice:
        params = self.draft.about(
            who=Who(due.member), money=self.collection.money(due.remaining), stall=due.stall.value if due.stall else ""
        )
        return Notice(
            f"escalation_{via}",
            _MEDIA[via],
            member=due.member,
            collection=self.collection.id,
            params=params,
            open_pay=True,
            once=True,
        )

    def decision(self) -> Decision:
        if self.in_chat or self.in_private:
            self._send()
        waiting = dict(self.state.waiting)
        for due in (d for d in self.state.dues.values() if d.waits):
            waiting[due.member] = Waiting(due.standing, None if due.amount is None else due.remaining)
        told, proposals = nudge(self.draft, waiting, self.gate)
        if self.last and not self.collection.summarised:
            self._summarise()
        drafted = self.draft.decision()
        changed = drafted.collection != self.collection
        return replace(
            drafted,
            collection=drafted.collection if changed else None,
            advances=tuple(self.advances),
            contacts=(*self.contacts, *told),
            proposals=proposals,
            consent_asked=tuple(self.asked),
        )

    def _send(self) -> None:
        policy, per = self.ctx.policy, self.ctx.policy.mentions_per_message
        params = self._facts(self.collection)
        named = self.gate.turns(list(self.in_chat), per * policy.messages_per_slot)
        chosen = frozenset(named)
        self._noted("private", self.in_private)
        self._noted("chat", {m: step for m, step in self.in_chat.items() if m in chosen})
        others = {m: step for m, step in self.in_chat.items() if m not in chosen}
        for step in dict.fromkeys(others.values()):
            self._note(step, "chat", "skipped", Reason.TURN, [m for m, mine in others.items() if mine == step])
        pings: list[Value] = [Who(m, ping=True) for m in named]
        rows = (_buttons(self.collection, "pay", "paid", "why"),)
        if named:
            self._say("reminder", params | {"pings": tuple(pings[:per]), "more": len(others)}, rows)
        for start in range(per, len(pings), per):
            self._say("reminder_more", params | {"pings": tuple(pings[start : start + per])}, rows)
        for member in self.in_private:
            self.draft.say(
                Notice(
                    "reminder_private",
                    Medium.PRIVATE,
                    member=member,
                    collection=self.collection.id,
                    params=params | {"promised": self.promises.get(member), "also": ()},
                    buttons=doors(self.draft),
                    open_pay=True,
                    once=True,
                    spread=len(self.in_private) >= LARGE_ROUND,
                )
            )
        self.draft.card()

    def _noted(self, medium: str, whom: Mapping[MemberId, str]) -> None:
        """Those who are reminded, step by step."""
        for step in dict.fromkeys(whom.values()):
            reason = Reason.DUE if step.startswith(REMINDER) else Reason.PROMISE
            self._note(step, medium, "sent", reason, [m for m, mine in whom.items() if mine == step])

    def _say(self, key: str, params: dict[str, Value], rows: tuple[tuple[Button, ...], ...]) -> None:
        c = self.collection
        self.draft.say(Notice(key, Medium.CHAT, chat=c.chat, collection=c.id, params=params, buttons=rows, once=True))

    def _facts(self, c: Collection) -> dict[str, Value]:
        following = dunning.slot_at(c.opened_at, c.every, self.slot + 1) if self.slot < c.most_reminders else None
        return self.draft.about(
            slot=self.slot,
            reminders=c.most_reminders,
            settled=c.tally.settled,
            heads=c.tally.heads,
            paid=c.money(c.tally.paid),
            next_at=following,
            deadline=c.deadline,
        )

    def _summarise(self) -> None:
        self.draft.change(summarised=True)
        c = self.draft.collection
        self.draft.tell_in_charge(
            "summary",
            (Button("status", press.encode("status", c.id)), Button("close", press.encode("close", c.id))),
            otherwise="say",
            settled=c.tally.settled,
            heads=c.tally.heads,
            claimed=c.tally.claimed,
            paid=c.money(c.tally.paid),
            total=c.money(c.tally.amount),
        )


def _buttons(collection: Collection, *actions: str) -> tuple[Button, ...]:
    return tuple(Button(action, press.encode(action, collection.id)) for action in actions)
