"""The outside world: a group, a bank and phones that remember in the journal what they were told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from starlette.routing import BaseRoute

from adapters.chats.room.parse import parse
from bot.app import ShiftedClock
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.domain.money import Money
from bot.ports import (
    ChannelAnswer,
    ChannelTraits,
    ChargeFact,
    ChatTraits,
    Contactee,
    Errand,
    FakeClock,
    HookEvent,
    Inbound,
    Inbox,
    Payer,
    PaymentChannel,
    RefundAnswer,
    Rendered,
    Unreachable,
    Unverified,
)
from tests.crash.journal import Journal

IN_TOUCH = ("lin", "anna", "xiaowang")
"""Who has talked to the bot in private."""


class KeptClock(ShiftedClock):
    """Stands until it is moved; the next process finds it where it was."""

    def __init__(self, journal: Journal, start: datetime) -> None:
        at = start
        for fact in journal.facts("clock"):
            at = datetime.fromisoformat(fact["at"])
        super().__init__(FakeClock(at), at)
        self._journal = journal

    def move_to(self, at: datetime) -> None:
        super().move_to(at)
        self._journal.write("clock", at=self.now().isoformat())


class Group:
    """A chat platform with one group (``ChatPort``). Updates are those of the room."""

    name = "room"
    traits = ChatTraits()
    bot_names = frozenset({"qunshou"})

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._messages = sum(1 for _ in journal.facts("posted", "wrote"))

    async def run(self, inbox: Inbox) -> None:
        raise NotImplementedError("the script delivers updates itself")

    def parse(self, body: bytes) -> Sequence[Inbound]:
        return parse(body, "Friday")

    async def post(self, chat: str, message: Rendered, *, reply_to: str = "") -> str:
        return self._told("posted", chat, message, reply_to=reply_to)

    async def write(self, person: str, message: Rendered) -> str:
        if person not in IN_TOUCH:
            raise Unreachable("never started the bot")
        return self._told("wrote", person, message)

    def _told(self, kind: str, to: str, message: Rendered, **more: str) -> str:
        self._messages += 1
        buttons = [button.data for row in message.buttons for button in row if button.data]
        self._journal.write(kind, to=to, id=str(self._messages), text=message.text, buttons=buttons, **more)
        return str(self._messages)

    async def whisper(self, chat: str, person: str, message: Rendered, *, reply_to: str = "") -> str:
        raise Unreachable("nobody whispers here")

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None:
        self._journal.write("edited", to=chat, id=message_id, text=message.text)

    async def answer(self, press: str, answer: Rendered) -> None:
        self._journal.write("answered", press=press, text=answer.text)

    async def picture(self, reference: str) -> bytes:
        raise NotImplementedError

    async def document(self, reference: str, *, most: int) -> bytes:
        raise NotImplementedError

    async def is_admin(self, chat: str, person: str) -> bool:
        return person == "lin"

    async def head_count(self, chat: str) -> int | None:
        return None

    def routes(self, inbox: Inbox) -> Sequence[BaseRoute]:
        return ()

    async def greet(self) -> str:
        return ""

    async def close(self) -> None:
        """Nothing is held open."""

    def ready(self) -> str:
        return ""


class Bank(PaymentChannel):
    """A payment channel (``PaymentChannel``): an order is what it was asked for, a charge is money that moved."""

    name = "bank"
    traits = ChannelTraits(can_refund=True)

    def __init__(self, journal: Journal, clock: ShiftedClock) -> None:
        self._journal, self._clock = journal, clock

    def _find(self, kind: str, intent: str) -> Mapping[str, object] | None:
        return next((fact for fact in self._journal.facts(kind) if fact["intent"] == intent), None)

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        if self._find("order", intent.id) is None:
            self._journal.write("order", intent=intent.id, amount=intent.amount, currency=intent.currency)
        return await self.query(intent)

    async def query(self, intent: Intent) -> ChannelAnswer:
        if (charge := self._find("charge", intent.id)) is not None:
            return _paid(charge)
        if self._find("shut", intent.id) is not None:
            return ChannelAnswer(IntentState.CLOSED)
        action = {"kind": "redirect", "url": f"https://bank.example/{intent.id}"}
        return ChannelAnswer(IntentState.PENDING, reference=f"ref-{intent.id}", action=action)

    async def close(self, intent: Intent) -> ChannelAnswer:
        if self._find("charge", intent.id) is None and self._find("shut", intent.id) is None:
            self._journal.write("shut", intent=intent.id)
        return await self.query(intent)

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        if self._back(refund.id) is None:
            self._journal.write("returned", refund=refund.id, reference=charge.reference, amount=refund.amount)
        return await self.query_refund(refund, charge)

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        if self._back(refund.id) is None:
            return RefundAnswer(RefundState.FAILED, cause="no_such_refund")
        return RefundAnswer(RefundState.REFUNDED, reference=f"back-{refund.id}")

    def _back(self, refund: str) -> Mapping[str, object] | None:
        return next((fact for fact in self._journal.facts("returned") if fact["refund"] == refund), None)

    def payable(self) -> list[Mapping[str, object]]:
        """Orders that a payer could still pay."""
        ended = {fact["intent"] for fact in self._journal.facts("charge", "shut")}
        return [order for order in self._journal.facts("order") if order["intent"] not in ended]

    def take_money(self, order: Mapping[str, object]) -> bytes:
        """The payer pays; the webhook's body."""
        facts = {key: order[key] for key in ("intent", "amount", "currency")}
        self._journal.write("charge", reference=f"ch-{order['intent']}", at=self._clock.now().isoformat(), **facts)
        return json.dumps(
            {"id": f"evt-{order['intent']}", **(self._find("charge", str(order["intent"])) or {})}
        ).encode()

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        try:
            event = json.loads(body)
            return (HookEvent(event["id"], event["intent"], _paid(event)),)
        except (KeyError, TypeError, ValueError) as error:
            raise Unverified(str(error)) from error

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"ok", "text/plain"

    def routes(self) -> Sequence[BaseRoute]:
        return ()

    async def aclose(self) -> None:
        """Nothing is held open."""


def _paid(charge: Mapping[str, object]) -> ChannelAnswer:
    money = Money(int(str(charge["amount"])), str(charge["currency"]))
    fact = ChargeFact(str(charge["reference"]), money, datetime.fromisoformat(str(charge["at"])))
    return ChannelAnswer(IntentState.PAID, reference=fact.reference, charge=fact)


class Phones:
    """A notifier (``Notifier``) of one kind."""

    def __init__(self, name: str, journal: Journal) -> None:
        self.name, self._journal = name, journal

    async def notify(self, to: Contactee, errand: Errand) -> str:
        self._journal.write("rang", via=self.name, to=to.person, errand=errand.id, text=errand.text)
        return errand.id
