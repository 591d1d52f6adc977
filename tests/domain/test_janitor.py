"""Attempts that nobody knows the end of, on a virtual clock: nothing is decided without the channel's word, and within
six days each has ended or been told to a person. Here 2,000 lives, in ``make bench`` 10,000."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from bot.domain import command as c, intent as attempts
from bot.domain.decision import Decision, Request
from bot.domain.model import IntentState
from bot.domain.policy import Policy
from tests.domain.group import ANN, Group

S = IntentState
CHANNELS = ("alipay", "wechatpay", "stripe")
DAYS = timedelta(days=6)


class Life:
    """One member who tries to pay, and channels that answer late, wrongly or never. One seed is one life."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.group = Group(policy=Policy(channels=CHANNELS))
        self.group.collect(300)
        self.truth: dict[str, str] = {}
        """Attempt → what it really is at its channel: open, paid or closed."""
        self.said: dict[str, set[IntentState]] = {}
        """Attempt → what its channel has ever said of it."""
        self.began: dict[str, datetime] = {}
        """Attempt → when its channel first heard of it."""
        self.for_a_person: set[str] = set()
        self.mood = {name: self.chance.choice((0.0, 0.1, 0.5, 0.9, 1.0)) for name in CHANNELS}
        """Channel → the share of its answers that are lost."""

    def live(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            if self.group.dues[ANN].unsettled:
                wanted = self.chance.choice(("", *CHANNELS))
                self.hear(self.group.do(c.StartPayment(collection=self.group.header.id, member=ANN, channel=wanted)))
            self.group.now += timedelta(seconds=self.chance.expovariate(1 / 60))
        while (at := self._next()) is not None:
            self.group.now = max(self.group.now, at)
            late = [i for i, began in self.began.items() if self._open(i) and self.group.now - began > DAYS]
            assert not late, "open for more than six days, and nobody looks"
            for intent in [i for i in self.group.intents.values() if i.next_at is not None and i.next_at <= at]:
                decided = self.group.do(c.AskChannel(intent=intent.id))
                if any(n.key == "intent_unknown" for n in decided.notices):
                    self.for_a_person.add(intent.id)
                self.hear(decided)

    def _next(self) -> datetime | None:
        return min((i.next_at for i in self.group.intents.values() if i.next_at is not None), default=None)

    def _open(self, intent: str) -> bool:
        found = self.group.intents[intent]  # type: ignore[index]
        return not attempts.finished(found.state) and intent not in self.for_a_person

    def hear(self, decided: Decision) -> None:
        """Carry out what is asked, and tell what the channel says, if it says anything."""
        for request in decided.requests:
            assert isinstance(request, Request)
            self.began.setdefault(request.intent, self.group.now)
            truth = self.truth.get(request.intent, "none")
            lost = self.chance.random() < self.mood[request.channel]
            before = lost and self.chance.random() < 0.5
            if not before:
                truth = self._effect(request.operation, request.intent, truth)
            if lost:
                if self.chance.random() < 0.7:
                    self._tell(request, S.UNKNOWN)
                continue
            if truth == "paid":
                self.said.setdefault(request.intent, set()).add(S.PAID)
                self.hear(self.group.arrives(self.group.intents[request.intent], reference=request.intent))
            else:
                self._tell(request, {"open": S.PENDING, "closed": S.CLOSED, "none": S.CLOSED}[truth])

    def _effect(self, operation: str, intent: str, truth: str) -> str:
        if operation == "create" and truth == "none":
            truth = "open"
        if truth == "open" and self.chance.random() < 0.3:
            truth = "paid"  # the payer was quicker
        if operation == "close" and truth == "open":
            truth = "closed"
        if truth != "none":
            self.truth[intent] = truth
        return truth

    def _tell(self, request: Request, state: IntentState) -> None:
        self.said.setdefault(request.intent, set()).add(state)
        until = self.group.intents[request.intent].created_at + timedelta(minutes=15)
        told = c.ChannelAnswered(
            intent=request.intent,
            state=state,
            operation=request.operation,
            expires_at=until if state is S.PENDING else None,
        )
        self.hear(self.group.do(told))

    def check(self) -> None:
        for intent in self.group.intents.values():
            word, state = self.said.get(intent.id, set()), intent.state
            if state in (S.PAID, S.FAILED) or (state is S.CLOSED and intent.cause not in OURS):
                assert state in word, f"{state} without the channel's word"
            if not attempts.finished(state):
                assert intent.id in self.for_a_person, f"{state} on {intent.channel}, and nobody looks"
        paid = [i for i, truth in self.truth.items() if truth == "paid"]
        assert len(paid) <= 1 or any(i in self.for_a_person for i in self.group.intents), "paid twice"


OURS = frozenset({"replaced", "paid_before", "waited", "unclear_before"})
"""Why attempts end that no channel knows of."""


def janitor(seeds: range) -> int:
    """Live them all; how many attempts were told to a person."""
    told = 0
    for seed in seeds:
        life = Life(seed)
        life.live()
        try:
            life.check()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        told += len(life.for_a_person)
    return told


def test_the_janitor_decides_nothing_and_forgets_nothing() -> None:
    assert janitor(range(2_000)) > 100
