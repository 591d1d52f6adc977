"""Attempts: choosing a way, starting, what channels say of them, switching, and asking until there is an answer.

How one attempt gives way to another is in ``moves``, what is done about one that stops in ``healing``. An attempt whose
creation surely did not happen needs no closing: the next way is taken at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from bot.domain import covers, intent as attempts, press, routing
from bot.domain.command import AskChannel, ChannelAnswered, OpenDue, StartPayment
from bot.domain.decide import healing, holds
from bot.domain.decide.draft import Draft
from bot.domain.decide.guards import declared, payable
from bot.domain.decide.healing import Stopped, platform_of
from bot.domain.decide.moves import Moves
from bot.domain.decision import Context, Decision, Request, State
from bot.domain.errors import Gone, NotOpen, NoWay, TooLittle, TooMuch, WayClosed
from bot.domain.interruption import Act
from bot.domain.model import Due, Intent, IntentId, IntentState, MemberId, Progress
from bot.domain.notice import Button, Medium, Notice, Who
from bot.domain.routing import Option, Wish

_S = IntentState
_RUNS = frozenset({_S.CREATED, _S.PENDING, _S.WAITING, _S.HELD})
"""States in which the same choice again finds the attempt."""


def step(due: Due, progress: Progress, ctx: Context) -> Due:
    """The payer did something: the escalation clock starts anew. A furthest step is not forgotten by looking again."""
    further = progress if due.progress is Progress.INVITED or progress is not Progress.OPENED else due.progress
    return replace(due, progress=further, stalled_at=ctx.now, rung=0)


def from_page(state: State, command: OpenDue | StartPayment, ctx: Context) -> tuple[Draft, Due]:
    if state.collection is None or command.member not in state.dues:
        raise Gone()
    if not state.collection.open:
        raise NotOpen(number=state.collection.number, state=state.collection.state.value)
    return Draft.of(state, ctx), state.dues[command.member]


# -- starting ------------------------------------------------------------------------------------------------


def start_payment(state: State, command: StartPayment, ctx: Context) -> Decision:
    """A way to pay was chosen, or left to us. The same choice again finds the attempt that runs; another one ends it
    first."""
    draft, due = from_page(state, command, ctx)
    most = payable(draft, command.member)
    declared(due)
    wanted, limit = most if command.amount is None else command.amount, ctx.policy.at_once(draft.collection.currency)
    if wanted < 1:
        raise TooLittle(minimum=draft.collection.money(1))
    if command.amount is not None and wanted > (ceiling := min(most, limit or most)):
        raise TooMuch(maximum=draft.collection.money(ceiling))
    others = tuple(each.member for each in covers.covered(due, state.dues))
    wish = Wish(
        wanted,
        draft.collection.currency,
        command.surface,
        platform=platform_of(state),
        in_parts=command.amount is None,
        at_once=limit,
        stopped=ctx.policy.causes.stopped(state.ended),
    )
    options = routing.order(ctx.policy.channels, ctx.routes, wish)
    taken, sizes = _taken(command.channel, options), {o.channel: o.amount for o in options}
    if covers.own(due):
        draft.put(step(due, Progress.STARTED, ctx))
    for same in state.intents:
        wants = command.channel in ("", same.channel, same.wanted)
        postponed = same.state is _S.WAITING and same.next_at is not None
        alike = (same.amount, same.surface, same.covers) == (sizes.get(same.channel), command.surface, others)
        if wants and alike and not postponed and same.state in _RUNS:
            return replace(draft.decision(), intent=same.id)
    fresh = Intent(
        id=IntentId(ctx.fresh[0]),
        collection=draft.collection.id,
        member=command.member,
        channel=taken.channel,
        amount=taken.amount,
        currency=draft.collection.currency,
        created_at=ctx.now,
        covers=others,
        surface=command.surface,
        ip=command.ip,
        wanted=command.channel,
        reasons=routing.reasons(options, taken=taken.channel, wanted=command.channel),
    )
    moves = Moves(draft)
    if why := holds.exceeds(ctx.policy, draft.collection.money(taken.amount), state.turnover):
        holds.hold(moves, fresh, state.intents, why)
    else:
        moves.start(fresh, state.intents)
    return replace(moves.decision(), intent=fresh.id)


def way_here(state: State, amount: int, ctx: Context) -> Option | None:
    """The best way to pay without leaving the chat platform, and what is paid by it next; None when there is none."""
    if state.collection is None:
        return None
    platform, currency = platform_of(state), state.collection.currency
    limit = ctx.policy.at_once(currency)
    wish = Wish(max(1, amount), currency, platform, platform=platform, in_parts=True, at_once=limit)
    wish = replace(wish, stopped=ctx.policy.causes.stopped(state.ended))
    options = routing.order(ctx.policy.channels, ctx.routes, wish)
    return next((o for o in options if o.usable and ctx.routes.way(o.channel).platform), None)


def _taken(wanted: str, options: Sequence[Option]) -> Option:
    """The way that is taken: the one that is wanted, else the first that works."""
    if not wanted:
        first = next((o for o in options if o.usable), None)
        if first is None:
            raise NoWay()
        return first
    found = next((o for o in options if o.channel == wanted), None)
    if found is None:
        raise Gone()
    if not found.usable:
        raise WayClosed(why=found.why.value)
    return found


# -- what channels say ---------------------------------------------------------------------------------------


def channel_answered(state: State, command: ChannelAnswered, ctx: Context) -> Decision:
    """What a channel said of an attempt. An answer that comes too late to matter changes nothing."""
    intent = state.intent
    if intent is None or state.collection is None or not attempts.can(intent, command.state):
        return Decision()
    moves, why = Moves(Draft.of(state, ctx)), healing.scenario_of(intent, command, ctx)
    if intent.state is _S.CLOSING:
        _while_closing(moves, state, intent, command, ctx)
        if why is not None and why.act is Act.HAND_OVER and command.cause != intent.cause:
            Stopped(moves, state, intent, _told(intent, command), why, command.operation).hand_over()
        return moves.decision()
    stuck = command.operation == "create" and command.state in (_S.FAILED, _S.UNKNOWN)
    if stuck and intent.surface == ctx.routes.way(intent.channel).platform:
        _no_invoice(moves.draft, intent)
    told = _told(intent, command)
    if why is None:
        if command.state is _S.PENDING:
            late = intent.state is _S.PENDING and intent.asked
            told = replace(told, next_at=intent.next_at if late else attempts.next_look(told, ctx.now))
        moves.draft.attempt(told)
        return moves.decision()
    if why.code == "expired" and not told.cause:
        told = replace(told, cause=why.code)
    stopped = Stopped(moves, state, intent, told, why, command.operation)
    if (intent.state, command.state, command.operation) == (_S.PENDING, _S.UNKNOWN, "query"):
        return _saw_nothing(stopped)
    going_on = stopped.goes_on()
    if going_on is None:
        _stops(stopped, ctx)
    stopped.tell(going_on)
    return moves.decision()


def _saw_nothing(stopped: Stopped) -> Decision:
    """A look that saw nothing: the attempt is as pending as before. What only a person can mend is told."""
    if stopped.why.act is not Act.HAND_OVER or stopped.intent.cause == stopped.told.cause:
        return Decision()
    stopped.moves.draft.attempt(replace(stopped.intent, cause=stopped.told.cause))
    stopped.hand_over()
    return stopped.moves.decision()


def _stops(stopped: Stopped, ctx: Context) -> None:
    """It stops here, or is asked about: at once if that may help, else by the clock."""
    moves, intent, told = stopped.moves, stopped.intent, stopped.told
    if stopped.doubtful:
        told = replace(told, state=_S.UNKNOWN)
    if told.state is _S.UNKNOWN:
        at_once = stopped.why.act is Act.QUERY and stopped.operation != "query" and intent.state is not _S.UNKNOWN
        if intent.state is _S.UNKNOWN:
            told = replace(told, next_at=intent.next_at)
        else:
            told = replace(told, asked=0 if intent.asked <= 1 else intent.asked)
            told = replace(told, next_at=attempts.following(told, ctx.now))
        if at_once:
            moves.ask("query", told)
    moves.draft.attempt(told)
    if attempts.finished(told.state):
        moves.let_on(stopped.state, told)


def _told(intent: Intent, command: ChannelAnswered) -> Intent:
    """The attempt with what the channel said of it."""
    return replace(
        intent,
        state=command.state,
        reference=command.reference or intent.reference,
        action=command.action or intent.action,
        cause=command.cause,
        expires_at=command.expires_at or intent.expires_at,
        next_at=None,
    )


def _no_invoice(draft: Draft, intent: Intent) -> None:
    """Who waits for an invoice in the chat is led to their page, where there are other ways."""
    said = Notice("invoice_failed", Medium.PRIVATE, member=intent.member, collection=intent.collection)
    draft.say(replace(said, params=draft.about(), open_pay=True))


def _while_closing(moves: Moves, state: State, intent: Intent, command: ChannelAnswered, ctx: Context) -> None:
    """One step of the switch: closed → asked about → over. Whatever is unclear is asked again, soon at first."""
    asks = ctx.routes.way(intent.channel).can_query
    told = replace(_told(intent, command), state=_S.CLOSING, next_at=intent.next_at)
    if command.state in (_S.FAILED, _S.CLOSED):
        if command.operation == "close" and asks:
            moves.draft.attempt(told)
            moves.ask("query", told)
        elif command.operation in ("query", "close", "create"):
            over = replace(_told(intent, command), cause=command.cause or intent.cause)
            moves.draft.attempt(over)
            moves.let_on(state, over)
    elif command.operation in ("query", "close"):
        moves.draft.attempt(replace(told, next_at=attempts.following(told, ctx.now)))
    else:
        moves.draft.attempt(told)


# -- asking --------------------------------------------------------------------------------------------------


def ask_channel(state: State, command: AskChannel, ctx: Context) -> Decision:
    """An attempt's time has come: one that expired or gave way is closed, one that is unclear is asked about. After the
    last question a person is told, and nothing is decided. A prompt asks besides, and changes no date."""
    intent = state.intent
    if intent is not None and state.collection is not None and intent.state is _S.HELD:
        return holds.expire(state, intent, ctx)
    if intent is not None and state.collection is not None and intent.state is _S.WAITING:
        return healing.try_later(state, intent, Moves(Draft.of(state, ctx)))
    if intent is None or state.collection is None or not attempts.reached(intent.state):
        return Decision()
    if command.prompted:
        if state.asking or intent.state is _S.CREATED:
            return Decision()
        return Decision(requests=(Request(_question(intent), intent.id, intent.channel),))
    moves = Moves(Draft.of(state, ctx))
    if intent.state is _S.PENDING and not intent.asked and ctx.now < attempts.until(intent):
        moves.draft.attempt(replace(intent, next_at=attempts.next_look(intent, ctx.now)))
        if not state.asking:
            moves.ask("query", intent)
        return replace(moves.decision(), collection=None)
    if attempts.asked_out(intent):
        _give_up(moves, state, intent)
        return replace(moves.decision(), collection=None, dues=())
    asked = replace(intent, asked=intent.asked + 1)
    moves.draft.attempt(replace(asked, next_at=attempts.following(asked, ctx.now)))
    if not state.asking:
        moves.ask("close" if intent.state is _S.PENDING else _question(intent), intent)
    return replace(moves.decision(), collection=None)


def _question(intent: Intent) -> Literal["query", "close"]:
    """What is asked to find out: what gives way is closed, and then asked about."""
    return "close" if intent.state is _S.CLOSING else "query"


def _give_up(moves: Moves, state: State, intent: Intent) -> None:
    """A person must look. Who waited for it does not pay another way before that."""
    draft = moves.draft
    lost = _S.UNKNOWN if intent.state is _S.CLOSING else intent.state
    draft.attempt(replace(intent, state=lost, next_at=None))
    for waiting in state.intents:
        if waiting.state is _S.WAITING:
            moves.keep(waiting, _S.CLOSED, cause="unclear_before")
    answers = (Button(word, press.encode(word, draft.collection.id, intent.id)) for word in ("came", "never_came"))
    draft.tell_in_charge(
        "intent_unknown",
        tuple(answers),
        otherwise="hint",
        who=Who(intent.member),
        money=draft.collection.money(intent.amount),
        channel=intent.channel,
    )


def outdated(draft: Draft, running: Sequence[Intent], member: MemberId) -> tuple[Request, ...]:
    """Money came by another hand: what runs and asks for more than is still owed must not be paid too."""
    moves = Moves(draft)
    _end_larger(moves, running, draft.asked(member))
    return tuple(moves.requests)


def _end_larger(moves: Moves, running: Iterable[Intent], remaining: int) -> None:
    for other in running:
        if other.state in (_S.CREATED, _S.PENDING) and other.amount > remaining:
            moves.end(other)


def arrived(draft: Draft, state: State, paid: Intent, *, counted: bool) -> tuple[Request, ...]:
    """Money came for the attempt: what else runs on the due goes on if something is still owed, and ends if nothing is,
    or if nobody knows yet how much (not ``counted``)."""
    moves = Moves(draft)
    remaining = draft.asked(paid.member) if counted else 0
    _end_larger(moves, [other for other in state.intents if other.id != paid.id], remaining)
    for theirs in state.others:
        if theirs.member in state.dues and theirs.amount > draft.asked(theirs.member):
            moves.stop(theirs)
    moves.let_on(state, paid, remaining=remaining)
    return tuple(moves.requests)
