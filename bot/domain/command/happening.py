"""What nobody said: the platform and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.command.base import Command
from bot.domain.model import ChatId, CollectionId, IntentId, MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft(Command):
    """A member left the chat: their reminders in ``collection`` stop; the organiser is told if they owe."""

    collection: CollectionId
    member: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLost(Command):
    """The bot was removed from the chat: all its dunning stops."""

    chat: ChatId


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage(Command):
    """The platform was out of reach, and what was said meanwhile is lost."""

    chat: ChatId
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Command):
    """Dues of one collection have come due (``sweep``)."""

    collection: CollectionId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskChannel(Command):
    """An intent's time has come: ask its channel, or expire it (``sweep``). ``prompted``: something happened, say the
    channel or the payer who comes back: ask at once."""

    intent: IntentId
    prompted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse(Command):
    """An all-or-nothing's time is over (``sweep``)."""

    collection: CollectionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPayee(Command):
    """The time of an announced account has come (``sweep``)."""

    collection: CollectionId
