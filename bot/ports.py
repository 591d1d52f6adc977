"""What the product asks of the outside: Protocols that adapters implement, and the values they exchange.

Three kinds of outside trouble, all raised by adapters and never anything else (design §5.4):

    Outside
    ├── Declined           a sure no; repeating will not help
    │   ├── Unreachable    this person cannot be written to (never started the bot, blocked it)
    │   ├── ChatGone       the chat is gone, or the bot is no longer in it
    │   └── MessageGone    the message to edit no longer exists
    ├── Unavailable        it did not happen; safe to repeat after ``retry_after``
    │   └── Moved          the chat has a new id; repeat there
    └── Unknown            it may have happened: ask, never repeat blindly
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from bot.domain.command import Command
from bot.domain.errors import Refusal
from bot.domain.model import Intent, IntentState, MemberId
from bot.domain.money import Money

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


class Outside(Exception):
    """Trouble outside of this process. ``code`` is the platform's or channel's own, for the log."""

    def __init__(self, code: str = "", *, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class Declined(Outside):
    """A sure no."""


class Unreachable(Declined):
    """This person cannot be written to."""


class ChatGone(Declined):
    """The chat is gone, or the bot is no longer in it."""


class MessageGone(Declined):
    """The message to edit no longer exists."""


class Unavailable(Outside):
    """It did not happen; safe to repeat, after ``retry_after`` seconds when that is not 0."""


class Moved(Unavailable):
    """The chat has the new id ``to``."""

    def __init__(self, to: str) -> None:
        super().__init__("moved")
        self.to = to


class Unknown(Outside):
    """It may have happened."""


# -- time ---------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """Wall time, UTC. The only source of now."""

    def now(self) -> datetime: ...


@dataclass(slots=True)
class FakeClock:
    """A clock that stands still until it is moved. Ships with the port: tests and the demo use it."""

    at: datetime

    def now(self) -> datetime:
        return self.at


# -- what is shown ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RenderedButton:
    """``data`` comes back when pressed; or ``url`` opens. Exactly one is set."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and what it says in words."""

    png: bytes
    alt: str
    name: str = "picture.png"


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Where an answer leads the presser: their own ``url``, or, where a platform opens no foreign
    address, the private chat with the bot, started with ``start`` (≤64 characters)."""

    url: str
    start: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready for any platform.

    ``html`` knows only ``<b> <i> <code> <a href>`` and ``<mention id="PLATFORM USER ID">name</mention>``, line breaks
    are ``\\n``, everything else is escaped. ``text`` says the same without markup (mentions as ``@name``).
    """

    html: str
    text: str
    buttons: tuple[tuple[RenderedButton, ...], ...] = ()
    picture: Picture | None = None
    open: OpenLink | None = None
    alert: bool = False
    silent: bool = False


# -- chats --------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Edited(Inbound):
    """A message was edited. Edits never change money; if it looks like a command the sender is told so."""

    text: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Pressed(Inbound):
    """A button was pressed. ``press`` must be answered."""

    press: str = ""
    data: str = ""
    message: str = ""


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
class ChatMoved(Inbound):
    """The chat has a new id: everything moves there."""

    to: str = ""


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """An event as it came, before anybody looked inside. ``id`` is unique within its source."""

    id: str
    body: bytes


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
    deep_links: bool = False
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

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None:
        """Replace a message. Unchanged content is no error."""

    async def answer(self, press: str, answer: Rendered) -> None:
        """Answer a press. A press that is too old is no error."""

    async def picture(self, reference: str) -> bytes:
        """A picture that somebody sent (``Said.picture``), as PNG or JPEG. ``Declined`` when it is gone."""

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


# -- payment channels ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """What a channel can do. Limits in minor units of each currency; empty ``currencies`` means any."""

    currencies: frozenset[str] = frozenset()
    minimum: int = 1
    maximum: int = 10**12
    can_query: bool = True
    can_close: bool = True
    manual: bool = False
    """No intent is created: the payer pays outside and claims."""


ActionKind = Literal["redirect", "qr", "deep_link", "invoice", "manual"]


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """What a channel says about an intent. ``action``: ``{"kind": ActionKind, "url": …}`` and what else the page needs.

    When money has arrived ``state`` is PAID and ``charge`` tells of it.
    """

    state: IntentState
    reference: str = ""
    action: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    expires_at: datetime | None = None
    charge: ChargeFact | None = None


@dataclass(frozen=True, slots=True)
class ChargeFact:
    """Money that arrived, in the channel's words."""

    reference: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class HookEvent:
    """A verified webhook. ``id`` is the channel's id of the event; ``intent`` our id that it carries."""

    id: str
    intent: str
    answer: ChannelAnswer


class Unverified(Exception):
    """A webhook whose signature, freshness or shape is wrong. Nothing may be believed of it."""


@runtime_checkable
class PaymentChannel(Protocol):
    """One way to pay. ``create`` ``query`` ``close`` raise ``Outside``; ``Unknown`` after a time-out."""

    name: str
    traits: ChannelTraits

    async def create(self, intent: Intent, *, title: str, return_url: str) -> ChannelAnswer: ...

    async def query(self, intent: Intent) -> ChannelAnswer: ...

    async def close(self, intent: Intent) -> ChannelAnswer:
        """Make sure it can no longer be paid; PAID when it was paid already."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        """Check a webhook on its raw bytes. ``Unverified`` unless everything is right."""

    def acknowledge(self) -> tuple[int, bytes, str]:
        """Status, body and media type that tell the channel that its event is safe here."""

    def routes(self) -> Sequence[BaseRoute]:
        """Pages of its own (the sandbox plays a bank); mostly empty."""

    async def aclose(self) -> None:
        """Let go of connections (``close`` is about intents)."""


# -- notifiers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contactee:
    """Whom a notifier reaches. ``platform`` and ``person`` as in ``ChatPort.write``."""

    member: MemberId
    platform: str
    person: str
    name: str
    phone: str
    locale: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What to tell them. ``key`` and ``fields`` feed a provider's own template, ``text`` is the full wording."""

    id: str
    """Unique: providers that know idempotency keys get it."""
    key: str
    text: str
    fields: Mapping[str, str]
    message: Rendered
    """The same with its button, for those who send through a chat."""


@runtime_checkable
class Notifier(Protocol):
    """SMS, service notice or outbound call."""

    name: str

    async def notify(self, to: Contactee, errand: Errand) -> str:
        """Send; the provider's reference. May raise ``Outside``."""


# -- the desk: what the web asks of the product ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: done, known already, or refused. ``intent`` is the attempt that it started or found."""

    duplicate: bool = False
    refusal: Refusal | None = None
    intent: str = ""


@dataclass(frozen=True, slots=True)
class CashierView:
    """What a member sees on their pay page."""

    collection: str
    member: MemberId
    member_name: str
    organiser: MemberId
    organiser_name: str
    title: str
    number: int
    locale: str
    amount: Money
    paid: Money
    remaining: Money
    state: str
    open: bool
    payee: str
    payee_picture: bool
    deadline: datetime | None
    timezone: str
    declared: bool
    channels: tuple[str, ...]
    intent: Intent | None = None
    """The latest attempt."""


class Desk(Protocol):
    """The product's counter, as the web adapter sees it. Implemented in ``app``."""

    async def submit(self, command: Command, *, source: str = "", event_id: str = "") -> Outcome:
        """Apply a command; with ``source`` and ``event_id`` at most once. Returns after the commit."""

    async def cashier(self, collection: str, member: MemberId) -> CashierView | None: ...

    async def hook(self, channel: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, str]:
        """A payment channel's webhook: verified, committed, and only then the acknowledgement."""

    async def keep_proof(self, data: bytes, media_type: str) -> str:
        """Keep a picture that proves a payment; its name, for ``Claim``. ``media_type`` is image/png or image/jpeg."""

    async def payee_picture(self, collection: str) -> bytes | None:
        """The organiser's own QR code, as PNG or JPEG; None when there is none (any more)."""

    def explain(self, refusal: Refusal, view: CashierView) -> str:
        """A refusal in words, for the reader of the page."""

    def translate(self, locale: str, key: str, **values: object) -> str:
        """A string of the language files, ``{placeholders}`` filled."""

    def now(self) -> datetime: ...

    def ready(self) -> Mapping[str, str]:
        """Part → what is wrong with it (empty: nothing)."""
