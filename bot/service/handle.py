"""The only place where a command is applied: load → decide → save, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from bot.domain.command import AnswerProposal, ChatCommand, Command, OnCollection
from bot.domain.decide import decide
from bot.domain.decide.draft import answer
from bot.domain.decision import Context, Decision
from bot.domain.errors import Gone, NotYours, Refusal
from bot.domain.model import NOBODY
from bot.domain.notice import Notice, Who
from bot.domain.policy import Policy
from bot.ports import Clock
from bot.store import Store, Work


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a command."""

    decision: Decision = field(default_factory=Decision)
    refusal: Refusal | None = None
    duplicate: bool = False


class Handler:
    """Applies commands. ``fresh`` makes unguessable ids (80 bits)."""

    def __init__(self, store: Store, clock: Clock, policy: Policy, fresh: Callable[[], str]) -> None:
        self.store, self.clock, self.policy = store, clock, policy
        self.fresh = fresh

    def context(self) -> Context:
        return Context(self.clock.now(), self.policy, (self.fresh(),))

    def submit(self, command: Command, *, source: str = "", event_id: str = "", body: bytes = b"") -> Future[Handled]:
        """Apply in a transaction of its own; at most once for each ``(source, event_id)`` when given."""

        def work(work: Work) -> Handled:
            if source and not work.first_time(source, event_id, body):
                return Handled(duplicate=True)
            return self.apply(work, command)

        return self.store.submit(work)

    def apply(self, work: Work, command: Command) -> Handled:
        """Apply within a running transaction. A refusal of what a person said commits nothing but the words that
        tell it; of any other command it is raised, and the transaction with it is undone."""
        context, put_to_anybody = self.context(), ""
        try:
            if isinstance(command, AnswerProposal):
                put_to_anybody = command.proposal
                command = self._unwrap(work, command, context)
            decision = decide(work.load(command), command, context)
        except Refusal as refusal:
            if not isinstance(command, ChatCommand):
                raise
            if command.reply.chat:
                self.say(work, refused(command, refusal))
            return Handled(refusal=refusal)
        if put_to_anybody:
            work.drop_proposal(put_to_anybody)
        work.save([decision], now=context.now)
        return Handled(decision)

    def say(self, work: Work, *notices: Notice) -> None:
        """Put notices that need no decision into the outbox."""
        work.save([Decision(notices=notices)], now=self.clock.now())

    def _unwrap(self, work: Work, said: AnswerProposal, context: Context) -> Command:
        """The command that was proposed, as far as it was agreed to; answered once, by whom it was put to. One that
        waits for a second person is put to nobody: ``decide`` says whether whoever answered may."""
        proposal = work.proposal(said.proposal)
        if proposal is None or proposal.expires_at < context.now:
            raise Gone()
        if proposal.by == NOBODY and isinstance(proposal.command, OnCollection):
            return replace(proposal.command, reply=said.reply, second=said.by, agreed=said.yes)
        if proposal.by != said.by.member:
            raise NotYours(member=Who(proposal.by))
        work.drop_proposal(proposal.id)
        if not said.yes:
            raise Dropped()
        return replace(proposal.command, reply=said.reply)


class Dropped(Refusal):
    """The answer to a proposal was no: nothing happened."""

    key = "proposal_dropped"


def refused(command: ChatCommand, refusal: Refusal) -> Notice:
    """The words of a refusal, on the way the command came."""
    return answer(command, refusal.key, refusal.params, alert=True)
