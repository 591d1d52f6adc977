"""People, chats and messages as a Telegram server keeps them, and the JSON it shows of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.ports import Clock
from tests.botapi.check import TYPES
from tests.botapi.updates import Bell, Updates

Json = dict[str, Any]
Status = Literal["creator", "administrator", "member", "left", "kicked"]
PRESENT = {"creator", "administrator", "member"}


class Refusal(Exception):
    """The server says no, in the words of the real one; ``parameters`` as in ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class Violation(Refusal):
    """A refusal that a correct bot never meets."""


@dataclass(eq=False, slots=True)
class User:
    """A person or a bot. ``known`` tells whether the bot may write to them."""

    id: int
    name: str
    username: str = ""
    language_code: str = ""
    is_bot: bool = False
    known: Literal["stranger", "started", "blocked"] = "stranger"

    @property
    def json(self) -> Json:
        optional = {"username": self.username, "language_code": self.language_code}
        body = {"id": self.id, "is_bot": self.is_bot, "first_name": self.name}
        return body | {name: value for name, value in optional.items() if value}


ANONYMOUS = User(1087968824, "Group", "GroupAnonymousBot", is_bot=True)
"""In whose name anonymous admins speak."""


@dataclass(eq=False, slots=True)
class Chat:
    """A private chat, a group or a supergroup; ``members`` are statuses by user id."""

    id: int
    type: Literal["private", "group", "supergroup"]
    title: str
    username: str = ""
    members: dict[int, Status] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    last_message: int = 0
    moved_to: Chat | None = None
    retry_after: int = 0
    """Refuse the next message with 429 and this many seconds."""
    written: list[float] = field(default_factory=list)
    """When the bot wrote or edited, for the rate limit."""

    @property
    def json(self) -> Json:
        names = {"first_name" if self.type == "private" else "title": self.title, "username": self.username}
        return {"id": self.id, "type": self.type} | {name: value for name, value in names.items() if value}


@dataclass(eq=False, slots=True)
class Message:
    """A message in a chat; ``body`` is the Message object and changes when it is edited."""

    chat: Chat
    body: Json

    @property
    def id(self) -> int:
        return int(self.body["message_id"])

    @property
    def sender(self) -> int:
        return int(self.body["from"]["id"])

    @property
    def text(self) -> str:
        """The text or the caption."""
        return str(self.body.get("text", self.body.get("caption", "")))

    @property
    def entities(self) -> list[Json]:
        """What is marked in ``text``."""
        return list(self.body.get("entities", ())) + list(self.body.get("caption_entities", ()))

    @property
    def buttons(self) -> list[Json]:
        """All buttons, row after row."""
        return [button for row in self.body.get("reply_markup", {}).get("inline_keyboard", []) for button in row]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.buttons]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the presser of a button saw."""

    text: str = ""
    alert: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A press that waits for its answer."""

    at: datetime
    answer: asyncio.Future[Answer]


@dataclass(frozen=True, slots=True)
class Invoice:
    """What createInvoiceLink or sendInvoice asked for. ``token`` is empty for Stars."""

    title: str
    payload: str
    currency: str
    total: int
    token: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the bot answered before checkout."""

    ok: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A pre-checkout query that waits for its answer."""

    at: datetime
    answer: asyncio.Future[Verdict]


class World:
    """All that the server knows. ``bell`` rings at every change."""

    def __init__(self, username: str, clock: Clock, *, privacy: bool) -> None:
        self.clock = clock
        self.privacy = privacy
        self.bot = User(7000000001, username, username, is_bot=True)
        self.bell = Bell()
        self.updates = Updates(self.bell)
        self.users: dict[int, User] = {self.bot.id: self.bot, ANONYMOUS.id: ANONYMOUS}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.press_count = 0
        self.invoices: dict[str, Invoice] = {}
        """By the last part of their link."""
        self.checkouts: dict[str, Checkout] = {}
        self.charges = 0
        self.stars: list[Json] = []
        """StarTransaction objects, in chronological order."""
        self.files: dict[str, bytes] = {}
        self.whispers: list[Message] = []
        """What was shown to one member of a group only."""
        self.commands: dict[tuple[str, str], list[Json]] = {}

    def date(self) -> int:
        return int(self.clock.now().timestamp())

    def put(self, chat: Chat, sender: User, content: Json) -> Message:
        """A new message in the chat."""
        chat.last_message += 1
        body = {"message_id": chat.last_message, "from": sender.json, "chat": chat.json, "date": self.date()}
        if sender is ANONYMOUS:
            body["sender_chat"] = chat.json
        message = Message(chat, body | content)
        chat.messages[message.id] = message
        self.bell.ring()
        return message

    def file(self, content: bytes) -> str:
        """Keeps a file; its file_id."""
        file_id = f"file{len(self.files) + 1}"
        self.files[file_id] = content
        return file_id

    def member(self, chat: Chat, user: User) -> Json:
        """The ChatMember object."""
        status = chat.members.get(user.id, "left")
        body: Json = {"status": status, "user": user.json}
        if status == "administrator":
            rights = TYPES["ChatMemberAdministrator"].items()
            body |= {name: True for name, kind in rights if kind["type"] == "Boolean" and kind["required"]}
            body["is_anonymous"] = False
        elif status == "creator":
            body["is_anonymous"] = False
        elif status == "kicked":
            body["until_date"] = 0
        return body

    def becomes(self, chat: Chat, user: User, status: Status, by: User) -> None:
        """Changes a membership and tells the bot what it may know: its own always, others' where it is an admin."""
        kind = "my_chat_member" if user is self.bot else "chat_member"
        old = self.member(chat, user)
        chat.members[user.id] = status
        if user is self.bot or chat.members.get(self.bot.id) == "administrator":
            change = {"old_chat_member": old, "new_chat_member": self.member(chat, user)}
            self.updates.add(kind, {"chat": chat.json, "from": by.json, "date": self.date()} | change)
