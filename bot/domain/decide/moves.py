"""What becomes of the attempts on one due when one of them begins or ends.

Nobody is charged twice: a new attempt starts only after every earlier one that its channel may know of was closed
**and then** asked about. Until both answers are there the old one is ``closing`` and the new one ``waiting``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.domain import intent as attempts
from bot.domain.decide.draft import Draft
from bot.domain.decision import Decision, Request, State
from bot.domain.model import Intent, IntentState

_S = IntentState


@dataclass(slots=True)
class Moves:
    """What becomes of the attempts on one due, and what is asked of their channels."""

    draft: Draft
    requests: list[Request] = field(default_factory=list)

    def start(self, fresh: Intent, others: Sequence[Intent]) -> None:
        """Start ``fresh`` once none of the ``others`` can be paid any more."""
        barred = False
        for other in others:
            if other.state in (_S.WAITING, _S.HELD):
                self.keep(other, _S.CLOSED, cause="replaced")
            elif other.state is _S.CLOSING:
                barred = True
            elif attempts.reached(other.state):
                self.end(other)
                barred = True
        if barred:
            self.draft.attempt(replace(fresh, state=_S.WAITING, next_at=None))
        else:
            self.create(fresh)

    def end(self, other: Intent) -> None:
        """Have it closed; it is asked about when the channel has said that it is."""
        due = self.draft.ctx.now + attempts.ANSWER_BY
        self.draft.attempt(replace(other, state=_S.CLOSING, asked=0, next_at=due))
        self.ask("close", other)

    def stop(self, other: Intent) -> None:
        """Its amount is wrong from now on: nothing comes after it."""
        if other.state in (_S.WAITING, _S.HELD):
            self.keep(other, _S.CLOSED, cause="replaced")
        elif attempts.reached(other.state) and other.state is not _S.CLOSING:
            self.end(other)

    def create(self, intent: Intent) -> None:
        due = self.draft.ctx.now + attempts.ANSWER_BY
        self.draft.attempt(replace(intent, state=_S.CREATED, next_at=due))
        self.ask("create", intent)

    def keep(self, intent: Intent, to: IntentState, *, cause: str) -> None:
        self.draft.attempt(replace(intent, state=to, next_at=None, cause=cause))

    def ask(self, operation: Literal["create", "query", "close"], intent: Intent) -> None:
        self.requests.append(Request(operation, intent.id, intent.channel))

    def let_on(self, state: State, ended: Intent, *, remaining: int | None = None) -> None:
        """``ended`` cannot be paid any more: who waited for it goes on, unless there are others or nothing is owed."""
        others = [i for i in state.intents if i.id != ended.id]
        if any(attempts.reached(i.state) for i in others):
            return
        owed = self.draft.asked(ended.member) if remaining is None else remaining
        for waiting in others:
            if waiting.state is not _S.WAITING:
                continue
            if not self.draft.collection.open or waiting.amount > owed:
                self.keep(waiting, _S.CLOSED, cause="paid_before")
            elif self.draft.ctx.now - waiting.created_at > attempts.WAITS_FOR:
                self.keep(waiting, _S.CLOSED, cause="waited")
            else:
                self.create(waiting)

    def decision(self) -> Decision:
        return replace(self.draft.decision(), requests=tuple(self.requests))
