"""A chat and its members in a store, and commands applied there: load, decide, save."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bot.domain import command as c
from bot.domain.decide import decide
from bot.domain.decision import Context, Decision
from bot.domain.model import Chat, CollectionId, Intent, Mode
from bot.domain.notice import Medium, Notice, Reply
from bot.domain.policy import Policy
from bot.ports import Person, Place
from bot.store import OutboxRow, Store, Work

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GROUP = Place("-100", "Trip")
MEI, ANN, BO = Person("1", "Mei", "mei_b"), Person("2", "Ann", "ann"), Person("3", "Bo")


def chat_of(work: Work, place: Place = GROUP) -> Chat:
    return work.chat_of("room", place, now=NOON, locale="en", timezone="UTC", currency="CNY")


class Town:
    """``now`` stands still until it is moved."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.policy = store, NOON, Policy()
        self._ids = count(1)
        self.chat = store.run(chat_of)
        people = store.run(lambda work: work.see(self.chat.id, (MEI, ANN, BO), "room", NOON))
        self.mei, self.ann, self.bo = (m.id for m in people)

    def context(self) -> Context:
        return Context(self.now, self.policy, (f"id{next(self._ids):014d}",))

    def apply(self, work: Work, command: c.Command) -> Decision:
        context = self.context()
        decided = decide(work.load(command), command, context)
        work.save([decided], now=context.now)
        return decided

    def do(self, command: c.Command) -> Decision:
        """Done; what is read back first is said yes to."""
        decided = self.store.run(lambda work: self.apply(work, command))
        if isinstance(command, c.Change) and decided.proposals:
            return self.do(decided.proposals[0].command)
        return decided

    def collect(self, minor: int | None = 300, mode: Mode = Mode.EQUAL, **options: Any) -> CollectionId:
        said: dict[str, Any] = {"by": c.Actor(self.mei), "reply": Reply(self.chat.id, message="m")}
        collect = c.Collect(chat=self.chat.id, mode=mode, currency="CNY", amount=minor, **said, **options)
        decided = self.do(collect)
        assert decided.collection is not None
        return decided.collection.id

    def on(
        self, kind: type[c.OnCollection], member: int, collection: CollectionId, /, **options: Any
    ) -> c.OnCollection:
        """What ``member`` says about a collection."""
        where = {"which": c.Which(self.chat.id, id=collection), "reply": Reply(self.chat.id, message="m")}
        return kind(**{"by": c.Actor(member), "confirmed": True} | where | options)  # type: ignore[arg-type]

    def start(self, collection: CollectionId, member: int, amount: int | None = None) -> Intent:
        decided = self.do(
            c.StartPayment(collection=collection, member=member, channel="sandbox", amount=amount)  # type: ignore[arg-type]
        )
        return decided.intents[0]

    def charge(self, intent: Intent, reference: str) -> c.RecordCharge:
        return c.RecordCharge(
            channel=intent.channel,
            reference=reference,
            intent=intent.id,
            amount=intent.amount,
            currency=intent.currency,
            at=self.now,
        )

    # -- the outbox -----------------------------------------------------------------------------------------

    def say(self, *notices: Notice) -> None:
        self.store.run(lambda work: work.save([Decision(notices=notices)], now=self.now))

    def tell(self, key: str, **options: Any) -> Notice:
        return Notice(key, Medium.CHAT, chat=self.chat.id, **options)

    def card(self, collection: CollectionId) -> Notice:
        return Notice("card", Medium.CARD, chat=self.chat.id, collection=collection)

    def claim(self, *, most: int = 100, lease: int = 60) -> list[OutboxRow]:
        return self.store.run(lambda work: work.claim(self.now, lease=timedelta(seconds=lease), most=most))

    def claimed(self, **options: int) -> list[str]:
        """The keys of what can be sent now, leased."""
        return [row.notice.key for row in self.claim(**options) if row.notice is not None]
