"""Whom a name in a line means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.domain.model import Chat, Member
from bot.ports import Person
from bot.store import Work

FEW: Final = 8
"""So many names are looked up one by one."""


class Names:
    """Who is meant by a name: the person a mention carries, or who is known by it here. A long list is looked up in one
    reading of the chat's members."""

    def __init__(self, work: Work, platform: str, chat: Chat, mentions: tuple[Person, ...]) -> None:
        self._work, self._platform, self._chat, self._mentions = work, platform, chat, mentions
        self._asked = 0
        self._book: Mapping[str, tuple[Member, ...]] | None = None

    def __call__(self, name: str) -> tuple[Member, ...]:
        if name.startswith("@[") and name.endswith("]") and name[2:-1].isascii() and name[2:-1].isdigit():
            index = int(name[2:-1])
            known = index < len(self._mentions)
            return (self._work.member_of(self._platform, self._mentions[index]),) if known else ()
        self._asked += 1
        if self._asked <= FEW or name.startswith("#"):
            return self._work.find(self._chat.id, name)
        if self._book is None:
            self._book = self._work.names(self._chat.id)
        return self._book.get(name.removeprefix("@").casefold(), ())
