"""A group in memory: gives commands to ``decide`` and keeps what it answers, the way the store does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from bot.domain import command as c, intent as attempts, ledger
from bot.domain.decide import decide
from bot.domain.decision import Cohort, Contact, Contacted, Context, Credit, Decision, LastChange, State, Waiting
from bot.domain.ledger import Entry
from bot.domain.letting_go import LOOKED_AT, WITHIN
from bot.domain.model import (
    NOBODY,
    Charge,
    Chat,
    ChatId,
    Collection,
    CollectionId,
    Due,
    Intent,
    IntentId,
    IntentState,
    Likely,
    Listing,
    Loose,
    Member,
    MemberId,
    Mode,
    PayeeChange,
    Refund,
    RefundId,
    RefundState,
    Statement,
    Stray,
)
from bot.domain.notice import Medium, Notice, Reply
from bot.domain.plans import Past, Planning
from bot.domain.policy import Policy
from bot.domain.routing import Routes
from tests.domain import odd_money

CHAT = ChatId(7)
MEI, ANN, BO, CAI = MemberId(1), MemberId(2), MemberId(3), MemberId(4)
"""Mei is the organiser, Cai came later."""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Group:
    """One chat with one collection. ``now`` stands still until it is moved."""

    def __init__(self, *members: Member, policy: Policy | None = None, timezone: str = "UTC") -> None:
        self.now = NOON
        self.policy = policy or Policy()
        self.chat = Chat(CHAT, "room", timezone=timezone)
        people = members or (Member(MEI, "Mei"), Member(ANN, "Ann"), Member(BO, "Bo"))
        self.roster = tuple(m.id for m in people)
        self.members = {m.id: m for m in (Member(CAI, "Cai"), *people)}
        self.collection: Collection | None = None
        self.planning: Planning | None = None
        self.past: dict[MemberId, Past] = {}
        self.dues: dict[MemberId, Due] = {}
        self.intents: dict[IntentId, Intent] = {}
        self.charges: dict[tuple[str, str], Charge] = {}
        self.elsewhere: Group | None = None
        self.strays: dict[tuple[str, str], Stray] = {}
        self.likely: tuple[Likely, ...] = ()
        self.statements: dict[tuple[str, date], Statement] = {}
        self.refunds: dict[RefundId, Refund] = {}
        self.entries: list[Entry] = []
        self.last_change: LastChange | None = None
        self.payee_changes: dict[CollectionId, PayeeChange] = {}
        self.contacts: list[Contact] = []
        self.contacted: list[Contacted] = []
        self.routes = Routes()
        self._ids = count(1)

    def share(self, other: Group | None) -> None:
        """Live in the same chat as ``other``: the same people, the same past, ids that are not used twice."""
        if other is not None:
            self.members, self.contacts, self.contacted = other.members, other.contacts, other.contacted
            self._ids = other._ids

    @property
    def header(self) -> Collection:
        """The collection as it stands."""
        assert self.collection is not None
        return self.collection

    # -- saying things --------------------------------------------------------------------------------------

    def collect(self, minor: int | None = None, mode: Mode = Mode.EQUAL, **options: Any) -> Decision:
        said: dict[str, Any] = {"currency": "CNY", "by": c.Actor(MEI), "reply": Reply(CHAT, message="m1")} | options
        return self.do(c.Collect(chat=CHAT, mode=mode, amount=minor, **said))

    def compare(self, minor: int, **options: Any) -> Decision:
        """``/collect … plans``."""
        said: dict[str, Any] = {"by": c.Actor(MEI), "reply": Reply(CHAT, message="m1")}
        asked = c.Collect(chat=CHAT, mode=Mode.EQUAL, amount=minor, currency="CNY", **said, **options)
        return self.do(c.AskPlans(asked=asked, **said))

    def say(self, kind: type[c.OnCollection], member: MemberId, /, **options: Any) -> Decision:
        """``member`` says it in the chat. A proposal waits for ``agree``."""
        where = c.Which(CHAT, id=self.header.id)
        said: dict[str, Any] = {"by": c.Actor(member), "reply": Reply(CHAT, message="m2"), "which": where} | options
        return self.do(kind(**said))

    def insist(self, kind: type[c.OnCollection], member: MemberId, /, **options: Any) -> Decision:
        """Say it, and say yes to what is read back."""
        return self.agree(self.say(kind, member, **options))

    def agree(self, proposed: Decision) -> Decision:
        (proposal,) = proposed.proposals
        return self.do(proposal.command)

    def second(self, asked: Decision, member: MemberId, *, admin: bool = False, agreed: bool = True) -> Decision:
        """A second person answers for what was asked."""
        (proposal,) = asked.proposals
        assert proposal.by == NOBODY
        assert isinstance(proposal.command, c.OnCollection)
        return self.do(replace(proposal.command, second=c.Actor(member, admin=admin), agreed=agreed))

    def start(self, member: MemberId, amount: int | None = None, channel: str = "sandbox") -> Intent:
        """Choose a way to pay; the attempt that runs."""
        choice = c.StartPayment(collection=self.header.id, member=member, channel=channel, amount=amount)
        decided = self.do(choice)
        assert decided.intent is not None
        return self.intents[decided.intent]

    def arrives(
        self, intent: Intent, amount: int | None = None, reference: str = "", currency: str = "CNY"
    ) -> Decision:
        """The channel says that money for an attempt arrived."""
        return self.do(self.charge(intent, amount, reference, currency))

    def charge(
        self, intent: Intent, amount: int | None = None, reference: str = "", currency: str = "CNY"
    ) -> c.RecordCharge:
        return c.RecordCharge(
            channel=intent.channel,
            reference=reference or f"ch-{next(self._ids)}",
            intent=intent.id,
            amount=intent.amount if amount is None else amount,
            currency=currency,
            at=self.now,
        )

    def back(self, charge: Charge, amount: int | None = None, **facts: Any) -> c.RecordReturn:
        """The channel says that a charge, or a part of it, went back without us."""
        back: dict[str, Any] = {"reference": f"re-{charge.reference}", "at": self.now, "currency": charge.currency}
        minor = charge.amount if amount is None else amount
        return c.RecordReturn(**back | {"channel": charge.channel, "charge": charge.reference, "amount": minor} | facts)

    def pay(self, member: MemberId, amount: int | None = None) -> Decision:
        return self.arrives(self.start(member, amount))

    def tick(self) -> Decision:
        """Let the clock deal with what has come due by now."""
        return self.do(c.Tick(collection=self.header.id))

    def at(self, **after: float) -> Decision:
        """Move to that long after opening, and tick."""
        self.now = NOON + timedelta(**after)
        return self.tick()

    # -- deciding and keeping ---------------------------------------------------------------------------------

    def do(self, command: c.Command) -> Decision:
        context = Context(self.now, self.policy, (f"id-{next(self._ids)}",), self.routes)
        decided = decide(self._state(command), command, context)
        self.keep(decided)
        for other in decided.others:
            assert self.elsewhere is not None
            self.elsewhere.keep(other)
        return decided

    def _state(self, command: c.Command) -> State:
        if isinstance(command, c.Collect | c.AskPlans):
            return State(chat=self.chat, roster=self.roster, members=self.members, past=self.past)
        planning = self.planning if self.collection and self.collection.planning else None
        state = State(chat=self.chat, collection=self.collection, dues=self.dues, members=self.members)
        state = replace(state, planning=planning, past=self.past)
        if self.policy.second_person:
            recent = (e for e in self.entries if e.kind in LOOKED_AT and e.at > self.now - WITHIN)
            state = replace(state, recent=tuple(recent))
        match command:
            case c.SetPayee():
                return replace(state, collecting=(self.header,), payee_changes=self.payee_changes)
            case c.HoldPayee() | c.AgreePayee() | c.SwitchPayee():
                return replace(state, payee_changes=self.payee_changes)
            case c.Undo():
                return replace(state, last_change=self.last_change)
            case c.AskStatus() | c.AskShare():
                return replace(state, attempts={i.member: i for i in self.intents.values()})
            case c.AskHistory():
                return replace(state, entries=tuple(self.entries))
            case c.Resync():
                numbers = (self.header.number,) if self.collection and self.header.open else ()
                return State(chat=self.chat, roster=self.roster, open_numbers=numbers)
            case c.Tick():
                return self._come_due(state)
            case c.FeeTold():
                return replace(state, known_charge=self.charges.get((command.channel, command.reference)))
            case c.OnStatement():
                key = command.channel, command.day
                before = self.statements.get((command.channel, command.day - timedelta(days=1)))
                return State(statement=self.statements.get(key), day_before=before, operators=(CAI,))
            case c.RecordCharge():
                known = self.charges.get((command.channel, command.reference))
                astray = self.strays.get((command.channel, command.reference))
                state = replace(state, strays=(astray,) if astray else (), likely=self.likely, operators=(CAI,))
                state = self._attempt(state, command.intent)
                covers = state.intent.covers if state.intent else ()
                others = tuple(i for member in covers for i in self.running(member))
                seen = self._seen(state.intent)
                return replace(state, known_charge=known, others=others, seen=seen)
            case c.ChannelAnswered():
                state = self._attempt(state, command.intent)
                return replace(state, ended=self._ended(state.intent.member)) if state.intent else state
            case c.AskChannel() | c.CheckOut():
                return self._attempt(state, command.intent)
            case c.NotNeeded():
                return replace(state, intents=self.running(command.member))
            case c.Accept():
                state = self._with_money(state, command.member)
                meant = {command.member, *(m for charge in state.charges for m, _ in charge.covered)}
                return replace(state, others=tuple(i for m in meant for i in self.running(m)))
            case c.GiveBack() | c.OnMoney():
                return self._with_money(state, command.member)
            case c.UseCredit() | c.AskToPay() if self.elsewhere is not None:
                theirs = self.elsewhere.credits(command.by.member)
                return replace(
                    state,
                    credits=theirs,
                    credit=sum(x.due.credit for x in theirs),
                    intents=tuple(i for i in self.intents.values() if i.member == command.by.member),
                )
            case c.AskReceipt():
                return self._with_money(state, command.by.member)
            case c.KeepCredit() | c.WantBack():
                return self._with_money(state, command.by.member)
            case c.AskMoney():
                strays = tuple(x for x in self.strays.values() if x.open)
                return replace(state, loose=tuple(self._loose()), strays=strays, likely=self.likely)
            case c.RecordReturn():
                return odd_money.with_return(self, state, command)
            case c.OnStray():
                return odd_money.with_stray(self, state, command)
            case c.GaveBack() | c.RefundAnswered() | c.AskRefund():
                refund = self.refunds.get(command.refund)
                stray = self.strays.get((refund.channel, refund.charge)) if refund else None
                return replace(state, refund=refund, strays=(stray,) if stray else ())
            case c.OnAttempt():
                return self._attempt(state, command.intent)
            case c.PayHere():
                return replace(state, intents=self.running(command.by.member))
            case c.StartPayment():
                return replace(state, intents=self.running(command.member), ended=self._ended(command.member))
            case c.ChatLost() | c.Outage():
                return State(chat=self.chat, open_ids=(self.header.id,) if self.header.open else ())
        return replace(state, contacted=tuple(self.contacted), history=self._history())

    def _history(self) -> tuple[Contact, ...]:
        return tuple(x for x in self.contacts if x.outcome == "sent")

    def _attempt(self, state: State, id_: IntentId) -> State:
        intent = self.intents.get(id_)
        return replace(state, intent=intent, intents=self.running(intent.member) if intent else ())

    def running(self, member: MemberId) -> tuple[Intent, ...]:
        return tuple(i for i in self.intents.values() if i.member == member and not attempts.finished(i.state))

    def _ended(self, member: MemberId) -> tuple[Intent, ...]:
        """Of the last hour."""
        ended = (IntentState.PAID, IntentState.FAILED, IntentState.UNKNOWN)
        lately = (i for i in self.intents.values() if self.now - i.created_at < timedelta(hours=1))
        return tuple(i for i in lately if i.member == member and i.state in ended)

    def _seen(self, intent: Intent | None) -> Charge | None:
        paid = intent is not None and intent.state is IntentState.PAID
        return self.charges.get((intent.channel, intent.seen_as)) if intent and paid else None

    def _with_money(self, state: State, member: MemberId) -> State:
        return replace(
            state,
            charges=tuple(x for x in self.charges.values() if x.member == member or member in dict(x.covered)),
            refunds=tuple(x for x in self.refunds.values() if member in (x.member, x.paid_for)),
            held=self.held(member),
        )

    def _loose(self) -> Iterator[Loose]:
        if self.collection is None:
            return
        c = self.header
        for member in self.dues:
            if held := tuple((why.value, minor) for why, minor in self.held(member).items()):
                yield Loose(c.id, c.number, c.title, c.currency, c.organiser, member, held)

    def credits(self, member: MemberId) -> tuple[Credit, ...]:
        """What a member has too much here, for another group's collection of the same chat (``elsewhere``)."""
        due = self.dues.get(member)
        if due is None or not due.credit:
            return ()
        mine = self._with_money(State(), member)
        return (Credit(self.header, due, mine.charges, mine.refunds),)

    def held(self, member: MemberId) -> dict[Listing, int]:
        """What of a member's money is on no due."""
        balances = ledger.balances(self.entries)
        held = {why: -balances.get(ledger.listed(why, member), 0) for why in Listing}
        return {why: minor for why, minor in held.items() if minor}

    def answers(self, refund: Refund, state: RefundState, cause: str = "", operation: str = "") -> Decision:
        """The channel says what became of money on its way back."""
        return self.do(c.RefundAnswered(refund=refund.id, state=state, cause=cause, operation=operation))

    def _come_due(self, state: State) -> State:
        due = [d for d in self.dues.values() if d.next_at is not None and d.next_at <= self.now]
        resting = [d for d in due if not _alone(d)]
        cohorts = tuple(
            Cohort(anchor, slot, tuple(d.member for d in resting if (d.anchor_at, d.slot) == (anchor, slot)))
            for anchor, slot in dict.fromkeys((d.anchor_at, d.slot) for d in resting)
        )
        return replace(
            state,
            cohorts=cohorts,
            dues={d.member: d for d in due if _alone(d)},
            waiting={
                d.member: Waiting(d.standing, None if d.amount is None else d.remaining) for d in resting if d.waits
            },
            history=self._history(),
            muted=frozenset(m.id for m in self.members.values() if m.muted),
            reachable=frozenset(m.id for m in self.members.values() if m.reachable),
            contacted=tuple(self.contacted),
        )

    def keep(self, decided: Decision) -> None:
        self.collection = decided.collection or self.collection
        self.planning = decided.planning or self.planning
        self.chat = decided.chat or self.chat
        self.members |= {m.id: m for m in decided.members}
        self.dues |= {d.member: d for d in decided.dues}
        if decided.silenced:
            self._change(self.dues.values(), next_at=None, stalled_at=None)
        for advance in decided.advances:
            moving = [self.dues[m] for m in advance.cohort.members if not _alone(self.dues[m])]
            self._change(moving, slot=advance.slot, next_at=advance.next_at)
        self.intents |= {i.id: i for i in decided.intents}
        self.statements |= {(s.channel, s.day): s for s in decided.statements}
        self.charges |= {(x.channel, x.reference): x for x in (*decided.charges, *decided.amended)}
        self.strays |= {(x.channel, x.reference): x for x in decided.strays}
        self.refunds |= {x.id: x for x in decided.refunds}
        self.entries += decided.entries
        self.last_change = decided.last_change or self.last_change
        self.payee_changes |= {p.collection: p for p in decided.payee_changes}
        self.contacts += decided.contacts
        self.contacted += [
            Contacted(m, x.medium, x.at)
            for x in decided.contacts
            if x.outcome == "sent" and x.medium in ("sms", "call", "answer")
            for m in x.members
        ]
        self.members |= {m: replace(self.members[m], consent_asked=True) for m in decided.consent_asked}

    def _change(self, dues: Iterable[Due], **fields: Any) -> None:
        self.dues |= {d.member: replace(d, **fields) for d in list(dues)}


def _alone(due: Due) -> bool:
    """Its clocks are its own: an attempt runs, or it rests."""
    return due.stalled_at is not None or due.rest_until is not None


def said(decided: Decision, medium: Medium | None = None) -> list[str]:
    """The keys of what is said, in order."""
    return [n.key for n in decided.notices if medium is None or n.medium is medium]


def told(decided: Decision, key: str) -> Notice:
    """The one notice of that key."""
    (found,) = [n for n in decided.notices if n.key == key]
    return found


def pinged(decided: Decision) -> list[MemberId]:
    """Who is mentioned in the group reminders, in order."""
    reminders = [n for n in decided.notices if n.key in ("reminder", "reminder_more")]
    return [who.member for n in reminders for who in n.params["pings"]]  # type: ignore[union-attr]


def steps(decided: Decision) -> list[tuple[str, str, str]]:
    """The history that is written: step, outcome, reason."""
    return [(x.step, x.outcome, x.reason) for x in decided.contacts]
