"""What decisions want said, and to whom: platform-neutral, serialisable, rendered later by ``render``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.model import ChatId, CollectionId, MemberId
from bot.domain.money import Money


@dataclass(frozen=True, slots=True)
class Who:
    """A member named in a text. Their name is looked up when the text is rendered; ``ping`` mentions them."""

    member: MemberId
    ping: bool = False


Scalar = str | int | bool | None | Money | datetime | Who
Value = Scalar | tuple["Value", ...] | Mapping[str, "Value"]
"""What a template may be given. Names are never among it: only ``Who``."""


class Medium(StrEnum):
    """How a notice reaches people."""

    CHAT = "chat"
    """A new message in ``chat``."""
    PRIVATE = "private"
    """A private message to ``member`` on their platform."""
    ANSWER = "answer"
    """The answer to a button press (``press``): a short text that only the presser sees."""
    CARD = "card"
    """Post the collection's card, or bring it up to date. Rendered from the state at sending time."""
    EDIT = "edit"
    """Change a message that was sent (``amends``)."""
    SMS = "sms"
    SERVICE_NOTICE = "service_notice"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Button:
    """A button. ``data`` is what comes back when it is pressed (≤64 bytes), made by ``press.encode``."""

    label: str
    """Key of the label in ``strings.toml`` (section ``buttons``)."""
    data: str
    who: MemberId | None = None
    """The label is about this member: their name stands for ``{name}`` in it, or for all of it. With a number where
    several look alike."""
    words: str = ""
    """What stands behind the label: something that somebody typed."""
    money: Money | None = None
    """An amount that the label shows."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Where a command came from, so that its answer finds the way back.

    A press carries ``press`` (answered with ``Medium.ANSWER``); a message carries ``message`` (quoted);
    a web page carries neither: it reads the ``Outcome``.
    """

    chat: ChatId
    message: str = ""
    press: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Amends:
    """A question that was answered: where it stands, and what became of it. Its words stay, its buttons go."""

    place: str
    """The platform's id of the chat or person."""
    message: str
    """The platform's id of the message."""
    outcome: str
    """Key of the line that is added (``strings.toml``, section ``outcomes``)."""
    by: MemberId
    """Who answered."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to say. Becomes one outbox row."""

    key: str
    """The template: ``templates/<locale>/<key>.j2``."""
    medium: Medium
    chat: ChatId | None = None
    """For ``CHAT`` where to say it; for ``PRIVATE`` where to say it instead when the member cannot be written to."""
    member: MemberId | None = None
    collection: CollectionId | None = None
    params: Mapping[str, Value] = field(default_factory=dict)
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: str = ""
    press: str = ""
    amends: Amends | None = None
    picture: str = ""
    """A picture to add at sending time: ``progress``, one that was sent in (``service.pictures``), or none."""
    file: str = ""
    """A file to add at sending time: ``mydata``, or none."""
    open_pay: bool = False
    """An answer that leads the presser to their own cashier page."""
    open_receipt: bool = False
    """It leads the member to their own receipt."""
    open_board: bool = False
    """It leads the member to the organiser's board."""
    once: bool = False
    """At most once: after a crash between send and record it is not sent again (reminders, SMS, calls)."""
    spread: bool = False
    """One of a round so large that it takes a while: the card shows how far it is."""
    confidential: bool = False
    """If the member cannot be written to, ``chat`` is told how to open a private chat, not the content."""
    alert: bool = False
    """An answer that waits for OK instead of fading."""
