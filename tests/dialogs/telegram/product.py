"""The real product between a Bot API server and browsers: real HTTP on loopback, a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn

from adapters.channels.manual import Manual
from adapters.channels.sandbox import Sandbox
from adapters.channels.telegram_invoice import TelegramPayments, TelegramStars, Wire
from adapters.chats.telegram import Telegram
from adapters.notifiers.call import CallStub
from adapters.notifiers.log import LogSms
from adapters.notifiers.service_notice import ServiceNotice
from adapters.web.links import Links
from bot.app import App, Parts, ShiftedClock, listen
from bot.app.build import pages, renderer, templates_folder
from bot.commands import menu
from bot.domain.policy import Policy
from bot.ports import PaymentChannel
from bot.service.intake import Defaults
from bot.store import Store
from tests.botapi.payments import PROVIDER_TOKEN
from tests.botapi.server import BotApi, Loopback
from tests.botapi.world import Chat, Message, User

MORNING = datetime(2026, 11, 24, 2, tzinfo=UTC)
"""10:00 in Shanghai: outside the quiet hours."""
PUBLIC = "https://collect.example"
"""What stands in links; browsers of these tests find it on loopback."""
SECRET = "a test keeps no secrets"
_ISOLATES = str.maketrans("", "", "\u2068\u2069")


def words(message: Message | str) -> str:
    """What a reader sees, without what keeps names apart."""
    return (message if isinstance(message, str) else message.text).translate(_ISOLATES)


async def _no_pause(_: float) -> None:
    """Pacing waits on the product's clock, which stands."""
    await asyncio.sleep(0)


class Product:
    """One process of the product. Entering starts it, leaving stops it; on the same folder the next one goes on."""

    app: App
    web: httpx.AsyncClient

    def __init__(self, api: BotApi, clock: ShiftedClock, folder: Path, *, webhook: bool = False) -> None:
        self.api, self.clock, self.folder = api, clock, folder
        self._webhook = webhook
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        listener = listen("127.0.0.1", 0)
        self._stack.callback(listener.close)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.web = await self._stack.enter_async_context(httpx.AsyncClient(base_url=url, trust_env=False))
        self.app = App(self._parts(url))
        server = Loopback(uvicorn.Config(self.app.site(), log_config=None, lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        self._stack.push_async_callback(asyncio.wait, [serving])
        self._stack.callback(server.stop.set)
        await server.up.wait()
        await self.app.start()
        self._stack.push_async_callback(self.app.stop)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _parts(self, url: str) -> Parts:
        telegram = Telegram(
            self.api.token,
            wall=self.clock,
            base_url=self.api.base_url.removesuffix("/bot"),
            commands=lambda locale, private: menu(locale, private=private),
            pause=_no_pause,
            webhook_url=url if self._webhook else "",
            webhook_secret="s3cret" if self._webhook else "",
        )
        sandbox = Sandbox(
            secrets=[SECRET],
            public_url=PUBLIC,
            hook_url=f"{url}/hooks/sandbox",
            clock=self.clock,
            page=pages().page,
            hook_client=httpx.AsyncClient(trust_env=False),
            pause=_no_pause,
        )
        invoices = Wire(self.api.token, httpx.AsyncClient(trust_env=False), self.api.base_url.removesuffix("/bot"))
        ways: dict[str, PaymentChannel] = {
            "sandbox": sandbox,
            "telegram_payments": TelegramPayments(invoices, provider_token=PROVIDER_TOKEN, currency="CNY"),
            "telegram_stars": TelegramStars(invoices),
            "manual": Manual(),
        }
        return Parts(
            store=Store.open(f"sqlite:///{self.folder / 'qunshou.db'}"),
            clock=self.clock,
            policy=Policy(channels=tuple(ways)),
            renderer=renderer(),
            links=Links([SECRET], PUBLIC, self.clock),
            chats={"telegram": telegram},
            channels=ways,
            notifiers={
                "sms": LogSms(file=self.folder / "sms.jsonl", clock=self.clock),
                "service_notice": ServiceNotice(chats={"telegram": telegram}),
                "call": CallStub(folder=self.folder / "calls", clock=self.clock),
            },
            templates=templates_folder(),
            defaults=Defaults("en", "Asia/Shanghai", "CNY"),
            pictures=self.folder / "pictures",
        )

    # -- waiting --------------------------------------------------------------------------------------------------

    async def quiet(self) -> None:
        """Everything that people did has been received, worked through and answered."""
        await self.api.settled()
        await self.app.settle()

    async def advance(self, **span: float) -> None:
        """Lets time pass, doing what comes due on the way."""
        await self.api.settled()
        await self.app.advance(self.clock, timedelta(**span))

    async def heard(self, chat: Chat | User) -> str:
        """What the bot wrote there since this was asked last, or edited. As one text."""
        await self.quiet()
        place = self.api.world.chats[chat.id]
        fresh = [m for m in self.api.messages(place) if m.id > self._marks.get(chat.id, 0)]
        self._marks[chat.id] = place.last_message
        return "\n".join(words(message) for message in fresh)

    @property
    def _marks(self) -> dict[int, int]:
        return self.__dict__.setdefault("marks", {})

    def card(self, group: Chat, number: int = 1) -> Message:
        """The one card of a collection."""
        cards = [message for message in self.api.messages(group) if words(message).startswith(f"💰 #{number}")]
        assert len(cards) == 1, f"{len(cards)} cards"
        return cards[0]

    def edits(self, message: Message) -> int:
        """How often the bot edited it."""
        return sum(
            method == "editMessageText"
            and int(params["chat_id"]) == message.chat.id
            and params["message_id"] == message.id
            for method, params in self.api.calls
        )

    def sent(self, chat: Chat | User, containing: str) -> int:
        """How many messages with these words the bot wrote there."""
        return sum(containing in words(message) for message in self.api.messages(self.api.world.chats[chat.id]))

    # -- in a browser ---------------------------------------------------------------------------------------------

    async def page_of(self, user: User, group: Chat, button: str = "💳 Pay") -> str:
        """Taps Pay, follows Telegram to the private chat, presses Start, and finds the button to the own page."""
        answer = await self.api.press(user, self.card(group), button)
        payload = re.fullmatch(rf"https://t\.me/{self.api.bot.username}\?start=(pay_\w+)", answer.url)
        assert payload, answer
        await self.api.start(user, payload[1])
        await self.quiet()
        [button] = [b for b in self.api.private(user)[-1].buttons if "url" in b]
        assert str(button["url"]).startswith(f"{PUBLIC}/pay/")
        return str(button["url"]).removeprefix(PUBLIC)

    async def open(self, page: str) -> str:
        """Looks at the page, as its script tells; what it says."""
        shown = await self.web.get(page)
        assert (await self.web.post(f"{page}/opened")).status_code == 204
        return words(shown.text)

    async def start(self, page: str) -> str:
        """Chooses the bank on the page; where it leads."""
        assert (await self.web.post(f"{page}/start", data={"channel": "sandbox"})).status_code == 303
        await self.quiet()
        state: dict[str, Any] = (await self.web.get(f"{page}/state")).json()
        return str(state["go"]).removeprefix(PUBLIC)

    async def invoice(self, page: str, channel: str = "telegram_payments") -> str:
        """Chooses an invoice in Telegram on the page; its link."""
        assert (await self.web.post(f"{page}/start", data={"channel": channel})).status_code == 303
        await self.quiet()
        [link] = set(re.findall(r'href="(https://t\.me/[^"]+)"', (await self.web.get(page)).text))
        return str(link)

    async def pay(self, page: str) -> None:
        """Pays on the page, at the bank."""
        assert (await self.web.post(await self.start(page), data={"play": "success"})).status_code == 303
        await self.quiet()
