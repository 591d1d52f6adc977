"""A bank that is true to itself, whose words are lost, doubled and reordered, and people who answer at random.

What it says late it says all the same, at the latest in its statement; and in the end what it holds has to be what the
books received, and what is kept beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, Literal

import sqlalchemy as sa

from bot.domain import command as c, ledger
from bot.domain.decision import Decision, RefundRequest
from bot.domain.errors import Refusal, TooSoon
from bot.domain.model import Astray, Fate, IntentId, IntentState, MemberId, RefundState, Stray
from bot.domain.money import Money
from bot.domain.notice import Reply
from bot.ports import StatementLine
from bot.service.reconciling import matched
from bot.store.strays import STRAY, stray_of
from tests.store.town import Town

CHANNEL = "sandbox"
NOT_OURS = IntentId("lostlostlostlost")
"""An attempt of our shape that the books do not know."""
KEPT = (Fate.OPEN, Fate.UNCLEAR, Fate.RETURNING)


@dataclass(slots=True)
class Account:
    """What came by one charge, and what of it is still here, in minor units."""

    currency: str
    here: int
    disputed: bool = False
    returned: bool = False


class Bank:
    """Two collections of one town and the bank they are paid through. Everything by chance is drawn from ``seed``."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.chance = town, Random(seed)
        self.accounts: dict[str, Account] = {}
        self.unsaid: list[c.Command] = []
        self.told: set[str] = set()
        self.lines: list[StatementLine] = []
        self.gone: list[c.RecordReturn] = []
        self.asked: list[RefundRequest] = []
        self.done: dict[str, bool] = {}
        """Our refunds that it has decided on: whether they went."""
        self.collections = [town.collect(300), town.collect(240)]
        if self.chance.random() < 0.6:
            self._do(town.on(c.AskToPay, town.ann, self.collections[0], covers=(town.bo,)))

    def live(self, moments: int) -> None:
        """Something happens, so many times; after each the books are whole."""
        often = (self.pays, *(self.tells,) * 3, self.gives_back, self.disputes, self.takes_again, *(self.answers,) * 2)
        for _ in range(moments):
            self.chance.choice((*often, *(self.people,) * 3))()
            self.hold()

    # -- what people do ---------------------------------------------------------------------------------------

    def people(self) -> None:
        """The organiser answers what there is to answer, or changes their mind."""
        town, chance = self.town, self.chance
        collection, member = chance.choice(self.collections), self._somebody()
        amount = chance.choice([None, 20, 30, 50])

        def on(kind: type[c.OnCollection], **options: Any) -> c.Command:
            return town.on(kind, town.mei, collection, member=member, **options)

        acts: tuple[Callable[[], c.Command], ...] = (
            lambda: on(c.GiveBack, amount=amount),
            lambda: on(c.GiveBack, loose=True),
            lambda: on(c.GiveBack, amount=amount, by_hand=True),
            lambda: on(c.GiveBack, amount=amount, to_credit=True),
            *(lambda kind=kind: on(kind) for kind in (c.MakeCredit, c.Accept, c.Keep, c.LetGo, c.Waive, c.Drop)),
            lambda: on(c.Confirm),
            lambda: town.on(c.UseCredit, member, collection),
            lambda: town.on(chance.choice([c.Close, c.Cancel]), town.mei, collection),
        )
        if (strays := [s for s in self._strays() if s.open and s.why is not Astray.BEYOND]) and chance.random() < 0.4:
            self._do(self._answer(chance.choice(strays), member))
        else:
            self._do(chance.choice(acts)())

    def _answer(self, stray: Stray, member: MemberId) -> c.Command:
        reply = Reply(self.town.chat.id, message="m", private=True)
        said: dict[str, Any] = {"by": c.Actor(self.town.mei, admin=True), "reply": reply, "stray": stray.id}
        if self.chance.random() < 0.3:
            return c.ReturnStray(**said)
        whose = {} if stray.collection else {"collection": self.chance.choice(self.collections), "member": member}
        return c.CountStray(as_credit=self.chance.random() < 0.4, **whose, **said)

    def pays(self) -> None:
        """What was asked for; or more, less, in euros, for an attempt that nobody knows; or as somebody saw before."""
        town, chance = self.town, self.chance
        collection, member = chance.choice(self.collections), self._somebody()
        begun = self._do(c.StartPayment(collection=collection, member=member, channel=CHANNEL, amount=None))
        if begun is None or not begun.intents:
            return
        intent = begun.intents[-1]
        how = chance.choice(["", "", "", "", "more", "less", "euros", "lost", "seen"])
        amount = max(1, intent.amount + {"more": 40, "less": -10}.get(how, 0))
        money = Money(amount, "EUR" if how == "euros" else "CNY")
        named = NOT_OURS if how == "lost" else intent.id
        if how == "seen":
            self._do(c.ChannelAnswered(intent=intent.id, state=IntentState.UNKNOWN, cause="timeout"))
            self._do(town.on(c.Came, town.mei, collection, intent=intent.id))
        reference = f"ch{len(self.accounts)}"
        self.accounts[reference] = Account(money.currency, money.minor)
        self.lines.append(StatementLine("charge", reference, named, money, town.now))
        said = {"amount": money.minor, "currency": money.currency, "at": town.now}
        self.unsaid.append(c.RecordCharge(channel=CHANNEL, reference=reference, intent=named, **said))  # type: ignore[arg-type]

    # -- what the bank does ------------------------------------------------------------------------------------

    def gives_back(self) -> None:
        self._goes_back("refund")

    def disputes(self) -> None:
        self._goes_back("dispute")

    def _goes_back(self, kind: Literal["refund", "dispute"]) -> None:
        """A part of a charge or all of it, without us. A charge is disputed once, and then nothing else comes of it."""
        chance = self.chance
        here = [(k, a) for k, a in self.accounts.items() if a.here and not a.disputed]
        here = [(k, a) for k, a in here if kind == "refund" or not a.returned]
        if not here:
            return
        charge, account = chance.choice(here)
        part = account.here if chance.random() < 0.5 else min(account.here, chance.choice([10, 20, 30, 50]))
        account.here, account.returned = account.here - part, True
        account.disputed = kind == "dispute"
        said: dict[str, Any] = {"amount": part, "currency": account.currency, "at": self.town.now, "kind": kind}
        back = c.RecordReturn(channel=CHANNEL, charge=charge, reference=f"re{len(self.lines)}", **said)
        self.unsaid.append(back)
        self.gone.append(back)
        self._state(back)

    def takes_again(self) -> None:
        """A refund bounces, or a dispute is won."""
        if not self.gone:
            return
        back = replace(self.gone.pop(self.chance.randrange(len(self.gone))), undone=True)
        self.accounts[back.charge].here += back.amount
        self.unsaid.append(back)
        self._state(back)

    def _state(self, back: c.RecordReturn) -> None:
        money = Money(back.amount, back.currency)
        line = StatementLine(back.kind, back.reference, "", money, back.at, charge=back.charge, undone=back.undone)
        self.lines.append(line)

    def answers(self) -> None:
        """What we asked it to give back: it does, or cannot, and sometimes says nothing."""
        if not self.asked:
            return
        request = self.asked.pop(self.chance.randrange(len(self.asked)))
        found = self.town.store.run(lambda work: work.refund(request.refund))
        assert found is not None
        refund, charge = found
        if refund.by_hand or refund.state in (RefundState.REFUNDED, RefundState.FAILED):
            return
        account = self.accounts.get(charge.at_channel)
        if refund.id not in self.done:
            self.done[refund.id] = account is not None and account.here >= refund.amount
            if account is not None and self.done[refund.id]:
                account.here -= refund.amount
                money = Money(refund.amount, refund.currency)
                ours = StatementLine(
                    "refund", f"rf{refund.id}", refund.id, money, self.town.now, charge=charge.at_channel
                )
                self.lines.append(ours)
        if self.chance.random() < 0.3:
            self.asked.append(request)
            state, reference = RefundState.UNKNOWN, ""
        else:
            went = self.done[refund.id]
            state, reference = (RefundState.REFUNDED, f"rf{refund.id}") if went else (RefundState.FAILED, "")
        self._hear(c.RefundAnswered(refund=refund.id, state=state, reference=reference, operation="refund"))

    # -- what it says ------------------------------------------------------------------------------------------

    def tells(self) -> None:
        """One of its words, in whatever order, sometimes to be said again. What went back is told after what came."""
        if not self.unsaid:
            return
        word = self.unsaid[at := self.chance.randrange(len(self.unsaid))]
        if isinstance(word, c.RecordReturn) and word.charge not in self.told:
            return
        if isinstance(word, c.RecordCharge):
            self.told.add(word.reference)
        if self._hear(word) and self.chance.random() < 0.75:
            del self.unsaid[at]

    def reads_out(self) -> None:
        """Its statement, line by line."""
        taken: set[str] = set()
        for came in (True, False):
            lines = [line for line in self.lines if (line.kind == "charge") is came]
            known = self.town.store.run(lambda work, lines=lines: work.on_record(CHANNEL, lines))  # type: ignore[misc]
            taken |= {refund for record in known for refund in record.refunds}
            for line, record in zip(lines, known, strict=True):
                _, command = matched(CHANNEL, line, record, taken)
                if command is not None:
                    self._hear(command)

    # -- the end -----------------------------------------------------------------------------------------------

    def comes_to_rest(self) -> None:
        """Half of the words are lost, the others said; then it reads its statement out, twice."""
        self.unsaid = [word for word in self.unsaid if self.chance.random() < 0.5]
        for _ in range(400):
            self.answers()
            self.tells()
        for _ in range(2):
            self.reads_out()
            self.hold()

    def balance(self) -> tuple[int, int]:
        """What the bank holds in CNY, and what it should hold by the books and by what is kept beside them."""
        bank = sum(account.here for account in self.accounts.values() if account.currency == "CNY")
        entries = [self.town.store.run(lambda work, id_=id_: work.entries(id_)) for id_ in self.collections]  # type: ignore[misc]
        books = sum(ledger.balances(each).get(ledger.received(CHANNEL), 0) for each in entries)
        beside = [s for s in self._strays() if s.currency == "CNY"]
        kept = sum(s.amount for s in beside if s.fate in KEPT and s.why is not Astray.BEYOND)
        beyond = sum(s.amount for s in beside if s.why is Astray.BEYOND and s.open)
        return bank, books + kept - beyond

    def hold(self) -> None:
        assert self.town.store.run(lambda work: [finding.what for finding in work.verify()]) == []

    def _strays(self) -> list[Stray]:
        return self.town.store.run(lambda work: [stray_of(row) for row in work.connection.execute(sa.select(*STRAY.c))])

    def _somebody(self) -> MemberId:
        return self.chance.choice([self.town.ann, self.town.bo])

    def _hear(self, word: c.Command) -> bool:
        """What the bank says is applied; whether it need not be said again."""
        try:
            self._do(word, asked=False)
        except TooSoon:
            return False
        return True

    def _do(self, command: c.Command, *, asked: bool = True) -> Decision | None:
        """And yes to whatever is read back first (``asked``: by a person)."""
        self.town.now += timedelta(seconds=1)
        try:
            decided = self.town.do(command)
            while asked and decided.proposals and not decided.refunds:
                decided = self.town.do(decided.proposals[0].command)
        except Refusal:
            return None
        self.asked += (request for request in decided.requests if isinstance(request, RefundRequest))
        return decided
