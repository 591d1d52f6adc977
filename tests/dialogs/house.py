"""The whole product around the room, in memory: lines in, lines out, on a clock that stands until it is moved.

    house = await House.build()
    heard = await house.say("lin", "/collect 200 equal Hotpot")
    assert "6 people" in heard.group
    answer = (await house.press("anna", "Pay")).answer

Nothing runs in the background: everything is worked through before a call returns.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from adapters.channels.manual import Manual
from adapters.channels.sandbox import Sandbox
from adapters.chats.room import GROUP, PEOPLE, Room
from adapters.chats.room.board import Message
from adapters.web.links import Links
from bot.app import App, Parts, ShiftedClock
from bot.app.build import pages, renderer, templates_folder
from bot.domain.ledger import Finding
from bot.domain.policy import Policy
from bot.ports import FakeClock, Left, PaymentChannel, Person, Place, RawUpdate, Rendered
from bot.service.intake import Defaults
from bot.service.pictures import Pictures
from bot.store import Store

TUESDAY = datetime(2026, 11, 24, 2, tzinfo=UTC)
"""10:00 in Shanghai: outside the quiet hours."""
ZONE = "Asia/Shanghai"
URL = "https://pay.example"
SECRET = "a house keeps no secrets"
MOMENT = timedelta(seconds=4)
"""What everything that people do takes: the card's next edit is allowed after it, saying it again is no flood."""
_TAG = re.compile(r"<[^>]*>")
_ISOLATES = str.maketrans("", "", "\u2068\u2069")


def seen(markup: str) -> str:
    """What a reader sees of a message: no markup, no invisible characters."""
    return html.unescape(_TAG.sub("", markup)).translate(_ISOLATES)


@dataclass(frozen=True)
class Heard:
    """What came after something was done: in the group, on phones, and the answer to a press."""

    group: str = ""
    phones: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    alert: bool = False
    url: str = ""

    def __getitem__(self, person: str) -> str:
        """What came on the phone of ``person``; empty when nothing did."""
        return self.phones.get(person, "")

    @property
    def nothing(self) -> bool:
        return not (self.group or self.phones or self.answer)


class _Room(Room):
    """A room that remembers what it answered."""

    answered: dict[str, Rendered]

    async def answer(self, press: str, answer: Rendered) -> None:
        self.answered[press] = answer


class House:
    """The product and the people around it. Names of people are those of ``adapters.chats.room.PEOPLE``."""

    def __init__(
        self, locale: str, policy: Policy, pictures: Path, extra: Mapping[str, PaymentChannel] | None = None
    ) -> None:
        self.locale = locale
        self.pictures = Pictures(pictures, {})
        self.clock = ShiftedClock(FakeClock(TUESDAY), TUESDAY)
        self.room = _Room(clock=self.clock, page=pages().page, title="Friday", zone=ZONE)
        self.room.answered = {}
        self._door = _Door()
        self.web = httpx.AsyncClient(transport=self._door, base_url=URL)
        sandbox = Sandbox(
            secrets=[SECRET],
            public_url=URL,
            hook_url=f"{URL}/hooks/sandbox",
            clock=self.clock,
            page=pages().page,
            hook_client=httpx.AsyncClient(transport=self._door),
        )
        self.channels: dict[str, PaymentChannel] = {"sandbox": sandbox, "manual": Manual(), **(extra or {})}
        self.store = Store.open("sqlite://")
        parts = Parts(
            store=self.store,
            clock=self.clock,
            policy=policy,
            renderer=renderer(),
            links=Links([SECRET], URL, self.clock),
            chats={"room": self.room},
            channels=self.channels,
            notifiers={kind: self.room.phone(kind) for kind in ("sms", "service_notice", "call")},
            templates=templates_folder(),
            defaults=Defaults(locale, ZONE, "CNY"),
            pictures=pictures,
            wall=FakeClock(TUESDAY),
            ticks=lambda: self.clock.now().timestamp(),
        )
        self.app = App(parts)
        self._door.open(self.app)
        self._updates = 0

    @classmethod
    async def build(
        cls,
        pictures: Path,
        *,
        locale: str = "en",
        extra: Mapping[str, PaymentChannel] | None = None,
        **policy: object,
    ) -> House:
        """Everybody has moved in, and who is in touch has said hello in private. ``extra`` ways to pay go first."""
        channels = {"channels": (*(extra or {}), "sandbox", "manual")}
        house = cls(locale, Policy(**(channels | policy)), pictures, extra)  # type: ignore[arg-type]
        await house._put({"kind": "seeded"})
        for person in PEOPLE:
            if person.in_touch:
                await house._put({"kind": "said", "as": person.id, "text": "/start", "private": True})
        await house._moment()
        return house

    async def leave(self) -> None:
        await self.web.aclose()
        await self.app.stop()

    # -- what people do -----------------------------------------------------------------------------------------

    async def say(self, person: str, text: str, *, private: bool = False, file: bytes = b"") -> Heard:
        """A message in the group, or to the bot alone; with a file, if one is given."""
        mark = self._last
        message = self.room.board.number()
        event = {"kind": "said", "as": person, "text": text, "private": private, "message": message}
        if file:
            event |= {"file": self.room.board.take_in(file), "name": "list"}
        await self._put(event)
        await self._moment()
        return self._since(mark)

    async def write(self, person: str, text: str) -> Heard:
        """A private message to the bot."""
        return await self.say(person, text, private=True)

    async def press(self, person: str, button: str) -> Heard:
        """The newest button with that label that the person can see."""
        message, data = self._button(person, button)
        return await self.forge(person, data, private=message.kind != "said")

    async def forge(self, person: str, data: str, *, private: bool = False) -> Heard:
        """A press with any data, also of a button that is not there (any more)."""
        mark = self._last
        number = await self._put({"kind": "pressed", "as": person, "data": data, "private": private}, pressed=True)
        await self._moment()
        answer = self.room.answered.get(number)
        if answer is None:
            return self._since(mark)
        url = answer.open.url if answer.open else ""
        return self._since(mark, seen(answer.text), alert=answer.alert, url=url)

    def data(self, person: str, button: str) -> str:
        """What the button carries, for pressing it later or as somebody else."""
        return self._button(person, button)[1]

    def moves_in(self, person: str, name: str) -> None:
        """Somebody whom the room does not know by name is seen in the group."""
        self.store.run(lambda work: work.see(self._group(work), (Person(person, name),), "room", self.clock.now()))

    async def leaves(self, person: str) -> Heard:
        """Somebody leaves the group."""
        mark, intake = self._last, self.app.updates["room"]._intake
        gone = Left(Place(GROUP, "Friday"), who=Person(person, person.title()))
        self.store.run(lambda work: intake.take(work, "room", gone, admin=False, bot_names=frozenset()))
        await self._moment()
        return self._since(mark)

    def _group(self, work: object) -> int:
        chat = work.chat_of(  # type: ignore[attr-defined]
            "room", Place(GROUP, "Friday"), now=TUESDAY, locale=self.locale, timezone=ZONE, currency="CNY"
        )
        return chat.id  # type: ignore[no-any-return]

    # -- paying ---------------------------------------------------------------------------------------------------

    async def link(self, person: str) -> str:
        """Their pay page, by the newest Pay button."""
        url = (await self.press(person, "Pay" if self.locale == "en" else "去付款")).url
        assert url, f"{person} gets no page"
        return url

    async def page(self, link: str) -> str:
        """What the page says."""
        return seen((await self.web.get(link)).text)

    async def start(self, link: str, amount: str = "") -> str:
        """Chooses the sandbox bank on the page; the bank's address."""
        form = {"channel": "sandbox", "amount": amount}
        answer = await self.web.post(f"{link}/start", data=form)
        assert answer.status_code == 303, seen(answer.text)
        await self.app.settle()
        return str((await self.web.get(f"{link}/state")).json()["go"])

    async def at_bank(self, order: str, play: str) -> Heard:
        """What happens on the bank's page."""
        mark = self._last
        await self.web.post(order, data={"play": play})
        await self._moment()
        return self._since(mark)

    async def pay(self, person: str, amount: str = "") -> Heard:
        """From the button to the bank's yes."""
        return await self.at_bank(await self.start(await self.link(person), amount), "success")

    # -- time -----------------------------------------------------------------------------------------------------

    async def advance(self, **span: float) -> Heard:
        """Lets time pass, doing whatever comes due on the way; what came."""
        mark = self._last
        await self.app.advance(self.clock, timedelta(**span))
        return self._since(mark)

    async def away(self, **span: float) -> Heard:
        """The bot is down for that long, then comes back."""
        mark = self._last
        self.clock.move_to(self.clock.now() + timedelta(**span))
        await self.app.settle()
        return self._since(mark)

    # -- what people see ------------------------------------------------------------------------------------------

    def chat(self) -> list[str]:
        """What the bot said in the group."""
        return [seen(message.html) for message in self.room.board.group]

    def card(self, number: int = 1) -> str:
        """The living message of a collection."""
        cards = [message for message in self.room.board.group if seen(message.html).startswith(f"💰 #{number}")]
        assert len(cards) == 1, f"{len(cards)} cards of #{number}"
        return seen(cards[0].html)

    def phone(self, person: str) -> list[str]:
        """What came on the person's phone: ``kind: words``."""
        return [f"{message.kind}: {seen(message.html)}" for message in self.room.board.phones.get(person, ())]

    def buttons(self, person: str = "") -> list[str]:
        """The labels under the newest message on the person's phone, or in the group."""
        messages = self.room.board.phones[person] if person else self.room.board.group
        return [seen(each["label"]) for row in messages[-1].buttons for each in row]

    def has_picture(self) -> bool:
        """Whether the newest message in the group has one."""
        return bool(self.room.board.group[-1].picture)

    def verify(self) -> Sequence[Finding]:
        """What does not hold in the books."""
        return self.store.run(lambda work: tuple(work.verify()))

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _put(self, event: Mapping[str, object], *, pressed: bool = False) -> str:
        self._updates += 1
        number = str(self._updates)
        body = {**event, "press": number} if pressed else event
        await self.app.inbox.put("room", [RawUpdate(number, json.dumps(body).encode())])
        return number

    async def _moment(self) -> None:
        await self.app.advance(self.clock, MOMENT)

    @property
    def _last(self) -> int:
        return int(self.room.board.number())

    def _button(self, person: str, button: str) -> tuple[Message, str]:
        visible = [*self.room.board.group, *self.room.board.phones.get(person, ())]
        for message in sorted(visible, key=lambda each: int(each.id), reverse=True):
            for each in (each for row in message.buttons for each in row):
                label = seen(each["label"])
                if each["data"] and button in (label, label.partition(" ")[2]):
                    return message, each["data"]
        raise LookupError(f"{person} sees no button {button!r}")

    def _since(self, mark: int, answer: str = "", *, alert: bool = False, url: str = "") -> Heard:
        board = self.room.board
        group = "\n".join(seen(m.html) for m in board.group if int(m.id) > mark)
        phones = {
            person: "\n".join(f"{m.kind}: {seen(m.html)}" for m in messages if int(m.id) > mark)
            for person, messages in board.phones.items()
        }
        return Heard(group, {who: words for who, words in phones.items() if words}, answer, alert, url)


class _Door(httpx.ASGITransport):
    """Requests go straight into the site, once there is one."""

    def __init__(self) -> None:
        super().__init__(app=self._site)
        self._app: App | None = None

    def open(self, app: App) -> None:
        self._app, self._asgi = app, app.site()

    async def _site(self, scope: object, receive: object, send: object) -> None:
        await self._asgi(scope, receive, send)
