"""The room as a chat platform: posts appear on the page, private messages on the phones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from adapters.chats.room.board import Board, Message
from adapters.chats.room.parse import parse
from adapters.chats.room.people import PEOPLE
from adapters.chats.room.phone import Phone
from adapters.chats.room.present import html_of, rows_of
from adapters.chats.room.receive import Reception
from bot.ports import (
    ChatTraits,
    Clock,
    Declined,
    Inbound,
    Inbox,
    MessageGone,
    RawUpdate,
    Rendered,
    Unreachable,
)

BOT: Final = "bot"


class Room:
    """``page`` renders a template; ``advance`` moves the clock (None where time is real)."""

    name = "room"
    traits = ChatTraits()

    def __init__(
        self,
        *,
        clock: Clock,
        page: Callable[..., Response],
        title: str,
        zone: str,
        advance: Callable[[timedelta], Awaitable[None]] | None = None,
    ) -> None:
        self._clock, self._title = clock, title
        self.board = Board()
        self._reception = Reception(self.board, clock, page, advance, zone)
        self._in_touch = {p.id for p in PEOPLE if p.in_touch}
        self._people = {p.id: p for p in PEOPLE}

    @property
    def bot_names(self) -> frozenset[str]:
        return frozenset({"qunshou"})

    def phone(self, kind: str) -> Phone:
        """A notifier that reaches the phones of this room."""
        return Phone(kind, self.board, self._clock)

    async def run(self, inbox: Inbox) -> None:
        """Move everybody in (once, whatever number of starts), then wait: the page's requests do the rest."""
        seeds = [RawUpdate("1", json.dumps({"kind": "seeded"}).encode())]
        seeds += [
            RawUpdate(str(n), json.dumps({"kind": "said", "as": p.id, "text": "/start", "private": True}).encode())
            for n, p in enumerate(PEOPLE, start=2)
            if p.in_touch
        ]
        await inbox.put(self.name, seeds)
        try:
            await asyncio.Event().wait()
        finally:
            self.board.close()

    def parse(self, body: bytes) -> Sequence[Inbound]:
        events = parse(body, self._title)
        self._in_touch |= {e.sender.id for e in events if e.sender is not None and e.place.private}
        return events

    async def post(self, chat: str, message: Rendered, *, reply_to: str = "") -> str:
        if chat.startswith("private:"):
            return await self.write(chat.removeprefix("private:"), message)
        shown = self._shown("said", message, reply_to)
        self.board.say(shown)
        return shown.id

    async def write(self, person: str, message: Rendered) -> str:
        if person not in self._in_touch:
            raise Unreachable("never started the bot")
        shown = self._shown("private", message, "")
        self.board.ring(person, shown)
        return shown.id

    async def whisper(self, chat: str, person: str, message: Rendered, *, reply_to: str = "") -> str:
        raise Unreachable("everybody sees the room")

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None:
        shown = self.board.find(message_id)
        if shown is None or shown.author != BOT:
            raise MessageGone(message_id)
        self.board.replace(shown, html_of(message), rows_of(message))

    async def answer(self, press: str, answer: Rendered) -> None:
        self._reception.answer(press, answer)

    async def picture(self, reference: str) -> bytes:
        raise Declined("the room takes no pictures")

    async def document(self, reference: str, *, most: int) -> bytes:
        """Files are kept in memory: after a restart they are gone."""
        data = self.board.sent.get(reference)
        if data is None or len(data) > most:
            raise Declined("file gone or too large")
        return data

    async def is_admin(self, chat: str, person: str) -> bool:
        return person in self._people and self._people[person].admin

    async def head_count(self, chat: str) -> int | None:
        return len(PEOPLE)

    def routes(self, inbox: Inbox) -> Sequence[BaseRoute]:
        return self._reception.routes(inbox)

    async def close(self) -> None:
        """Nothing is held open."""

    async def greet(self) -> str:
        return ""

    def ready(self) -> str:
        return ""

    def _shown(self, kind: str, rendered: Rendered, reply_to: str) -> Message:
        picture, alt = self.board.keep(rendered.picture)
        file, file_name = self.board.keep_file(rendered.file)
        return Message(
            id=self.board.number(),
            kind=kind,
            author=BOT,
            at=self._clock.now().isoformat(),
            html=html_of(rendered),
            buttons=rows_of(rendered),
            picture=picture,
            alt=alt,
            file=file,
            file_name=file_name,
            reply_to=reply_to,
        )
