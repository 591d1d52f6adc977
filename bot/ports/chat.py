"""One chat platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from bot.ports.inbound import Inbound
from bot.ports.shown import Rendered

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """An event as it came, before anybody looked inside. ``id`` is unique within its source; ``order`` says which comes
    first where the ids, being no numbers, do not. ``urgent``: of use for seconds only, so it overtakes the others."""

    id: str
    body: bytes
    order: int = 0
    urgent: bool = False


class Inbox(Protocol):
    """Where receivers put what they got. Returning means it is committed: only then acknowledge outside."""

    async def put(self, source: str, updates: Sequence[RawUpdate]) -> None: ...


@dataclass(frozen=True, slots=True)
class ChatTraits:
    """What a platform can do; ``render`` and ``deliver`` ask nothing else about it."""

    buttons: bool = True
    edits: bool = True
    answers: bool = True
    """Presses can be answered so that only the presser sees it."""
    pictures: bool = True
    whispers: bool = False
    """In a group something can be shown to one person only, while they are looking."""
    deep_links: bool = False
    invoices: bool = False
    """People pay here without leaving (``CheckingOut``, ``InvoicePaid``)."""
    code_on_card: bool = False
    """A card is said once, and brings a picture with a QR code of the collection's page."""
    per_second: int = 0
    """Messages that may be sent in a second to all chats together; 0: no limit is known."""
    per_minute: int = 0
    """Messages that may be sent in a minute to one group; 0: no limit is known."""
    text_limit: int = 4096
    answer_limit: int = 200


@runtime_checkable
class ChatPort(Protocol):
    """One chat platform. Ids are the platform's, as text. All methods may raise ``Outside``."""

    name: str
    traits: ChatTraits

    @property
    def bot_names(self) -> frozenset[str]:
        """What the bot is called here, in lower case; empty while that is not known."""

    async def run(self, inbox: Inbox) -> None:
        """Receive until cancelled. Never raises ``Outside``: it reconnects."""

    def parse(self, body: bytes) -> Sequence[Inbound]:
        """What happened, from a raw update that was put into the inbox. ``ValueError`` for a poison update."""

    async def post(self, chat: str, message: Rendered, *, reply_to: str = "") -> str:
        """Send a new message to a group; its id."""

    async def write(self, person: str, message: Rendered) -> str:
        """Send a private message; its id. ``Unreachable`` when the person never spoke to the bot."""

    async def whisper(self, chat: str, person: str, message: Rendered, *, reply_to: str = "") -> str:
        """Show it to one person in the group; its id. ``Unreachable`` where ``traits.whispers`` is not set."""

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None:
        """Replace a message. Unchanged content is no error."""

    async def answer(self, press: str, answer: Rendered) -> None:
        """Answer a press. A press that is too old is no error. To ``CheckingOut`` an alert is a no with its reason,
        anything else a yes."""

    async def picture(self, reference: str) -> bytes:
        """A picture that somebody sent (``Said.picture``), as PNG or JPEG. ``Declined`` when it is gone."""

    async def document(self, reference: str, *, most: int) -> bytes:
        """A file that somebody sent (``Said.document``). ``Declined`` when it is gone or larger than ``most`` bytes."""

    async def is_admin(self, chat: str, person: str) -> bool: ...

    async def head_count(self, chat: str) -> int | None:
        """How many people are in the chat, without bots as far as is known; None when it cannot be told."""

    def routes(self, inbox: Inbox) -> Sequence[BaseRoute]:
        """HTTP routes this platform needs (webhook, pages); may be empty."""

    async def greet(self) -> str:
        """Say hello to the platform: empty when it knows us, else what is wrong. For the operator's check."""

    async def close(self) -> None:
        """Let go of connections, after the last message was sent."""

    def ready(self) -> str:
        """Empty when it can send and receive; else what is wrong, in a few words, for ``/readyz``."""
