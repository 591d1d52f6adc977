"""Telegram as a ``ChatPort``: python-telegram-bot for its types and calls, receiving and pacing of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import httpx
import structlog
from starlette.routing import BaseRoute
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    ChatMember,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import InvalidToken
from telegram.request import HTTPXRequest

from adapters.chats.telegram.parse import CHECKOUT, parse
from adapters.chats.telegram.present import CAPTION_LIMIT, TEXT_LIMIT, Presented, present, present_answer, telegram_html
from adapters.chats.telegram.receive import ALLOWED_UPDATES, HOLD, Polling, Webhook
from adapters.chats.telegram.send import Pause, Sender, Settled
from bot.ports import Attachment, ChatTraits, Clock, Declined, Inbound, Inbox, Outside, Picture, Rendered

log = structlog.get_logger(__name__)

Menu = Callable[[str, bool], Sequence[tuple[str, str]]]
"""(locale, private) → commands with their descriptions."""
Key = TypeVar("Key")
Value = TypeVar("Value")

LANGUAGES: Final = (("en", ""), ("zh_CN", "zh"))
"""Our locales and Telegram's language codes; the empty one is for everybody else."""
ADMIN_KNOWN_FOR: Final = timedelta(seconds=60)
COUNT_KNOWN_FOR: Final = timedelta(minutes=5)
MOST_REMEMBERED: Final = 4096
LARGEST_PICTURE: Final = 10 * 1024 * 1024
_BACKOFF: Final = (1, 2, 5, 10, 30, 60)
"""Seconds before connecting again, by failures in a row; the last one repeats."""
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_ADMINS: Final = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})


class Telegram:
    """One bot. With ``webhook_url`` (where this server is reached from outside) Telegram posts updates, else they
    are polled. ``pause`` is how it waits, ``transport`` how it connects: tests bring their own."""

    name = "telegram"
    traits = ChatTraits(
        deep_links=True, invoices=True, whispers=True, per_second=25, per_minute=18, text_limit=TEXT_LIMIT
    )

    def __init__(
        self,
        token: str,
        *,
        wall: Clock,
        commands: Menu,
        base_url: str = "https://api.telegram.org",
        webhook_url: str = "",
        webhook_secret: str = "",
        pause: Pause = asyncio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        base = base_url.rstrip("/")
        over = {"transport": transport} if transport is not None else {}
        self._request = HTTPXRequest(read_timeout=20.0, connect_timeout=10.0, httpx_kwargs=over)
        self._bot = Bot(token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=self._request)
        self._client = httpx.AsyncClient(transport=transport)
        self._polling = Polling(self._client, f"{base}/bot{token}")
        self._webhook = Webhook(webhook_url, webhook_secret) if webhook_url else None
        self._sender = Sender(wall, pause)
        self._pause, self._menu = pause, commands
        self._admins = _Memory[tuple[str, str], bool](wall, ADMIN_KNOWN_FOR)
        self._counts = _Memory[str, int](wall, COUNT_KNOWN_FOR)
        self._username = ""
        self._trouble = "not connected yet"

    @property
    def bot_names(self) -> frozenset[str]:
        return frozenset({self._username.lower()} if self._username else ())

    # -- receiving ------------------------------------------------------------------------------------------

    async def run(self, inbox: Inbox) -> None:
        """Introduce ourselves, then receive until cancelled; after any trouble, try again a little later."""
        failures, introduced = 0, False
        while True:
            try:
                if not introduced:
                    await self._introduce()
                    introduced, self._trouble = True, ""
                await self._receive(inbox, hold=0 if failures else HOLD)
            except Outside as trouble:
                failures += 1
                self._trouble = trouble.code or type(trouble).__name__
                log.warning("telegram.trouble", code=trouble.code, failures=failures)
                await self._pause(trouble.retry_after or _backoff(failures))
            except Exception:  # receiving goes on whatever breaks (the store, mostly): what was not kept comes again
                failures += 1
                self._trouble = "failing, see the log"
                log.exception("telegram.failed", failures=failures)
                await self._pause(_backoff(failures))
            else:
                failures, self._trouble = 0, ""

    async def _receive(self, inbox: Inbox, *, hold: int) -> None:
        if self._webhook is None:
            await self._polling.once(inbox, hold=hold)
        else:
            await asyncio.Event().wait()  # the route receives

    async def _introduce(self) -> None:
        me = await self._sender.call(self._bot.get_me)
        self._username = me.username or ""
        await self._sender.call(self._say_how)
        for locale, language in LANGUAGES:
            for private in (True, False):
                await self._tell_commands(locale, language, private=private)

    async def _say_how(self) -> bool:
        """How we want to receive. What came in the meantime is kept."""
        if self._webhook is None:
            return await self._bot.delete_webhook(drop_pending_updates=False)
        return await self._bot.set_webhook(
            self._webhook.url, secret_token=self._webhook.secret, allowed_updates=ALLOWED_UPDATES
        )

    async def _tell_commands(self, locale: str, language: str, *, private: bool) -> None:
        """The menu of one language and scope. Without it everything else works, and Telegram keeps the last one."""
        scope = BotCommandScopeAllPrivateChats() if private else BotCommandScopeAllGroupChats()
        told = [BotCommand(command, what) for command, what in self._menu(locale, private)]
        try:
            await self._sender.call(lambda: self._bot.set_my_commands(told, scope, language or None))
        except Outside as trouble:
            log.warning("telegram.no_menu", locale=locale, private=private, code=trouble.code)

    def parse(self, body: bytes) -> Sequence[Inbound]:
        return parse(body, names=self.bot_names)

    def routes(self, inbox: Inbox) -> Sequence[BaseRoute]:
        return [self._webhook.route(inbox)] if self._webhook is not None else []

    async def greet(self) -> str:
        try:
            await self._sender.call(self._bot.get_me)
        except Outside as trouble:
            return trouble.code
        return ""

    def ready(self) -> str:
        return self._sender.trouble or self._trouble

    async def close(self) -> None:
        """Close the connections; call it when nothing is sent or received any more."""
        await self._request.shutdown()
        await self._client.aclose()

    # -- sending --------------------------------------------------------------------------------------------

    async def post(self, chat: str, message: Rendered, *, reply_to: str = "") -> str:
        """The id of the message that carries the text and the buttons. A reply stays in its topic; when what it
        replies to is gone, it is sent all the same."""
        shown, to = present(message), int(chat)
        reply = ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to else None
        if message.file is not None:
            return await self._document(to, message, message.file, shown, reply)
        if message.picture is None:
            return await self._text(to, message, shown, reply)
        if shown.fits_caption:
            return await self._photo(to, message, message.picture, shown, reply)
        await self._photo(to, message, message.picture, Presented("", None, fits_caption=True), reply)
        return await self._text(to, message, shown, reply)

    async def write(self, person: str, message: Rendered) -> str:
        return await self.post(person, message)

    async def whisper(self, chat: str, person: str, message: Rendered, *, reply_to: str = "") -> str:
        """An ephemeral message (Bot API 10.2): it reaches one member who is looking at the group, and is not kept."""
        shown, to = present(message), int(chat)
        reply = ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to else None

        async def call() -> str:
            await self._bot.send_message(
                to,
                shown.html,
                parse_mode=ParseMode.HTML,
                reply_markup=shown.keyboard,
                reply_parameters=reply,
                link_preview_options=_NO_PREVIEW,
                api_kwargs={"ephemeral_message_parameters": {"receiver_user_id": int(person)}},
            )
            return ""  # nothing to edit: the message's own id is 0

        return await self._sender.send(to, call)

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None:
        """The keyboard goes along every time: an edit without one would take it away."""
        shown, to = present(message), int(chat)

        async def call() -> object:
            if message.picture is None:
                return await self._bot.edit_message_text(
                    shown.html,
                    to,
                    int(message_id),
                    parse_mode=ParseMode.HTML,
                    reply_markup=shown.keyboard,
                    link_preview_options=_NO_PREVIEW,
                )
            return await self._bot.edit_message_caption(
                to,
                int(message_id),
                caption=telegram_html(message.html, CAPTION_LIMIT),
                parse_mode=ParseMode.HTML,
                reply_markup=shown.keyboard,
            )

        with suppress(Settled):
            await self._sender.send(to, call)

    async def answer(self, press: str, answer: Rendered) -> None:
        shown = present_answer(answer, self._username)

        async def call() -> bool:
            if press.startswith(CHECKOUT):
                why = shown.text if answer.alert else None
                return await self._bot.answer_pre_checkout_query(press.removeprefix(CHECKOUT), why is None, why)
            return await self._bot.answer_callback_query(
                press, shown.text or None, show_alert=shown.alert or None, url=shown.url or None
            )

        with suppress(Settled):
            await self._sender.call(call)

    async def _text(self, to: int, message: Rendered, shown: Presented, reply: ReplyParameters | None) -> str:
        async def call() -> str:
            sent = await self._bot.send_message(
                to,
                shown.html,
                parse_mode=ParseMode.HTML,
                reply_markup=shown.keyboard,
                reply_parameters=reply,
                link_preview_options=_NO_PREVIEW,
                disable_notification=message.silent or None,
            )
            return str(sent.message_id)

        return await self._sender.send(to, call)

    async def _photo(
        self, to: int, message: Rendered, picture: Picture, shown: Presented, reply: ReplyParameters | None
    ) -> str:
        async def call() -> str:
            sent = await self._bot.send_photo(
                to,
                picture.png,
                filename=picture.name,
                caption=shown.html or None,
                parse_mode=ParseMode.HTML if shown.html else None,
                reply_markup=shown.keyboard,
                reply_parameters=reply,
                disable_notification=message.silent or None,
            )
            return str(sent.message_id)

        return await self._sender.send(to, call)

    async def _document(
        self, to: int, message: Rendered, file: Attachment, shown: Presented, reply: ReplyParameters | None
    ) -> str:
        async def call() -> str:
            sent = await self._bot.send_document(
                to,
                file.data,
                filename=file.name,
                caption=telegram_html(message.html, CAPTION_LIMIT) or None,
                parse_mode=ParseMode.HTML,
                reply_markup=shown.keyboard,
                reply_parameters=reply,
                disable_notification=message.silent or None,
            )
            return str(sent.message_id)

        return await self._sender.send(to, call)

    # -- asking ---------------------------------------------------------------------------------------------

    async def picture(self, reference: str) -> bytes:
        """A picture that somebody sent. ``Declined`` when it is gone or larger than 10 MB."""
        return await self.document(reference, most=LARGEST_PICTURE)

    async def document(self, reference: str, *, most: int) -> bytes:
        async def call() -> bytes:
            file = await self._bot.get_file(reference)
            if (file.file_size or 0) > most:
                raise Declined("file too large")
            try:
                return bytes(await file.download_as_bytearray())
            except InvalidToken as error:  # how the library reads the 404 of a file that expired
                raise Declined("file gone") from error

        return await self._sender.call(call)

    async def is_admin(self, chat: str, person: str) -> bool:
        """Remembered for a minute. Who speaks as the chat itself is an anonymous admin; as a channel, nobody."""
        if person.startswith("-"):
            return person == chat
        known = self._admins.get((chat, person))
        if known is None:
            try:
                member = await self._sender.call(lambda: self._bot.get_chat_member(int(chat), int(person)), int(chat))
            except Declined:
                return False
            known = self._admins.keep((chat, person), member.status in _ADMINS)
        return known

    async def head_count(self, chat: str) -> int | None:
        """Everybody but this bot; remembered for five minutes. None when it cannot be told."""
        known = self._counts.get(chat)
        if known is None:
            try:
                count = await self._sender.call(lambda: self._bot.get_chat_member_count(int(chat)), int(chat))
            except Outside:
                return None
            known = self._counts.keep(chat, count - 1)
        return known


class _Memory(Generic[Key, Value]):
    """What was learned, for a while."""

    def __init__(self, wall: Clock, lifetime: timedelta) -> None:
        self._wall, self._lifetime = wall, lifetime
        self._known: dict[Key, tuple[Value, datetime]] = {}

    def get(self, key: Key) -> Value | None:
        value, until = self._known.get(key, (None, self._wall.now()))
        return value if self._wall.now() < until else None

    def keep(self, key: Key, value: Value) -> Value:
        now = self._wall.now()
        if len(self._known) >= MOST_REMEMBERED:
            self._known = {known: kept for known, kept in self._known.items() if now < kept[1]}
        self._known[key] = (value, now + self._lifetime)
        return value


def _backoff(failures: int) -> float:
    return float(_BACKOFF[min(failures, len(_BACKOFF)) - 1])
