"""What the clock does: reminders in slots, rungs of the ladder, and the summary at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.domain import dunning, press
from bot.domain.command import Tick
from bot.domain.decide.draft import Draft
from bot.domain.decision import Advance, Contact, Context, Decision, State
from bot.domain.dunning import Reason, Turn
from bot.domain.model import Collection, Due, Member, MemberId
from bot.domain.notice import Button, Medium, Notice, Value, Who

_MEDIA = {"sms": Medium.SMS, "service_notice": Medium.SERVICE_NOTICE, "call": Medium.CALL}


def tick(state: State, _: Tick, ctx: Context) -> Decision:
    """Deal with all dues of one collection that have come due: one group reminder at most, whatever their number."""
    collection = state.collection
    assert collection is not None
    if not collection.open or (state.chat is not None and not state.chat.active):
        return Decision(silenced=(collection.id,))
    run = _Run(state, ctx)
    for cohort in state.cohorts:
        turn = run.turn(cohort.anchor_at, cohort.slot)
        run.advances.append(Advance(cohort, turn.slot, turn.next_at))
        run.remind(turn, cohort.members, muted=state.muted, reachable=state.reachable)
    for due in state.dues.values():
        run.climb(due, state.members[due.member])
    return run.decision()


class _Run:
    """One tick of one collection."""

    def __init__(self, state: State, ctx: Context) -> None:
        assert state.collection is not None
        assert state.chat is not None
        self.state, self.ctx = state, ctx
        self.collection = state.collection
        self.zone: tzinfo = ZoneInfo(state.chat.timezone)
        self.quiet = dunning.in_quiet(ctx.policy.quiet_chat, self.zone, ctx.now)
        self.draft = Draft.of(state, ctx)
        self.advances: list[Advance] = []
        self.contacts: list[Contact] = []
        self.slot = 0
        self.in_chat: list[MemberId] = []
        self.in_private: list[MemberId] = []
        self.last = False

    def turn(self, anchor: datetime, slot: int) -> Turn:
        c = self.collection
        return dunning.turn(anchor, slot, c.every, c.most_reminders, quiet=self.quiet, now=self.ctx.now)

    def remind(
        self, turn: Turn, members: Sequence[MemberId], *, muted: frozenset[MemberId], reachable: frozenset[MemberId]
    ) -> None:
        """Note who is reminded in this slot, where, and who is not and why."""
        for slot, reason in turn.skipped:
            self._note(f"reminder:{slot}", "chat", "skipped", reason, members)
        self.last = self.last or turn.last
        if not turn.sent:
            return
        self.slot = max(self.slot, turn.sent)
        self._note(f"reminder:{turn.sent}", "chat", "skipped", Reason.MUTED, [m for m in members if m in muted])
        self.in_private += [m for m in members if m in reachable and m not in muted]
        self.in_chat += [m for m in members if m not in reachable and m not in muted]

    def climb(self, due: Due, member: Member) -> None:
        """Both clocks of a due with a stalled attempt."""
        turn = self.turn(due.anchor_at, due.slot)
        if turn.slot > due.slot:
            mine = frozenset({member.id})
            self.remind(
                turn,
                (member.id,),
                muted=mine if member.muted else frozenset(),
                reachable=mine if member.reachable else frozenset(),
            )
        step = dunning.escalate(due, member, self.ctx.policy, self.zone, self.state.contacted, self.ctx.now)
        for climb in step.climbs:
            self._note(climb.via, climb.via, climb.outcome, climb.reason, (member.id,))
            if climb.outcome == "sent":
                self.draft.say(self._escalation(climb.via, due))
        at = min((x for x in (turn.next_at, step.next_at) if x is not None), default=None)
        self.draft.put(replace(due, slot=turn.slot, rung=step.rung), next_at=at)

    def _note(self, step: str, medium: str, outcome: str, reason: Reason, members: Iterable[MemberId]) -> None:
        if who := tuple(members):
            contact = Contact(step, medium, outcome, reason.value, who, self.ctx.now)  # type: ignore[arg-type]
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
        if self.last and not self.collection.summarised:
            self._summarise()
        drafted = self.draft.decision()
        changed = drafted.collection != self.collection
        return replace(
            drafted,
            collection=drafted.collection if changed else None,
            advances=tuple(self.advances),
            contacts=tuple(self.contacts),
        )

    def _send(self) -> None:
        policy, step = self.ctx.policy, f"reminder:{self.slot}"
        self._note(step, "private", "sent", Reason.DUE, self.in_private)
        self._note(step, "chat", "sent", Reason.DUE, self.in_chat)
        params = self._facts(self.collection)
        rows = (_buttons(self.collection),)
        per = policy.mentions_per_message
        named = [MemberId(m) for m in dunning.mentioned(self.in_chat, self.slot, per * policy.messages_per_slot)]
        pings: list[Value] = [Who(m, ping=True) for m in named]
        self._say("reminder", params | {"pings": tuple(pings[:per]), "more": len(self.in_chat) - len(named)}, rows)
        for start in range(per, len(pings), per):
            self._say("reminder_more", params | {"pings": tuple(pings[start : start + per])}, rows)
        for member in self.in_private:
            self.draft.say(
                Notice(
                    "reminder_private",
                    Medium.PRIVATE,
                    member=member,
                    collection=self.collection.id,
                    params=params,
                    buttons=rows,
                    open_pay=True,
                    once=True,
                )
            )
        self.draft.card()

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


def _buttons(collection: Collection) -> tuple[Button, ...]:
    return tuple(Button(action, press.encode(action, collection.id)) for action in ("pay", "paid", "why"))
