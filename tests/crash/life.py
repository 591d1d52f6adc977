"""One life of the product: it starts, people and the bank go on where they were, and it ends, or is killed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from adapters.web.links import Links
from bot.app import App, Parts
from bot.app.build import renderer, templates_folder
from bot.domain import press
from bot.domain.command import StartPayment
from bot.domain.model import CollectionId
from bot.domain.policy import Policy
from bot.ports import FakeClock, Person, RawUpdate
from bot.service.intake import Defaults
from bot.store import Store, faults
from tests.crash.journal import Journal
from tests.crash.outside import IN_TOUCH, Bank, Group, KeptClock, Phones

MORNING: Final = datetime(2026, 11, 24, 2, tzinfo=UTC)
"""10:00 in Shanghai: outside the quiet hours."""
ACTS: Final = 16
ACT: Final = "act"
"""The point that is passed when somebody is about to do something."""
PEOPLE: Final = ("lin", "anna", "ben", "xiaowang", "dora", "emil")
PAYERS: Final = PEOPLE[1:]
MOMENT: Final = timedelta(seconds=4)
LEASES: Final = timedelta(minutes=2)
"""After which nothing is leased to a process that was killed."""

Act = tuple[str, str, str]
"""What happens, by whom, with what."""


def script(seed: int) -> Sequence[Act]:
    """What people, the bank and the clock do: always the same for one ``seed``."""
    rng = Random(seed)
    opening: list[Act] = [
        ("update", "", json.dumps({"kind": "seeded"})),
        *(("write", who, "/start") for who in IN_TOUCH),
        ("write", "xiaowang", "/sms +12025550104"),
        ("say", "lin", f"/collect {rng.randint(1, 500)} equal Party-0"),
        ("start", "xiaowang", ""),
        ("start", "anna", ""),
        ("paid", "", ""),
        ("paid", "", ""),
        ("say", "lin", "/refund #1 @anna"),
        ("press", "lin", "yes"),
    ]
    return [*opening, *(_act(rng, n) for n in range(ACTS))]


def _act(rng: Random, n: int) -> Act:
    who = rng.choice(PAYERS)
    acts: Sequence[tuple[int, Act]] = (
        (3, ("say", "lin", f"/collect {rng.randint(1, 500)} {rng.choice(('each', 'equal'))} Party-{n + 1}")),
        (4, ("start", who, "")),
        (5, ("paid", "", "")),
        (2, ("paid unseen", "", "")),
        (3, ("press", who, rng.choice(("paid", "pay", "share", "details")))),
        (3, ("press", "lin", rng.choice(("confirm", "reject")))),
        (2, ("say", "lin", "/status")),
        (1, ("say", "lin", f"/waive @{who}")),
        (1, ("say", "lin", "/close")),
        (2, ("say", "lin", f"/refund #{rng.randint(1, 3)} @{who}{rng.choice(('', ' 1', ' 0.5'))}")),
        (4, ("press", "lin", "yes")),
        (1, ("press", "lin", "gave")),
        (4, ("wait", "", rng.choice(("3", "15", "360", "1440")))),
    )
    return rng.choices([act for _, act in acts], [weight for weight, _ in acts])[0]


class Life:
    """The product on the files in ``folder``."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.journal = Journal(folder / "journal")
        self.clock = KeptClock(self.journal, MORNING)
        self.bank = Bank(self.journal, self.clock)
        self._script = script(seed)
        self._rng = Random(f"{seed}-{sum(1 for _ in self.journal.facts('clock'))}")
        group = Group(self.journal)
        self.store = Store.open(f"sqlite:///{folder / 'crash.db'}")
        self.app = App(
            Parts(
                store=self.store,
                clock=self.clock,
                policy=Policy(channels=("bank", "manual")),
                renderer=renderer(),
                links=Links(["a crash keeps no secrets"], "https://pay.example", self.clock),
                chats={"room": group},
                channels={"bank": self.bank},
                notifiers={kind: Phones(kind, self.journal) for kind in ("sms", "service_notice", "call")},
                templates=templates_folder(),
                defaults=Defaults("en", "Asia/Shanghai", "CNY"),
                pictures=folder / "pictures",
                wall=FakeClock(MORNING),
            )
        )

    async def live(self) -> None:
        """Take up what was left, finish the script, and let five days pass."""
        await self._again()
        await self.app.advance(self.clock, MOMENT)
        done = {fact["act"] for fact in self.journal.facts("act")}
        for number, act in enumerate(self._script):
            if number not in done:
                faults.point(ACT)
                self.journal.write("act", act=number)  # people do a thing once; what came of it is in the journal
                await self._perform(number, act)
                if act[0] == "say" or self._rng.random() < 0.7:  # saying the same twice at once would be a flood
                    await self.app.advance(self.clock, MOMENT)
        await self.app.advance(self.clock, LEASES)
        await self.app.advance(self.clock, timedelta(days=5))
        await self.app.stop()
        self.journal.close()

    async def _again(self) -> None:
        """What was never acknowledged comes again; now and then something that was, too: the answer got lost."""
        acked = {fact["id"] for fact in self.journal.facts("acked")}
        for fact in list(self.journal.facts("update", "hook")):
            if fact["id"] not in acked or self._rng.random() < 0.2:
                deliver = self._hand_over if fact["kind"] == "update" else self._tell
                await deliver(fact["id"], fact["body"])

    # -- what happens ---------------------------------------------------------------------------------------

    async def _perform(self, number: int, act: Act) -> None:
        what, who, detail = act
        if what == "wait":
            await self.app.advance(self.clock, timedelta(minutes=int(detail)))
        elif what == "start":
            await self._start(who)
        elif what in ("paid", "paid unseen"):
            await self._pay(unseen=what == "paid unseen")
        elif what == "update":
            await self._update(number, json.loads(detail))
        elif what == "press":
            if (data := self._button(detail)) is not None:
                await self._update(number, {"kind": "pressed", "as": who, "data": data, "press": str(number)})
        else:
            said = {"kind": "said", "as": who, "text": detail, "message": f"m{number}", "private": what == "write"}
            await self._update(number, said)

    def _button(self, action: str) -> str | None:
        """The newest button of that kind that was ever seen."""
        seen = [data for fact in self.journal.facts("posted", "wrote") for data in fact["buttons"]]
        fitting = [data for data in seen if (decoded := press.decode(data)) is not None and decoded.action == action]
        return fitting[-1] if fitting else None

    async def _update(self, number: int, event: dict[str, Any]) -> None:
        body = json.dumps(event)
        self.journal.write("update", id=str(number + 1), body=body)
        await self._hand_over(str(number + 1), body)

    async def _hand_over(self, id_: str, body: str) -> None:
        await self.app.inbox.put("room", [RawUpdate(id_, body.encode())])
        self.journal.write("acked", id=id_)

    async def _start(self, who: str) -> None:
        """Somebody chooses the bank on their page of the newest collection."""
        collections = self.store.run(lambda work: tuple(work.collections()))
        newest = max(collections, key=lambda id_: self._number(id_), default=None)
        if newest is not None:
            member = self.store.run(lambda work: work.member_of("room", Person(who, who)).id)
            outcome = await self.app.counter.submit(StartPayment(collection=newest, member=member, channel="bank"))
            if outcome.intent:
                self.journal.write("started", intent=outcome.intent)

    def _number(self, collection: CollectionId) -> int:
        found = self.store.run(lambda work: work.collection(collection))
        assert found is not None
        return found.number

    async def _pay(self, *, unseen: bool) -> None:
        """Money moves at the bank; it tells us, or leaves it to us to ask."""
        orders = self.bank.payable()
        if orders:
            body = self.bank.take_money(self._rng.choice(orders))
            if not unseen:
                event = json.loads(body)["id"]
                self.journal.write("hook", id=event, body=body.decode())
                await self._tell(event, body.decode())

    async def _tell(self, event: str, body: str) -> None:
        status, _, _ = await self.app.counter.hook("bank", {}, body.encode())
        self.journal.write("acked" if status == 200 else "refused", id=event, status=status)
