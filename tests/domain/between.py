"""Rules for the life of a collection that reach beyond it: who is in charge, a second person, where the money goes,
credit of another collection, and what two owe each other."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bot.domain import command as c, intent as attempts
from bot.domain.decide import decide
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import Refusal
from bot.domain.model import NOBODY, MemberId, Mode
from bot.domain.netting import Round
from bot.domain.notice import Reply
from tests.domain.group import ANN, CHAT, MEI, Group

ANYBODY = st.sampled_from([MemberId(n) for n in range(1, 6)])


class Between:
    """``before``: Mei collected it earlier, and credit is left. ``theirs``: Ann collects from the same people."""

    group: Group
    before: Group
    theirs: Group
    agreeing: bool

    def surround(self) -> None:
        """Open the other two."""
        self.before.collect(150, Mode.EACH)
        self.theirs.share(self.before)
        self.theirs.collect(120, Mode.EACH, by=c.Actor(ANN))
        self.group.share(self.before)
        self.group.elsewhere = self.before

    @property
    def boss(self) -> MemberId:
        """Whoever is in charge by now."""
        return self.group.header.organiser if self.group.collection else MEI

    def _try(self, kind: type[c.OnCollection], by: MemberId, /, **options: Any) -> None:
        raise NotImplementedError

    def _answered(self, asked: Decision) -> Decision:
        """What was proposed is agreed to by whom it was put to; by a second person, if they are in the mood."""
        if asked.proposals[0].by != NOBODY:
            return self.group.agree(asked)
        before = len(self.group.entries), dict(self.group.dues)
        with suppress(Refusal):
            self.group.second(asked, self.boss)
            assert (len(self.group.entries), self.group.dues) == before, "nobody is their own second person"
        other = next(m for m in self.group.members if m != self.boss)
        return self.group.second(asked, other, admin=True, agreed=self.agreeing)

    @rule(agreeing=st.booleans())
    def mood(self, agreeing: bool) -> None:
        self.agreeing = agreeing

    # -- who is in charge, and whose account it is ------------------------------------------------------------

    @rule(member=ANYBODY)
    def hand_over(self, member: MemberId) -> None:
        whose = self.group.header.recipient
        self._try(c.Handover, self.boss, to=member)
        assert self.group.header.recipient == whose

    @rule(member=ANYBODY, on=st.booleans())
    def name_helper(self, member: MemberId, on: bool) -> None:
        self._try(c.NameHelper, self.boss, member=member, on=on)

    @rule(text=st.sampled_from(["", "Alipay 1", "Alipay 2"]))
    def announce_account(self, text: str) -> None:
        """It is announced; where one was told of before, the old one stays for now."""
        was = self.group.header.payee
        self.group.do(c.SetPayee(by=c.Actor(self.boss), reply=Reply(CHAT, private=True), text=text))
        assert self.group.header.payee == was
        self.switch()

    @rule(member=ANYBODY, answer=st.sampled_from([c.HoldPayee, c.AgreePayee]))
    def answer_account(self, member: MemberId, answer: type[c.OnCollection]) -> None:
        self._try(answer, member)

    def switch(self) -> None:
        """What has come due takes effect, unless somebody has said no or a second person has to say yes first."""
        change = self.group.payee_changes.get(self.group.header.id)
        if change is None or change.next_at is None or change.next_at > self.group.now:
            return
        was, helped = self.group.header.payee, bool(self.group.header.helpers)
        self.group.do(c.SwitchPayee(collection=self.group.header.id))
        late = self.group.now >= change.asked_at + timedelta(hours=12) or change.at == change.asked_at
        vouched = change.agreed_by != NOBODY or not helped or change.at == change.asked_at
        if self.group.header.payee != was:
            assert change.held_by == NOBODY
            assert late
            assert vouched

    # -- credit -----------------------------------------------------------------------------------------------

    @rule(member=ANYBODY, amount=st.integers(1, 150))
    def earn_credit(self, member: MemberId, amount: int) -> None:
        """They pay the earlier one, and some of it becomes their credit."""
        with suppress(Refusal):
            self.before.pay(member)
            self.before.insist(c.GiveBack, MEI, member=member, amount=amount, to_credit=True)

    @rule(member=ANYBODY, amount=st.none() | st.integers(1, 150))
    def credit_goes_back(self, member: MemberId, amount: int | None) -> None:
        with suppress(Refusal):
            self.before.insist(c.GiveBack, MEI, member=member, amount=amount)

    @rule(member=ANYBODY)
    def use_credit(self, member: MemberId) -> None:
        """Only within what one person collects for themselves, as the store looks it up."""
        if self.boss == MEI:
            self._try(c.UseCredit, member)

    # -- what two owe each other ------------------------------------------------------------------------------

    @rule(one=ANYBODY, later=st.integers(0, 300))
    def set_off(self, one: MemberId, later: int) -> None:
        """Whoever is asked says yes, perhaps after something else was paid."""
        with suppress(Refusal):
            asked = self._about_rounds(c.Net(by=c.Actor(one), reply=Reply(CHAT), chat=CHAT))
            for proposal in asked.proposals:
                with suppress(Refusal):
                    self.theirs.pay(one, later)
                self._about_rounds(proposal.command)

    def _about_rounds(self, command: c.ChatCommand) -> Decision:
        groups = {g.header.id: g for g in (self.group, self.before, self.theirs)}
        rounds = tuple(
            Round(
                g.header,
                tuple(g.dues.values()),
                tuple(i for i in g.intents.values() if not attempts.finished(i.state)),
            )
            for g in groups.values()
            if g.header.open
        )
        owed = {(g.header.id, d.member): d.remaining for g in groups.values() for d in g.dues.values()}
        context = Context(self.group.now, self.group.policy, (f"net-{sum(len(g.entries) for g in groups.values())}",))
        decided = decide(State(chat=self.group.chat, rounds=rounds), command, context)
        for each in (decided, *decided.others):
            if each.collection is not None:
                groups[each.collection.id].keep(each)
        settled = [
            sum(was - groups[id_].dues[member].remaining for (id_, member), was in owed.items() if member == whose)
            for whose in {command.by.member, getattr(command, "one", command.by.member)}
        ]
        assert len(set(settled)) == 1, "the same sum on both sides"
        return decided
