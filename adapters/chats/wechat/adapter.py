"""WeChat as a chat platform: plain text, mentions and numbered answers; one message at a time, with pauses."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.chats.wechat.client import Client, Pause
from adapters.chats.wechat.parse import parse
from adapters.chats.wechat.present import TEXT_LIMIT, mentions_of
from adapters.chats.wechat.receive import Receiver
from adapters.chats.wechat.send import Sender
from bot.ports import (
    ChatTraits,
    Clock,
    Declined,
    Inbound,
    Inbox,
    MessageGone,
    Rendered,
    Unavailable,
    Unreachable,
)

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


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
        context: ssl.SSLContext | bool = False
        if tls:
            context = ssl.create_default_context(cafile=str(ca) if ca else None)
            context.set_alpn_protocols(["h2"])
        self._client = Client(endpoint, token, tls=context, pause=pause)
        self._receiver = Receiver(self.name, self._client, wall, pause)
        self._sender = Sender(
            self._client, self._receiver, wall, pause, link_cards=link_cards, mini_program=dict(mini_program or {})
        )

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
        return await self._sender.say(chat, message, mentions_of(message))

    async def write(self, person: str, message: Rendered) -> str:
        """Only friends can be written to."""
        async with self._client.calling():
            contact = await self._client.puppet_stub.contact_payload(id=person)
        if not contact.friend:
            raise Unreachable("not a friend")
        return await self._sender.say(person, message, [])

    async def whisper(self, chat: str, person: str, message: Rendered, *, reply_to: str = "") -> str:
        raise Unreachable("there is no whispering here")

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None:
        raise MessageGone("messages cannot be edited here")

    async def answer(self, press: str, answer: Rendered) -> None:
        """There are no buttons, so nothing is ever pressed."""

    # -- asking ---------------------------------------------------------------------------------------------

    async def picture(self, reference: str) -> bytes:
        raise Declined("pictures are not fetched from WeChat")

    async def document(self, reference: str, *, most: int) -> bytes:
        raise Declined("files are not fetched from WeChat")

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
