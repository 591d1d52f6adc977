"""What happens in chats, as events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the platform describes them in an event. ``id`` is the platform's, as text."""

    id: str
    name: str = ""
    username: str = ""
    locale: str = ""
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A chat as the platform describes it in an event."""

    id: str
    title: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A file that somebody sent. ``id`` is the platform's, as text (``ChatPort.document``)."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """Something that happened in a chat. ``seen`` are all people the event shows us."""

    place: Place
    sender: Person | None = None
    seen: tuple[Person, ...] = ()
    anonymous: bool = False
    """Sent by an anonymous admin or in the name of a channel."""


@dataclass(frozen=True, slots=True)
class Said(Inbound):
    """A new text message. In ``text`` a mention that carries a person (not just a username) stands as ``@[n]``,
    n counting ``mentions``; a command for another bot is not delivered at all."""

    text: str = ""
    message: str = ""
    mentions: tuple[Person, ...] = ()
    picture: str = ""
    """The platform's id of a picture that came with it (the proof of a claim)."""
    at: datetime | None = None
    """When it was said, where the platform tells."""
    document: Document | None = None
    """A file that came with it, or with the message that it answers."""


@dataclass(frozen=True, slots=True)
class Edited(Inbound):
    """A message was edited. Edits never change money; if it looks like a command the sender is told so."""

    text: str = ""
    message: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pressed(Inbound):
    """A button was pressed. ``press`` must be answered."""

    press: str = ""
    data: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class CheckingOut(Inbound):
    """Somebody is about to pay an invoice, and the platform asks whether they may. ``press`` must be answered within
    seconds. ``payload`` is what the invoice carries for us, ``amount`` in minor units of ``currency``."""

    press: str = ""
    payload: str = ""
    amount: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class InvoicePaid(Inbound):
    """Somebody has paid an invoice inside the platform. ``reference`` is the platform's id of the charge; the same one
    may be told of again."""

    payload: str = ""
    reference: str = ""
    provider: str = ""
    """The id that the platform's payment provider gave it, where there is one behind it."""
    amount: int = 0
    currency: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Joined(Inbound):
    """``seen`` came into the chat, or the bot itself did (``bot_joined``)."""

    bot_joined: bool = False


@dataclass(frozen=True, slots=True)
class Left(Inbound):
    """``who`` left the chat."""

    who: Person = field(default_factory=lambda: Person(""))


@dataclass(frozen=True, slots=True)
class BotRemoved(Inbound):
    """The bot is no longer in the chat."""


@dataclass(frozen=True, slots=True)
class MoneySeen(Inbound):
    """A transfer or a red packet was sent in the chat. How much, to whom and whether it was taken nobody tells us."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class Gap(Inbound):
    """From ``since`` to ``until`` the platform was out of reach, and will not repeat what was said there."""

    since: datetime = _LONG_AGO
    until: datetime = _LONG_AGO


@dataclass(frozen=True, slots=True)
class ChatMoved(Inbound):
    """The chat has a new id: everything moves there."""

    to: str = ""
