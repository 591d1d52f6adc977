"""When an attempt stops: what the bot does about it by itself, what it tells whom, and what the payer counts as.

What goes on by itself is bounded twice: ``Policy.most_switches`` in a row, and ``Policy.most_by_itself`` a due and
hour. Each goes on where an attempt ended, never beside one that runs (``moves``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain import intent as attempts, press, routing
from bot.domain.command import ChannelAnswered
from bot.domain.decide.moves import Moves
from bot.domain.decision import Context, Decision, State
from bot.domain.interruption import Act, Scenario, Stage
from bot.domain.model import Due, Intent, IntentId, IntentState, Progress, Stall
from bot.domain.notice import Button, Medium, Notice, Who
from bot.domain.routing import Option, Why, Wish

_S = IntentState
STOPS = frozenset({_S.FAILED, _S.UNKNOWN, _S.CLOSED})
"""What a channel says of an attempt that does not go on."""
_STAGES = {"create": Stage.CREATE, "query": Stage.QUERY, "close": Stage.CLOSE, "": Stage.PAY}
_PROGRESS = {
    Stall.NEVER_OPENED: Progress.INVITED,
    Stall.SILENT: Progress.OPENED,
    Stall.HESITANT: Progress.STARTED,
    Stall.TECHNICAL: Progress.FAILED,
}
AGAIN_AFTER = timedelta(minutes=1)
"""How long a channel that asked for patience is left alone."""


def platform_of(state: State) -> str:
    """Where the collection's chat is."""
    return state.chat.platform if state.chat else ""


def scenario_of(intent: Intent, command: ChannelAnswered, ctx: Context) -> Scenario | None:
    """What happened, by the catalogue; None when nothing stopped. An order that its time ended is ``expired``."""
    if command.state not in STOPS:
        return None
    late = command.state is _S.CLOSED and ctx.now >= attempts.until(intent)
    stage = Stage.PAY if late else _STAGES[command.operation]
    code = command.cause or ("expired" if late else "")
    return ctx.policy.causes.find(stage, intent.channel, code, command.state)


@dataclass(frozen=True, slots=True)
class Stopped:
    """An attempt that a channel's answer stops, and why."""

    moves: Moves
    state: State
    intent: Intent
    """As it was."""
    told: Intent
    """As it is now."""
    why: Scenario
    operation: str

    @property
    def doubtful(self) -> bool:
        """It sounds like a no, but the catalogue knows better: the channel is asked before anybody believes it. The
        answer to a question is believed."""
        asks = self.why.act is Act.QUERY
        if self.operation != "create":
            asks = self.why.unsure or self.why.act is Act.LATER
        return self.told.state is _S.FAILED and self.operation != "query" and asks

    @property
    def unseen(self) -> bool:
        """It never came to be, and whoever waits for it may still be there."""
        return not self.told.action and self.fresh

    @property
    def in_vain(self) -> bool:
        """Its payer was told to wait until it is known, is perhaps still there, and now it is: nothing was paid."""
        turned_out = self.intent.state is _S.UNKNOWN and self.told.state is _S.CLOSED
        return turned_out and self.operation == "query" and self.fresh

    @property
    def fresh(self) -> bool:
        """Whether its payer may still be there."""
        return self.moves.draft.ctx.now - self.intent.created_at <= attempts.WAITS_FOR

    def goes_on(self) -> Act | None:
        """Go on in its place by what the catalogue says: a fresh order, another way, or later. None when nothing can
        be done, or may any more."""
        if self.doubtful or not self._may():
            return None
        creating = self.operation == "create" and self.intent.state is _S.CREATED
        ended = attempts.finished(self.told.state)
        if not creating and not ended:
            return None
        act = self.why.act
        once = self.told.channel not in self.intent.tried
        renews = act is Act.RENEW or (self.in_vain and not self.unseen and act is Act.NONE)
        if renews and ended and (once or not creating) and self._again():
            return Act.RENEW
        if (creating or act is Act.SWITCH or (self.operation == "query" and self.unseen)) and self._next_way():
            return Act.SWITCH
        if creating and act is Act.LATER and ended and self._later():
            return Act.LATER
        return None

    def _may(self) -> bool:
        draft, due, policy = self.moves.draft, self._due, self.moves.draft.ctx.policy
        return (
            due is not None
            and draft.collection.open
            and self.intent.amount <= draft.asked(due.member)
            and len(self.intent.tried) < policy.most_switches
            and self.state.lately.by_itself < policy.most_by_itself
            and not any(i.state is _S.WAITING for i in self.state.intents if i.id != self.intent.id)
        )

    @property
    def _due(self) -> Due | None:
        return self.state.dues.get(self.intent.member)

    def _fresh(self, channel: str, reasons: dict[str, str]) -> Intent:
        """The same payment once more."""
        stuck, ctx = self.intent, self.moves.draft.ctx
        return Intent(
            id=IntentId(ctx.fresh[0]),
            collection=stuck.collection,
            member=stuck.member,
            channel=channel,
            amount=stuck.amount,
            currency=stuck.currency,
            created_at=ctx.now,
            covers=stuck.covers,
            surface=stuck.surface,
            ip=stuck.ip,
            wanted=stuck.wanted,
            tried=(*stuck.tried, stuck.channel),
            reasons=reasons,
        )

    def _others(self) -> list[Intent]:
        """What a fresh attempt has to wait for. The word of a channel that was not asked is asked about before anything
        starts in its place; what nobody knows the end of is closed first."""
        draft = self.moves.draft
        others = [i for i in self.state.intents if i.id != self.intent.id and i.state is not _S.HELD]
        if self.told.state is _S.UNKNOWN:
            return [*others, self.told]
        if self.operation in ("create", "query") or not draft.ctx.routes.way(self.told.channel).can_query:
            draft.attempt(self.told)
            return others
        asked = replace(self.told, state=_S.CLOSING, asked=0, next_at=draft.ctx.now + attempts.ANSWER_BY)
        draft.attempt(asked)
        self.moves.ask("query", asked)
        return [*others, asked]

    def _again(self) -> bool:
        """A fresh order on the same channel."""
        fresh = self._fresh(self.told.channel, {self.told.channel: Why.AGAIN.value})
        self.moves.start(fresh, self._others())
        return True

    def _next_way(self) -> bool:
        """The next way that is well, if there is one."""
        options = self._options((*self.intent.tried, self.intent.channel))
        following = next((o for o in options if o.usable and o.why is not Why.RESTING), None)
        if following is None:
            return False
        reasons = dict(routing.reasons(options, taken=following.channel, wanted=""))
        self.moves.start(self._fresh(following.channel, reasons), self._others())
        return True

    def _options(self, tried: tuple[str, ...] = ()) -> tuple[Option, ...]:
        """The ways for this payment, as they stand after what has just happened."""
        stuck, ctx = self.intent, self.moves.draft.ctx
        stopped = ctx.policy.causes.stopped(self.state.ended) | {stuck.channel}
        platform = platform_of(self.state)
        wish = Wish(stuck.amount, stuck.currency, stuck.surface, tried, stopped=stopped, platform=platform)
        return routing.order(ctx.policy.channels, ctx.routes, wish)

    def _best(self) -> str:
        """The way that is best now for who was refused by another; empty when there is none, or none is needed."""
        if self.why.unsure or self.why.kind is not Stall.TECHNICAL or self.told.state is not _S.FAILED:
            return ""
        well = (o.channel for o in self._options() if o.usable and o.why not in (Why.RESTING, Why.STOPPED))
        return next(well, "")

    def _later(self) -> bool:
        """The same way, when it had time to rest: the attempt waits for its hour."""
        self.moves.draft.attempt(self.told)
        at = self.moves.draft.ctx.now + AGAIN_AFTER * (1 + len(self.intent.tried))
        fresh = self._fresh(self.told.channel, {self.told.channel: Why.AGAIN.value})
        self.moves.draft.attempt(replace(fresh, state=_S.WAITING, next_at=at))
        return True

    # -- words ------------------------------------------------------------------------------------------------

    def tell(self, going_on: Act | None) -> None:
        """What it makes of the payer, and who hears of it: the payer once an hour and only of what they will not see
        by themselves, the organiser once an hour of what troubles everybody."""
        draft, due, lately = self.moves.draft, self._due, self.state.lately
        if due is None or not due.unsettled or not draft.collection.open:
            return
        seen_again = self.intent.state is _S.UNKNOWN and self.told.state is _S.UNKNOWN
        if going_on is None and not seen_again:
            happened = self.told.state is not _S.CLOSED
            stalled_at, rung = (draft.ctx.now, 0) if happened else (due.stalled_at, due.rung)
            draft.put(replace(due, progress=_PROGRESS[self.why.kind], stalled_at=stalled_at, rung=rung))
        here = draft.ctx.routes.way(self.intent.channel).platform
        led = self.operation == "create" and (going_on is not None or here == self.intent.surface)
        silent = self.why.tell == "nothing" or led
        if not silent and not seen_again and not lately.stopped:
            draft.say(self._to_payer(going_on))
        if self.why.act is Act.HAND_OVER:
            self.hand_over()

    def _to_payer(self, going_on: Act | None) -> Notice:
        draft, intent = self.moves.draft, self.intent
        params = draft.about(
            tell=self.why.tell,
            money=draft.collection.money(intent.amount),
            channel=intent.channel,
            going_on=going_on.value if going_on else "",
            best="" if going_on else self._best(),
        )
        return Notice(
            "payment_stopped",
            Medium.PRIVATE,
            member=intent.member,
            collection=intent.collection,
            params=params,
            open_pay=True,
            once=True,
        )

    def hand_over(self) -> None:
        """The organiser hears what only a person can put right, while something is still asked."""
        due, collection = self._due, self.moves.draft.collection
        if self.state.lately.alike or due is None or not due.unsettled or not collection.open:
            return
        draft, intent = self.moves.draft, self.intent
        buttons = tuple(
            Button(word, press.encode(word, draft.collection.id, intent.member)) for word in ("confirm", "waive")
        )
        draft.tell(
            draft.collection.organiser,
            "payment_handed_over",
            buttons,
            otherwise="hint",
            who=Who(intent.member),
            money=draft.collection.money(intent.amount),
            channel=intent.channel,
            cause=self.told.cause,
        )


def try_later(state: State, waiting: Intent, moves: Moves) -> Decision:
    """The hour of an attempt that waits has come: it begins, unless others run or nothing is owed any more."""
    draft = moves.draft
    if waiting.next_at is None or waiting.next_at > draft.ctx.now:
        return Decision()
    due = state.dues.get(waiting.member)
    if not draft.collection.open or due is None or waiting.amount > draft.asked(due.member):
        moves.keep(waiting, _S.CLOSED, cause="paid_before")
    elif any(attempts.reached(i.state) for i in state.intents if i.id != waiting.id):
        draft.attempt(replace(waiting, next_at=None))
    else:
        moves.create(waiting)
    return replace(moves.decision(), collection=None)
