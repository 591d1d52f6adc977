"""What the browser shows: the group's messages, everybody's phone, pictures. In memory; told to all open pages."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.ports import Attachment, Picture

MOST_MESSAGES: Final = 300
MOST_FILES: Final = 20
PING: Final = 15.0
"""Seconds after which an idle page hears that we are still here."""


@dataclass(slots=True)
class Message:
    """One message on a screen. ``kind``: said (in the chat), private, sms, service_notice, call."""

    id: str
    kind: str
    author: str
    at: str
    html: str
    buttons: Sequence[Sequence[Mapping[str, str]]] = ()
    picture: str = ""
    alt: str = ""
    file: str = ""
    file_name: str = ""
    reply_to: str = ""
    edited: bool = False

    def shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Board:
    """``group`` and ``phones`` by person. Changes wake every open page."""

    group: deque[Message] = field(default_factory=lambda: deque(maxlen=MOST_MESSAGES))
    phones: dict[str, deque[Message]] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    files: dict[str, Attachment] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    _last: int = 0
    _pages: set[asyncio.Event] = field(default_factory=set)
    _closed: bool = False

    def number(self) -> str:
        """A fresh message id."""
        self._last += 1
        return str(self._last)

    def keep(self, picture: Picture | None) -> tuple[str, str]:
        """Where a picture can be fetched, and its words."""
        if picture is None:
            return "", ""
        name = self.number()
        self.pictures[name] = picture
        return f"/room/pictures/{name}", picture.alt

    def keep_file(self, file: Attachment | None) -> tuple[str, str]:
        """Where a file can be fetched, and what it is called."""
        if file is None:
            return "", ""
        name = self.number()
        self.files[name] = file
        return f"/room/files/{name}", file.name

    def take_in(self, data: bytes) -> str:
        """Where a file that somebody sent can be had again, while it is one of the latest."""
        name = self.number()
        self.sent[name] = data
        while len(self.sent) > MOST_FILES:
            del self.sent[next(iter(self.sent))]
        return name

    def say(self, message: Message) -> None:
        self.group.append(message)
        self.stir()

    def ring(self, person: str, message: Message) -> None:
        """Something arrives on a phone."""
        self.phones.setdefault(person, deque(maxlen=MOST_MESSAGES)).append(message)
        self.stir()

    def find(self, message_id: str) -> Message | None:
        everywhere = (self.group, *self.phones.values())
        return next((m for place in everywhere for m in place if m.id == message_id), None)

    def replace(self, message: Message, html: str, rows: Sequence[Any]) -> None:
        """Edit in place."""
        if (message.html, message.buttons) != (html, rows):
            message.html, message.buttons, message.edited = html, rows, True
            self.stir()

    def stir(self) -> None:
        """Tell all open pages that something has changed."""
        for page in self._pages:
            page.set()

    def close(self) -> None:
        """Let the open pages go, so that the server can stop."""
        self._closed = True
        self.stir()

    async def changes(self) -> AsyncIterator[bool]:
        """Once at once, then whenever something changed (True) or nothing did for a while (False)."""
        woken = asyncio.Event()
        self._pages.add(woken)
        try:
            yield True
            while not self._closed:
                try:
                    async with asyncio.timeout(PING):
                        await woken.wait()
                    woken.clear()
                    yield True
                except TimeoutError:
                    yield False
        finally:
            self._pages.discard(woken)
