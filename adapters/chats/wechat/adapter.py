"""WeChat as a chat platform: plain text, mentions and numbered answers; one message at a time, with pauses."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import structlog

from adapters.chats.wechat.client import Client, Pause
from adapters.chats.wechat.parse import parse
from adapters.chats.wechat.present import TEXT_LIMIT, link_of, mentions_of, text_of
from adapters.chats.wechat.receive import Receiver
from bot.ports import (
    ChatTraits,
    Clock,
    Declined,
    Inbound,
    Inbox,
    MessageGone,
    Picture,
    Rendered,
    Unavailable,
    Unknown,
    Unreachable,
)

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

log = structlog.get_logger(__name__)

MOST_FILE: Final = 2 * 1024 * 1024
"""Bytes; gateways refuse more than 3 to 4 MB of base64."""
EVERY: Final = timedelta(seconds=1)
EVERY_IN_ROOM: Final = timedelta(seconds=3)
"""Between two messages at all, and in one room: what looks like a machine is reported to get accounts banned."""


class WeChat:
    """``endpoint`` and ``token`` of the puppet service. ``tls``: the gateway speaks it; ``ca`` a certificate to trust
    instead of the system's."""

    name = "wechat"

    def __init__(
        self,
        endpoint: str,
        token: str,
        *,
        wall: Clock,
        tls: bool = False,
        ca: Path | None = None,
        picture: bool = False,
        link_cards: bool = False,
        mini_program: Mapping[str, str] | None = None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.traits = ChatTraits(
            buttons=False, edits=False, answers=False, pictures=False, code_on_card=picture, text_limit=TEXT_LIMIT
        )
        self._link_cards, self._mini_program = link_cards, dict(mini_program or {})
        context: ssl.SSLContext | bool = False
        if tls:
            context = ssl.create_default_context(cafile=str(ca) if ca else None)
            context.set_alpn_protocols(["h2"])
        self._client = Client(endpoint, token, tls=context, pause=pause)
        self._receiver = Receiver(self.name, self._client, wall, pause)
        self._wall, self._pause = wall, pause
        self._turn = asyncio.Lock()
        self._free_at: dict[str, datetime] = {}
        self._count = 0

    @property
    def bot_names(self) -> frozenset[str]:
        return frozenset()

    # -- receiving ------------------------------------------------------------------------------------------

    async def run(self, inbox: Inbox) -> None:
        """Stay connected and keep what is heard, until cancelled."""
        async with asyncio.TaskGroup() as together:
            together.create_task(self._client.run(self._receiver))
            together.create_task(self._receiver.run(inbox))

    def parse(self, body: bytes) -> Sequence[Inbound]:
        return parse(body)

    # -- sending --------------------------------------------------------------------------------------------

    async def post(self, chat: str, message: Rendered, *, reply_to: str = "") -> str:
        return await self._say(chat, message)

    async def write(self, person: str, message: Rendered) -> str:
        """Only friends can be written to."""
        async with self._client.calling():
            contact = await self._client.puppet_stub.contact_payload(id=person)
        if not contact.friend:
            raise Unreachable("not a friend")
        return await self._say(person, message)

    async def _say(self, to: str, message: Rendered) -> str:
        """The picture and the link's card go first: what is lost of them, the text says too."""
        mentions = await self._present(to, mentions_of(message))
        await self._wait_for_turn(to)
        if message.picture is not None:
            await self._show(to, message.picture)
        if (link := link_of(message)) and (self._link_cards or self._mini_program):
            await self._offer_link(to, link, message.text.partition("\n")[0])
        async with self._client.calling(effect=True):
            id_ = await self._client.message_send_text(to, text_of(message), mentions)
        self._count += 1
        return id_ or f"unnamed-{self._wall.now().timestamp():.0f}-{self._count}"  # some puppets give no id

    async def _show(self, to: str, picture: Picture) -> None:
        if len(picture.png) > MOST_FILE:
            log.warning("wechat.file_too_large", size=len(picture.png), most=MOST_FILE)
            return
        box = {"boxType": 1, "base64": base64.b64encode(picture.png).decode(), "name": picture.name, "metadata": {}}
        await self._first(lambda stub: stub.message_send_file(conversation_id=to, filebox=json.dumps(box)))

    async def _offer_link(self, to: str, link: str, title: str) -> None:
        """As a card, or as a mini-program that opens the page, if the operator wants that."""
        if self._mini_program:
            path = self._mini_program["pagePath"].replace("{url}", quote(link, safe=""))
            shown = json.dumps({"title": title, **self._mini_program, "pagePath": path}, ensure_ascii=False)
            await self._first(lambda stub: stub.message_send_mini_program(conversation_id=to, mini_program=shown))
        else:
            card = json.dumps({"url": link, "title": title, "description": "", "thumbnailUrl": ""}, ensure_ascii=False)
            await self._first(lambda stub: stub.message_send_url(conversation_id=to, url_link=card))

    async def _first(self, send: Callable[[Any], Awaitable[object]]) -> None:
        """Something that goes before the text; when it does not go, the text goes alone."""
        try:
            async with self._client.calling(effect=True):
                await send(self._client.puppet_stub)
        except (Declined, Unknown) as trouble:
            log.warning("wechat.text_only", code=trouble.code)
        await self._pause(EVERY.total_seconds())

    async def _present(self, room: str, mentions: list[str]) -> list[str]:
        """Who of them is in the room: some puppets refuse the whole message otherwise."""
        if not mentions:
            return []
        names = (await self._receiver.roster(room)).names
        return [id_ for id_ in mentions if id_ in names]

    async def _wait_for_turn(self, to: str) -> None:
        """One after another. Who would wait long is told when to come back, so that others go first."""
        async with self._turn:
            now = self._wall.now()
            free = max(self._free_at.get("", now), self._free_at.get(to, now))
            if free - now > EVERY_IN_ROOM:
                raise Unavailable("spaced", retry_after=(free - now).total_seconds())
            self._free_at[""] = max(free, now) + EVERY
            self._free_at[to] = max(free, now) + EVERY_IN_ROOM
        if free > now:
            await self._pause((free - now).total_seconds())

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None:
        raise MessageGone("messages cannot be edited here")

    async def answer(self, press: str, answer: Rendered) -> None:
        """There are no buttons, so nothing is ever pressed."""

    # -- asking ---------------------------------------------------------------------------------------------

    async def picture(self, reference: str) -> bytes:
        raise Declined("pictures are not fetched from WeChat")

    async def is_admin(self, chat: str, person: str) -> bool:
        """The owner of the room, and whom they made an admin."""
        roster = await self._receiver.roster(chat)
        return person == roster.owner or person in roster.admins

    async def head_count(self, chat: str) -> int | None:
        try:
            roster = await self._receiver.roster(chat)
        except Unavailable:
            return None
        return len(roster.names.keys() - {self._receiver.me})

    def routes(self, inbox: Inbox) -> Sequence[BaseRoute]:
        return ()

    async def greet(self) -> str:
        return await self._client.greet()

    async def close(self) -> None:
        await self._client.stop()

    def ready(self) -> str:
        if self._client.trouble:
            return self._client.trouble
        return "" if self._receiver.me else "not logged in"
