"""The only place where a command is applied: load → decide → save, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import structlog

from bot.domain import letting_go
from bot.domain.command import (
    AnswerProposal,
    AskToPay,
    Cancel,
    Change,
    ChannelAnswered,
    ChatCommand,
    Close,
    Command,
    GiveBack,
    LetGo,
    OnCollection,
    OnStatement,
    PayHere,
    RecordCharge,
    StartPayment,
)
from bot.domain.decide import decide
from bot.domain.decide.draft import answer
from bot.domain.decide.healing import STOPS
from bot.domain.decision import Context, Decision, Request, State
from bot.domain.errors import Gone, NotYours, Refusal
from bot.domain.model import NOBODY, IntentState
from bot.domain.notice import Notice, Who
from bot.domain.policy import Policy
from bot.domain.routing import Routes
from bot.ports import Clock
from bot.service.questions import closed
from bot.store import Store, Work

log = structlog.get_logger(__name__)

HOUR: Final = timedelta(hours=1)
"""What the hourly limits look back on."""
_LETTING_GO: Final = (Change, GiveBack, LetGo, Cancel, Close)
"""Commands that may need a second person."""
_ON_CHANNELS: Final = (AskToPay, PayHere, StartPayment, ChannelAnswered)
"""Commands that look at the channels."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a command."""

    decision: Decision = field(default_factory=Decision)
    refusal: Refusal | None = None
    duplicate: bool = False


class Handler:
    """Applies commands. ``fresh`` makes unguessable ids (80 bits)."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        policy: Policy,
        fresh: Callable[[], str],
        routes: Callable[[], Routes] = Routes,
    ) -> None:
        self.store, self.clock, self.policy = store, clock, policy
        self.fresh, self.routes = fresh, routes

    def context(self, command: Command | None = None) -> Context:
        """What is true now. Only decisions about attempts look at the channels."""
        routes = self.routes() if isinstance(command, _ON_CHANNELS) else Routes()
        return Context(self.clock.now(), self.policy, (self.fresh(),), routes)

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
        handled = self._apply(work, command)
        if isinstance(command, AnswerProposal):
            self.say(work, *closed(work, command, handled.decision, handled.refusal, self.clock.now()))
        return handled

    def _apply(self, work: Work, command: Command) -> Handled:
        context, put_to_anybody = self.context(command), ""
        try:
            if isinstance(command, AnswerProposal):
                put_to_anybody = command.proposal
                command = self._unwrap(work, command, context)
            decision = decide(self._load(work, command, context), command, context)
        except Refusal as refusal:
            if not isinstance(command, ChatCommand):
                raise
            if command.reply.chat:
                self.say(work, refused(command, refusal))
            return Handled(refusal=refusal)
        if put_to_anybody:
            work.drop_proposal(put_to_anybody)
        work.save([decision], now=context.now)
        _tell(decision)
        return Handled(decision)

    def _load(self, work: Work, command: Command, context: Context) -> State:
        state, policy = work.load(command), context.policy
        if isinstance(command, RecordCharge) and state.intent is None:
            return replace(state, operators=work.known(policy.admins))
        if isinstance(command, OnStatement):
            return replace(state, operators=work.known(policy.admins))
        if isinstance(command, ChannelAnswered) and command.state in STOPS and state.intent is not None:
            lately = work.lately(state.intent, command.cause, context.now - HOUR)
            ended = work.ended_lately(state.intent.collection, state.intent.member, context.now - HOUR)
            return replace(state, lately=lately, ended=ended)
        here = state.collection
        if here is None:
            return state
        if policy.second_person and isinstance(command, _LETTING_GO):
            since = context.now - letting_go.WITHIN
            return replace(state, recent=work.bookings(here.id, letting_go.LOOKED_AT, since))
        if not isinstance(command, AskToPay | PayHere | StartPayment):
            return state
        member = command.member if isinstance(command, StartPayment) else command.by.member
        since = context.now - HOUR
        state = replace(state, ended=work.ended_lately(here.id, member, since))
        if isinstance(command, AskToPay) or not (policy.hold_member_hour or policy.hold_hour):
            return state
        return replace(state, turnover=work.turnover(member, here.currency, since))

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


def _tell(decision: Decision) -> None:
    """Into the log: which way was taken, and why not another."""
    asked = {(r.intent, r.operation) for r in decision.requests if isinstance(r, Request)}
    for i in decision.intents:
        starts = i.state is IntentState.WAITING or (i.id, "create") in asked
        if starts:
            reasons = dict(i.reasons)
            event = "route.switched" if i.tried else "route.chosen"
            log.info(event, intent=i.id, channel=i.channel, state=i.state.value, reasons=reasons, tried=list(i.tried))
        elif i.state is IntentState.CLOSING:
            log.info("route.closing", intent=i.id, channel=i.channel, cause=i.cause, asked=i.asked)


class Dropped(Refusal):
    """The answer to a proposal was no: nothing happened."""

    key = "proposal_dropped"


def refused(command: ChatCommand, refusal: Refusal) -> Notice:
    """The words of a refusal, on the way the command came."""
    return answer(command, refusal.key, refusal.params, alert=True)
