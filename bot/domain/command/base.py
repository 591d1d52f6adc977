"""What every command has: who acts, about which collection, and the way back for the answer."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.model import ChatId, CollectionId, MemberId
from bot.domain.notice import Reply


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``admin``: an admin of the chat, or named in the config."""

    member: MemberId
    admin: bool = False
    anonymous: bool = False
    """An anonymous admin or a channel: nobody we could hold to their word."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which collection: by id (buttons, links), by number in a chat, or the chat's only open one."""

    chat: ChatId
    id: CollectionId | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Anything that ``handle`` applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCommand(Command):
    """Said by a person, with a way back for the answer."""

    by: Actor
    reply: Reply
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCollection(ChatCommand):
    """Said about one collection."""

    which: Which
    second: Actor | None = None
    """Who answered when it needed a second person (``decide.agreeing``)."""
    agreed: bool = True
    """Their answer."""
