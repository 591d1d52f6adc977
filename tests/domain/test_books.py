"""Whatever people, channels and the clock do, in whatever order: the books hold and nobody is asked in vain."""

from __future__ import annotations

from collections import Counter
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
    DueState,
    IntentId,
    IntentState,
    Listing,
    Member,
    MemberId,
    Mode,
    RefundId,
    RefundState,
    Tally,
)
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from tests.domain.group import CHAT, MEI, Group

PEOPLE = [
    Member(MEI, "Mei", reachable=True),
    Member(MemberId(2), "Ann", reachable=True, phone="+86138", consent=True),
    Member(MemberId(3), "Bo"),
    Member(MemberId(5), "Deng", muted=True),
]
ANYBODY = st.sampled_from([MemberId(n) for n in range(1, 6)])
SMALL = st.integers(-5, 400)
SETTLED = {DueState.PAID, DueState.CLAIMED, DueState.WAIVED, DueState.DROPPED, DueState.FOR_OTHERS, DueState.REFUNDED}


def replayed(group: Group, member: MemberId) -> tuple[int, int]:
    """What a member has paid, and their credit, from the books alone: what came from them and went back, less what is
    listed; the recipient pays to themselves."""
    came = own = 0
    listed = Counter[Listing]()
    for entry in group.entries:
        whose = {p.account.rpartition(":")[2] for p in entry.postings if p.account.startswith(("owed:", "listed:"))}
        if (refund := group.refunds.get(RefundId(entry.reference))) is not None:
            whose = {str(refund.paid_for or refund.member)} if entry.kind != "refund_failed" else {str(refund.member)}
        channel, _, reference = entry.reference.partition(":")
        charge = group.charges.get((channel, reference)) if entry.kind == "charged" else None
        charge = charge if charge and charge.listing is not Listing.WRONG_AMOUNT else None
        accepted = {p.account.removeprefix("owed:"): -p.minor for p in entry.postings if p.account.startswith("owed:")}
        payers = {p.account.rpartition(":")[2] for p in entry.postings if p.account.startswith("listed:")}
        if entry.kind == "accepted" and str(member) not in payers:
            came += accepted.get(str(member), 0)
        elif entry.kind == "accepted":
            came -= sum(minor for whose_, minor in accepted.items() if whose_ not in payers)
        for posting in entry.postings:
            if posting.account.startswith(("received:", "returning:")) and str(member) in whose:
                others = sum(minor for _, minor in charge.covered) if charge else 0
                part = dict(charge.covered).get(member) if charge and member != charge.member else None
                came += posting.minor - others if part is None else part
            for why in Listing:
                listed[why] -= posting.minor if posting.account == ledger.listed(why, member) else 0
            own += posting.minor if posting.account == ledger.OWN else 0
    mine = own if member == group.header.recipient else 0
    return came + mine - listed.total(), listed[Listing.OVERPAID]


class Books(RuleBasedStateMachine):
    """One collection, lived through at random. A refusal is an answer like any other."""

    def __init__(self) -> None:
        super().__init__()
        self.group = Group(*PEOPLE)
        self.charges: list[tuple[IntentId, int, str]] = []

    def _try(self, kind: type[c.OnCollection], by: MemberId, /, **options: Any) -> None:
        with suppress(Refusal):
            decided = self.group.say(kind, by, **options)
            if decided.proposals:
                self.group.agree(decided)

    # -- asking -------------------------------------------------------------------------------------------

    @initialize(mode=st.sampled_from(Mode), total=st.integers(4, 1000), organiser_pays=st.booleans())
    def collect(self, mode: Mode, total: int, organiser_pays: bool) -> None:
        self.group.policy = Policy(organiser_pays=organiser_pays)
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
        self._try(c.Waive, MEI, member=member, reason="why not")

    @rule(member=ANYBODY, amount=SMALL, relative=st.booleans())
    def adjust(self, member: MemberId, amount: int, relative: bool) -> None:
        self._try(c.Adjust, MEI, member=member, amount=amount, relative=relative, reason="why not")

    @rule(member=ANYBODY, amount=st.none() | st.integers(1, 400))
    def add(self, member: MemberId, amount: int | None) -> None:
        self._try(c.Add, MEI, member=member, amount=amount)

    @rule(member=ANYBODY)
    def drop(self, member: MemberId) -> None:
        self._try(c.Drop, MEI, member=member, reason="why not")

    @rule(weights=st.dictionaries(ANYBODY, st.integers(0, 300), max_size=3), equal=st.booleans(), hand=st.booleans())
    def resplit(self, weights: dict[MemberId, int], equal: bool, hand: bool) -> None:
        """Afterwards all that is asked for is the total, to the cent."""
        before = len(self.group.entries)
        self._try(c.Resplit, MEI, weights=tuple(weights.items()), equal=equal, everybody=hand)
        if len(self.group.entries) > before:
            counting = [d.amount or 0 for d in self.group.dues.values() if d.counts]
            assert sum(counting) == self.group.header.amount

    @rule()
    def take_back(self) -> None:
        """The last change, exactly: dues, money and counters are as before it, whatever it was."""
        last, before = self.group.last_change, len(self.group.entries)
        if last is None or last.taken_back:
            return
        self._try(c.Undo, MEI)
        if self.group.last_change is not None and self.group.last_change.taken_back:
            assert len(self.group.entries) == before + 1
            assert [stake(self.group.dues[d.member]) for d in last.before] == [stake(d) for d in last.before]
            assert self.group.header.state is last.state

    @rule(kind=st.sampled_from([c.Undo, c.Close, c.Cancel]), die=st.integers(1, 12))
    def end(self, kind: type[c.OnCollection], die: int) -> None:
        """Seldom: most lives are long."""
        if die == 7:
            self._try(kind, MEI)

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

    @rule(member=ANYBODY)
    def claim(self, member: MemberId) -> None:
        self._try(c.Claim, member)

    @rule(member=ANYBODY, amount=st.none() | SMALL)
    def confirm(self, member: MemberId, amount: int | None) -> None:
        self._try(c.Confirm, MEI, member=member, amount=amount)

    @rule(member=ANYBODY, hours=st.integers(1, 100), promised=st.booleans())
    def rest(self, member: MemberId, hours: int, promised: bool) -> None:
        self._try(c.Rest, member, until=self.group.now + timedelta(hours=hours), promised=promised)

    @rule(member=ANYBODY)
    def dispute(self, member: MemberId) -> None:
        self._try(c.Dispute, member)

    @rule(member=ANYBODY, kind=st.sampled_from([c.Keep, c.LetGo]))
    def answer_dispute(self, member: MemberId, kind: type[c.OnCollection]) -> None:
        self._try(kind, MEI, member=member)

    @rule(member=ANYBODY)
    def reject(self, member: MemberId) -> None:
        self._try(c.Reject, MEI, member=member)

    # -- giving back ------------------------------------------------------------------------------------------

    @rule(member=ANYBODY, amount=st.none() | SMALL, loose=st.booleans(), by_hand=st.booleans())
    def give_back(self, member: MemberId, amount: int | None, loose: bool, by_hand: bool) -> None:
        self._try(c.GiveBack, MEI, member=member, amount=amount, loose=loose, by_hand=by_hand)

    @rule(member=ANYBODY, amount=st.none() | SMALL)
    def make_credit(self, member: MemberId, amount: int | None) -> None:
        self._try(c.GiveBack, MEI, member=member, amount=amount, to_credit=True)

    @precondition(lambda self: self.group.refunds)
    @rule(data=st.data(), state=st.sampled_from(RefundState), cause=st.sampled_from(["", "no", "cannot_refund"]))
    def channel_says_of_a_refund(self, data: st.DataObject, state: RefundState, cause: str) -> None:
        self.group.answers(data.draw(st.sampled_from(list(self.group.refunds.values()))), state, cause)

    @precondition(lambda self: self.group.refunds)
    @rule(data=st.data())
    def given_by_hand(self, data: st.DataObject) -> None:
        self._try(c.GaveBack, MEI, refund=data.draw(st.sampled_from(list(self.group.refunds))))

    @rule(member=ANYBODY, answer=st.sampled_from([c.Accept, c.MakeCredit, c.LeaveMoney]))
    def answer_what_fits_no_due(self, member: MemberId, answer: type[c.OnMoney]) -> None:
        self._try(answer, MEI, member=member)

    @precondition(lambda self: self.group.intents)
    @rule(data=st.data())
    def pay_the_same_again(self, data: st.DataObject) -> None:
        intent = data.draw(st.sampled_from(list(self.group.intents.values())))
        self.charges.append((intent.id, intent.amount, f"ch-{len(self.charges)}"))
        self._record(*self.charges[-1])

    @precondition(lambda self: self.group.intents)
    @rule(data=st.data())
    def charge_in_another_currency(self, data: st.DataObject) -> None:
        before = len(self.group.entries)
        self.group.arrives(data.draw(st.sampled_from(list(self.group.intents.values()))), currency="EUR")
        assert len(self.group.entries) == before

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
        settled = {m for m, due in self.group.dues.items() if due.state in SETTLED}
        decided = self.group.tick()
        reminded = {m for x in decided.contacts if x.outcome == "sent" and x.medium in MEDIA for m in x.members}
        assert not reminded & settled
        assert not reminded & {m.id for m in self.group.members.values() if m.muted}
        assert all(d.next_at is None or d.next_at > self.group.now for d in self.group.dues.values())

    # -- what always holds --------------------------------------------------------------------------------

    @invariant()
    def the_ledger_is_whole(self) -> None:
        if self.group.collection is not None:
            assert ledger.check(self.group.header.id, self.group.entries, self.group.header.chain) == ()

    @invariant()
    def every_account_agrees_with_the_dues(self) -> None:
        balances = ledger.balances(self.group.entries)
        for due in self.group.dues.values():
            assert balances.get(ledger.owed(due.member), 0) == due.remaining
            assert due.paid >= 0
            assert due.amount is None or due.amount >= 0
        asked = [d for d in self.group.dues.values() if not d.outside]
        waived = [d for d in asked if d.state is DueState.WAIVED]
        assert balances.get(ledger.ASKED, 0) == -sum(d.amount or 0 for d in asked)
        assert balances.get(ledger.WAIVED, 0) == sum((d.amount or 0) - d.paid for d in waived)

    @invariant()
    def the_history_replays_to_the_same_state(self) -> None:
        for due in self.group.dues.values():
            assert (due.paid, due.credit) == replayed(self.group, due.member)

    @invariant()
    def the_counters_are_the_sum_of_the_dues(self) -> None:
        if self.group.collection is not None:
            assert self.group.header.tally == sum((d.tally for d in self.group.dues.values()), Tally())

    @invariant()
    def all_money_is_on_a_due_or_listed(self) -> None:
        balances = ledger.balances(self.group.entries)
        here = sum(b for account, b in balances.items() if account.startswith("received:"))
        listed = -sum(b for account, b in balances.items() if account.startswith("listed:"))
        promised = -sum(b for account, b in balances.items() if account.startswith("returning:"))
        allocated = sum(d.paid for d in self.group.dues.values())
        refunds = self.group.refunds.values()
        gone = sum(r.amount for r in refunds if r.state is RefundState.REFUNDED)
        assert here == sum(charge.amount for charge in self.group.charges.values()) - gone
        assert promised == sum(r.amount for r in refunds if r.counts) - gone
        assert here + balances.get(ledger.OWN, 0) == allocated + listed + promised

    @invariant()
    def nothing_goes_back_twice(self) -> None:
        back: Counter[tuple[str, str]] = Counter()
        for refund in self.group.refunds.values():
            back[refund.channel, refund.charge] += refund.amount if refund.counts else 0
        assert all(minor <= self.group.charges[of].amount for of, minor in back.items())
        for due in self.group.dues.values():
            assert due.returned == sum(
                r.amount for r in self.group.refunds.values() if r.member == due.member and r.counts
            )
            assert due.credit == self.group.held(due.member).get(Listing.OVERPAID, 0)

    @invariant()
    def nothing_is_planned_for_who_is_settled(self) -> None:
        assert all(d.next_at is None for d in self.group.dues.values() if d.state in SETTLED and not d.waits)


TestBooks = Books.TestCase
TestBooks.settings = settings(stateful_step_count=40)
