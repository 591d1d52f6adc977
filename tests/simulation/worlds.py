"""Where a simulated group lives: in memory, or in a real store. Both give commands to the real ``decide``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Protocol

from bot.domain import command as c
from bot.domain.decide import decide
from bot.domain.decision import Context, Decision
from bot.domain.model import Chat, ChatId, Collection, CollectionId, Due, Member, MemberId
from bot.domain.policy import Policy
from bot.ports import Person, Place
from bot.store import Store, Work
from tests.domain.group import CHAT, Group


@dataclass(frozen=True, slots=True)
class Ticked:
    """One tick of one collection: its dues before and after, and what was decided."""

    collection: Collection
    before: Mapping[MemberId, Due]
    after: Mapping[MemberId, Due]
    decision: Decision


class World(Protocol):
    """One chat. ``now`` is moved by whoever lives in it."""

    now: datetime
    chat: ChatId
    policy: Policy

    @property
    def ids(self) -> Sequence[CollectionId]: ...

    @property
    def members(self) -> Mapping[MemberId, Member]: ...

    def do(self, command: c.Command) -> Decision: ...

    def sweep(self) -> list[Ticked]:
        """Everything that has come due."""

    def next_at(self) -> datetime | None: ...

    def header(self, id: CollectionId) -> Collection: ...  # noqa: A002 - the field's word

    def dues(self, id: CollectionId) -> Mapping[MemberId, Due]: ...  # noqa: A002


class Memory:
    """Several groups of the tests that share their people and their past."""

    def __init__(self, people: Sequence[Member], policy: Policy, zone: str, now: datetime) -> None:
        self.now, self.policy, self.chat = now, policy, CHAT
        self._people, self._zone = people, zone
        self._groups: dict[CollectionId, Group] = {}
        self._next = self._group()

    def _group(self) -> Group:
        group = Group(*self._people, policy=self.policy, timezone=self._zone)
        group.share(next(iter(self._groups.values()), None))
        return group

    @property
    def ids(self) -> Sequence[CollectionId]:
        return list(self._groups)

    @property
    def members(self) -> Mapping[MemberId, Member]:
        return self._next.members

    def do(self, command: c.Command) -> Decision:
        if isinstance(command, c.Collect):
            group, self._next = self._next, self._group()
        else:
            group = self._groups[self._meant(command)]
        group.now = self.now
        decided = group.do(command)
        if isinstance(command, c.Collect):
            self._groups[group.header.id] = group
            self._next = self._group()
        return decided

    def _meant(self, command: c.Command) -> CollectionId:
        match command:
            case c.OnCollection():
                assert command.which.id is not None
                return command.which.id
            case c.StartPayment() | c.MemberLeft() | c.Tick():
                return command.collection
            case c.RecordCharge() | c.ChannelAnswered():
                return next(i for i, g in self._groups.items() if command.intent in g.intents)
        return next(iter(self._groups))

    def sweep(self) -> list[Ticked]:
        found = []
        for id_, group in self._groups.items():
            group.now = self.now
            if any(d.next_at is not None and d.next_at <= self.now for d in group.dues.values()):
                before, header = dict(group.dues), group.header
                decided = group.tick()
                found.append(Ticked(header, before, dict(group.dues), decided))
                assert all(d.next_at is None or d.next_at > self.now for d in group.dues.values()), id_
        return found

    def next_at(self) -> datetime | None:
        found = (d.next_at for g in self._groups.values() for d in g.dues.values())
        return min((at for at in found if at is not None), default=None)

    def header(self, id: CollectionId) -> Collection:  # noqa: A002
        return self._groups[id].header

    def dues(self, id: CollectionId) -> Mapping[MemberId, Due]:  # noqa: A002
        return self._groups[id].dues


class Stored:
    """The same in a store, by the product's own loading and saving."""

    def __init__(self, store: Store, people: Sequence[Member], policy: Policy, zone: str, now: datetime) -> None:
        self.now, self.policy, self._store = now, policy, store
        self._fresh = count(1)
        self.chat, self._members = store.run(lambda work: self._settle(work, people, zone))

    def _settle(self, work: Work, people: Sequence[Member], zone: str) -> tuple[ChatId, list[MemberId]]:
        place = Place("-1", "Simulated")
        chat: Chat = work.chat_of("room", place, now=self.now, locale="en", timezone=zone, currency="CNY")
        seen = work.see(chat.id, tuple(Person(str(m.id), m.name) for m in people), "room", self.now)
        assert [m.id for m in seen] == [m.id for m in people], "a store of its own counts from 1"
        work.save([Decision(members=tuple(people))], now=self.now)
        for member in people:
            work.reached(member.id, can=member.reachable)
        return chat.id, [m.id for m in people]

    @property
    def ids(self) -> Sequence[CollectionId]:
        return self._store.run(lambda work: work.collections())

    @property
    def members(self) -> Mapping[MemberId, Member]:
        return self._store.run(lambda work: work.members(self._members))

    def _context(self) -> Context:
        return Context(self.now, self.policy, (f"id{next(self._fresh):014d}",))

    def do(self, command: c.Command) -> Decision:
        def work(work: Work) -> Decision:
            decided = decide(work.load(command), command, self._context())
            work.save([decided], now=self.now)
            return decided

        return self._store.run(work)

    def sweep(self) -> list[Ticked]:
        found: list[Ticked] = []
        while more := self._store.run(self._pass):
            found += more
        return found

    def _pass(self, work: Work) -> list[Ticked]:
        slices = work.ticks(self.now, self.policy, most=1000)
        before = {command.collection: self._dues(work, command.collection) for command, _ in slices}
        decided = [(command, state, decide(state, command, self._context())) for command, state in slices]
        work.save([d for _, _, d in decided], now=self.now)
        found = []
        for command, state, decision in decided:
            assert state.collection is not None
            after = self._dues(work, command.collection)
            found.append(Ticked(state.collection, before[command.collection], after, decision))
        return found

    @staticmethod
    def _dues(work: Work, id: CollectionId) -> Mapping[MemberId, Due]:  # noqa: A002
        return {d.member: d for d in work.dues(id)}

    def next_at(self) -> datetime | None:
        found = (d.next_at for i in self.ids for d in self.dues(i).values())
        return min((at for at in found if at is not None), default=None)

    def header(self, id: CollectionId) -> Collection:  # noqa: A002
        found = self._store.run(lambda work: work.collection(id))
        assert found is not None
        return found

    def dues(self, id: CollectionId) -> Mapping[MemberId, Due]:  # noqa: A002
        return self._store.run(lambda work: self._dues(work, id))
