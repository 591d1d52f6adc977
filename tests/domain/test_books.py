"""Whatever people, channels and the clock do, in whatever order: the books hold and nobody is asked in vain."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain import command as c, ledger
from bot.domain.contact import MEDIA
from bot.domain.decide.remembering import stake
from bot.domain.decision import Decision
from bot.domain.errors import Refusal
from bot.domain.model import (
    IntentId,
    IntentState,
    Member,
    MemberId,
    Mode,
    RefundState,
)
from bot.domain.money import Money
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from tests.domain.between import Between
from tests.domain.books import SETTLED, hold
from tests.domain.group import CHAT, MEI, Group

PEOPLE = [
    Member(MEI, "Mei", reachable=True),
    Member(MemberId(2), "Ann", reachable=True, phone="+86138", consent=True),
    Member(MemberId(3), "Bo"),
    Member(MemberId(5), "Deng", muted=True),
]
ANYBODY = st.sampled_from([MemberId(n) for n in range(1, 6)])
SMALL = st.integers(-5, 400)


class Books(Between, RuleBasedStateMachine):
    """One collection, lived through at random beside two others of the same people. A refusal is an answer like any
    other."""

    def __init__(self) -> None:
        super().__init__()
        self.group, self.before, self.theirs = (Group(*PEOPLE) for _ in range(3))
        self.agreeing = True
        self.charges: list[tuple[IntentId, int, str]] = []

    def _try(self, kind: type[c.OnCollection], by: MemberId, /, **options: Any) -> None:
        with suppress(Refusal):
            decided = self.group.say(kind, by, **options)
            while decided.proposals:
                decided = self._answered(decided)

    # -- asking -------------------------------------------------------------------------------------------

    @initialize(
        mode=st.sampled_from(Mode),
        total=st.integers(4, 1000),
        organiser_pays=st.booleans(),
        limit=st.none() | st.integers(1, 300),
    )
    def collect(self, mode: Mode, total: int, organiser_pays: bool, limit: int | None) -> None:
        second_person = () if limit is None else (Money(limit, "CNY"),)
        self.group.policy = Policy(organiser_pays=organiser_pays, second_person=second_person)
        self.surround()
        fixed = tuple((m.id, total // n) for n, m in enumerate(PEOPLE, start=1))
        given = {Mode.FIXED: {"fixed": fixed}, Mode.SHARES: {"weights": fixed}}
        self.group.collect(total, mode, **given.get(mode, {}))

    @rule(member=ANYBODY)
    def join(self, member: MemberId) -> None:
        self._try(c.Join, member)

    @rule(member=ANYBODY, amount=SMALL)
    def declare(self, member: MemberId, amount: int) -> None:
        self._try(c.Declare, member, amount=amount)

    @rule(member=ANYBODY)
    def waive(self, member: MemberId) -> None:
        self._try(c.Waive, self.boss, member=member, reason="why not")

    @rule(member=ANYBODY, amount=SMALL, relative=st.booleans())
    def adjust(self, member: MemberId, amount: int, relative: bool) -> None:
        self._try(c.Adjust, self.boss, member=member, amount=amount, relative=relative, reason="why not")

    @rule(member=ANYBODY, amount=st.none() | st.integers(1, 400))
    def add(self, member: MemberId, amount: int | None) -> None:
        self._try(c.Add, self.boss, member=member, amount=amount)

    @rule(member=ANYBODY)
    def drop(self, member: MemberId) -> None:
        self._try(c.Drop, self.boss, member=member, reason="why not")

    @rule(weights=st.dictionaries(ANYBODY, st.integers(0, 300), max_size=3), equal=st.booleans(), hand=st.booleans())
    def resplit(self, weights: dict[MemberId, int], equal: bool, hand: bool) -> None:
        """Afterwards all that is asked for is the total, to the cent."""
        before = len(self.group.entries)
        self._try(c.Resplit, self.boss, weights=tuple(weights.items()), equal=equal, everybody=hand)
        if len(self.group.entries) > before:
            counting = [d.amount or 0 for d in self.group.dues.values() if d.counts]
            assert sum(counting) == self.group.header.amount

    @rule()
    def take_back(self) -> None:
        """The last change, exactly: dues, money and counters are as before it, whatever it was."""
        last, before = self.group.last_change, len(self.group.entries)
        if last is None or last.taken_back:
            return
        self._try(c.Undo, self.boss)
        if self.group.last_change is not None and self.group.last_change.taken_back:
            assert len(self.group.entries) == before + 1
            assert [stake(self.group.dues[d.member]) for d in last.before] == [stake(d) for d in last.before]
            assert self.group.header.state is last.state

    @rule(kind=st.sampled_from([c.Undo, c.Close, c.Cancel]), die=st.integers(1, 12))
    def end(self, kind: type[c.OnCollection], die: int) -> None:
        """Seldom: most lives are long."""
        if die == 7:
            self._try(kind, self.boss)

    # -- paying -------------------------------------------------------------------------------------------

    @rule(member=ANYBODY)
    def tap(self, member: MemberId) -> None:
        self._try(c.AskToPay, member)

    @rule(member=ANYBODY, amount=st.none() | SMALL, channel=st.sampled_from(["sandbox", "manual"]))
    def start(self, member: MemberId, amount: int | None, channel: str) -> None:
        with suppress(Refusal):
            self.group.start(member, amount, channel)

    @rule(member=ANYBODY, others=st.lists(ANYBODY, min_size=1, max_size=3))
    def pay_for_others(self, member: MemberId, others: list[MemberId]) -> None:
        self._try(c.AskToPay, member, covers=tuple(others))
        with suppress(Refusal):
            self.group.start(member)

    @rule(member=ANYBODY, payer=ANYBODY)
    def would_rather_not(self, member: MemberId, payer: MemberId) -> None:
        self._try(c.NotNeeded, member, member=payer)

    @precondition(lambda self: self.group.intents)
    @rule(data=st.data(), more=st.integers(-50, 50))
    def charge(self, data: st.DataObject, more: int) -> None:
        """Money for an attempt, old or new: exact, over or under."""
        intent = data.draw(st.sampled_from(list(self.group.intents.values())))
        paid = (intent.id, max(1, intent.amount + more), f"ch-{len(self.charges)}")
        self.charges.append(paid)
        self._record(*paid)

    @precondition(lambda self: self.charges)
    @rule(data=st.data())
    def charge_again(self, data: st.DataObject) -> None:
        before = (self.group.header, dict(self.group.dues), len(self.group.entries))
        assert self._record(*data.draw(st.sampled_from(self.charges))) == Decision()
        assert (self.group.header, self.group.dues, len(self.group.entries)) == before

    def _record(self, intent: IntentId, amount: int, reference: str) -> Decision:
        return self.group.arrives(self.group.intents[intent], amount, reference)

    @precondition(lambda self: self.group.intents)
    @rule(data=st.data(), state=st.sampled_from([s for s in IntentState if s is not IntentState.PAID]))
    def channel_answers(self, data: st.DataObject, state: IntentState) -> None:
        intent = data.draw(st.sampled_from(list(self.group.intents)))
        self.group.do(c.ChannelAnswered(intent=intent, state=state))

    @precondition(lambda self: self.group.intents)
    @rule(data=st.data(), answer=st.sampled_from([c.Came, c.NeverCame]))
    def somebody_looks(self, data: st.DataObject, answer: type[c.OnAttempt]) -> None:
        """What nobody could tell, mostly; the rest is refused."""
        unclear = [i for i in self.group.intents.values() if i.state in (IntentState.UNKNOWN, IntentState.CLOSING)]
        intent = data.draw(st.sampled_from(unclear or list(self.group.intents.values())))
        self._try(answer, self.boss, intent=intent.id)

    @rule(member=ANYBODY)
    def claim(self, member: MemberId) -> None:
        self._try(c.Claim, member)

    @rule(member=ANYBODY, amount=st.none() | SMALL)
    def confirm(self, member: MemberId, amount: int | None) -> None:
        self._try(c.Confirm, self.boss, member=member, amount=amount)

    @rule(member=ANYBODY, hours=st.integers(1, 100), promised=st.booleans())
    def rest(self, member: MemberId, hours: int, promised: bool) -> None:
        self._try(c.Rest, member, until=self.group.now + timedelta(hours=hours), promised=promised)

    @rule(member=ANYBODY)
    def dispute(self, member: MemberId) -> None:
        self._try(c.Dispute, member)

    @rule(member=ANYBODY, kind=st.sampled_from([c.Keep, c.LetGo]))
    def answer_dispute(self, member: MemberId, kind: type[c.OnCollection]) -> None:
        self._try(kind, self.boss, member=member)

    @rule(member=ANYBODY)
    def reject(self, member: MemberId) -> None:
        self._try(c.Reject, self.boss, member=member)

    # -- giving back ------------------------------------------------------------------------------------------

    @rule(member=ANYBODY, amount=st.none() | SMALL, loose=st.booleans(), by_hand=st.booleans())
    def give_back(self, member: MemberId, amount: int | None, loose: bool, by_hand: bool) -> None:
        self._try(c.GiveBack, self.boss, member=member, amount=amount, loose=loose, by_hand=by_hand)

    @rule(member=ANYBODY, amount=st.none() | SMALL)
    def make_credit(self, member: MemberId, amount: int | None) -> None:
        self._try(c.GiveBack, self.boss, member=member, amount=amount, to_credit=True)

    @precondition(lambda self: self.group.refunds)
    @rule(data=st.data(), state=st.sampled_from(RefundState), cause=st.sampled_from(["", "no", "cannot_refund"]))
    def channel_says_of_a_refund(self, data: st.DataObject, state: RefundState, cause: str) -> None:
        self.group.answers(data.draw(st.sampled_from(list(self.group.refunds.values()))), state, cause)

    @precondition(lambda self: self.group.refunds)
    @rule(data=st.data())
    def given_by_hand(self, data: st.DataObject) -> None:
        self._try(c.GaveBack, self.boss, refund=data.draw(st.sampled_from(list(self.group.refunds))))

    @rule(member=ANYBODY, answer=st.sampled_from([c.Accept, c.MakeCredit, c.LeaveMoney]))
    def answer_what_fits_no_due(self, member: MemberId, answer: type[c.OnMoney]) -> None:
        self._try(answer, self.boss, member=member)

    @precondition(lambda self: self.group.intents)
    @rule(data=st.data())
    def pay_the_same_again(self, data: st.DataObject) -> None:
        intent = data.draw(st.sampled_from(list(self.group.intents.values())))
        self.charges.append((intent.id, intent.amount, f"ch-{len(self.charges)}"))
        self._record(*self.charges[-1])

    @precondition(lambda self: any(x.channel == "sandbox" for x in self.group.charges.values()))
    @rule(data=st.data(), kind=st.sampled_from(["refund", "dispute"]), amount=st.integers(1, 400), n=st.integers(1, 4))
    def goes_back_elsewhere(self, data: st.DataObject, kind: Any, amount: int, n: int) -> None:
        """A part of a charge, all of it, or more; also what came back again, what is told twice, in whatever order."""
        charge = data.draw(st.sampled_from([x for x in self.group.charges.values() if x.channel == "sandbox"]))
        facts = {"undone": data.draw(st.booleans()), "total": data.draw(st.booleans())}
        back = self.group.back(charge, amount, kind=kind, reference=f"r{n}-{charge.reference}", **facts)
        self.group.do(back)
        before = (self.group.header, dict(self.group.dues), dict(self.group.refunds), dict(self.group.strays))
        self.group.do(back)
        assert (self.group.header, self.group.dues, self.group.refunds, self.group.strays) == before

    @precondition(lambda self: self.group.intents)
    @rule(data=st.data())
    def charge_in_another_currency(self, data: st.DataObject) -> None:
        before = len(self.group.entries)
        self.group.arrives(data.draw(st.sampled_from(list(self.group.intents.values()))), currency="EUR")
        assert len(self.group.entries) == before

    @rule(amount=st.integers(1, 400), number=st.integers(1, 3))
    def money_of_nobody_arrives(self, amount: int, number: int) -> None:
        lost = {"channel": "sandbox", "intent": IntentId("lost"), "currency": "CNY", "at": self.group.now}
        self.group.do(c.RecordCharge(reference=f"lost-{number}", amount=amount, **lost))  # type: ignore[arg-type]

    @precondition(lambda self: self.group.strays)
    @rule(data=st.data(), member=ANYBODY, answer=st.sampled_from(["count", "credit", "back", "settle"]))
    def answer_what_could_not_be_booked(self, data: st.DataObject, member: MemberId, answer: str) -> None:
        """Whoever may, in whatever order, also twice."""
        stray = data.draw(st.sampled_from(list(self.group.strays.values())))
        reply = Reply(CHAT, message="m", private=True)
        said: dict[str, Any] = {"by": c.Actor(self.boss, admin=True), "reply": reply, "stray": stray.id}
        whose = {} if stray.collection else {"collection": self.group.header.id, "member": member}
        before = self.group.header, dict(self.group.dues), dict(self.group.strays), dict(self.group.refunds)
        try:
            match answer:
                case "settle":
                    self.group.do(c.SettleStray(**said))
                case "back":
                    self.group.do(c.ReturnStray(confirmed=True, **said))
                case _:
                    self.group.do(c.CountStray(as_credit=answer == "credit", **whose, **said))
        except Refusal:
            assert (self.group.header, self.group.dues, self.group.strays, self.group.refunds) == before

    # -- the platform and the clock -----------------------------------------------------------------------

    @rule(member=ANYBODY)
    def leave(self, member: MemberId) -> None:
        self.group.do(c.MemberLeft(collection=self.group.header.id, member=member))

    @rule(member=ANYBODY, on=st.booleans())
    def set_reminders(self, member: MemberId, on: bool) -> None:
        if member in self.group.members:
            self.group.do(c.SetReminders(by=c.Actor(member), reply=Reply(CHAT), on=on))

    @rule(minutes=st.integers(1, 60 * 30))
    def wait(self, minutes: int) -> None:
        """Time passes, and the sweep runs until nothing is due."""
        self.group.now += timedelta(minutes=minutes)
        self.before.now = self.theirs.now = self.group.now
        self.switch()
        settled = {m for m, due in self.group.dues.items() if due.state in SETTLED}
        decided = self.group.tick()
        reminded = {m for x in decided.contacts if x.outcome == "sent" and x.medium in MEDIA for m in x.members}
        assert not reminded & settled
        assert not reminded & {m.id for m in self.group.members.values() if m.muted}
        assert all(d.next_at is None or d.next_at > self.group.now for d in self.group.dues.values())

    # -- what always holds --------------------------------------------------------------------------------

    @invariant()
    def the_books_hold(self) -> None:
        for group in (self.group, self.before, self.theirs):
            if group.collection is not None:
                hold(group)

    @invariant()
    def credit_that_left_one_collection_came_in_another(self) -> None:
        came, left = (ledger.balances(group.entries).get("received:credit", 0) for group in (self.group, self.before))
        assert came == -left


TestBooks = Books.TestCase
TestBooks.settings = settings(stateful_step_count=40)
