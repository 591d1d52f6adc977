"""One message after another, with pauses between them: what looks like a machine is reported to get accounts banned."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import structlog

from adapters.chats.wechat.client import Client, Pause
from adapters.chats.wechat.present import link_of, text_of
from adapters.chats.wechat.receive import Receiver
from bot.ports import Clock, Declined, Rendered, Unavailable, Unknown

log = structlog.get_logger(__name__)

MOST_FILE: Final = 2 * 1024 * 1024
"""Bytes; gateways refuse more than 3 to 4 MB of base64."""
EVERY: Final = timedelta(seconds=1)
EVERY_IN_ROOM: Final = timedelta(seconds=3)
"""Between two messages at all, and in one room."""


class Sender:
    """``link_cards`` and ``mini_program`` (its payload, ``{url}`` in ``pagePath``) are what the operator allows."""

    def __init__(
        self,
        client: Client,
        receiver: Receiver,
        wall: Clock,
        pause: Pause,
        *,
        link_cards: bool,
        mini_program: Mapping[str, str],
    ) -> None:
        self._client, self._receiver, self._wall, self._pause = client, receiver, wall, pause
        self._link_cards, self._mini_program = link_cards, mini_program
        self._turn = asyncio.Lock()
        self._free_at: dict[str, datetime] = {}
        self._count = 0

    async def say(self, to: str, message: Rendered, mentions: list[str]) -> str:
        """The picture and the link's card go first: what is lost of them, the text says too. The message's id."""
        mentions = await self._present(to, mentions)
        await self._wait_for_turn(to)
        if message.picture is not None:
            await self._show(to, message.picture.png, message.picture.name)
        if message.file is not None:
            await self._show(to, message.file.data, message.file.name)
        if (link := link_of(message)) and (self._link_cards or self._mini_program):
            await self._offer_link(to, link, message.text.partition("\n")[0])
        async with self._client.calling(effect=True):
            id_ = await self._client.message_send_text(to, text_of(message), mentions)
        self._count += 1
        return id_ or f"unnamed-{self._wall.now().timestamp():.0f}-{self._count}"  # some puppets give no id

    async def _show(self, to: str, data: bytes, name: str) -> None:
        if len(data) > MOST_FILE:
            log.warning("wechat.file_too_large", size=len(data), most=MOST_FILE)
            return
        box = {"boxType": 1, "base64": base64.b64encode(data).decode(), "name": name, "metadata": {}}
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
