"""What people do in the chats, as a test tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

from tests.botapi.markup import found, units
from tests.botapi.payments import Payers
from tests.botapi.world import ANONYMOUS, PRESENT, Answer, Chat, Json, Message, Press, Status, User, World

Result = TypeVar("Result")

PATIENCE = 5.0
"""Seconds that a test waits for the bot before it fails."""


class People(Payers):
    """The people's side of a ``World``. Everything they do becomes updates of the real shape."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def bot(self) -> User:
        return self.world.bot

    # -- who there is -----------------------------------------------------------------------------------------

    def user(self, name: str, *, username: str = "", language_code: str = "") -> User:
        """A person who never met the bot."""
        user = User(5_000_000_000 + len(self.world.users), name, username, language_code)
        self.world.users[user.id] = user
        self.world.chats[user.id] = Chat(user.id, "private", name, username)
        return user

    def group(
        self,
        title: str,
        *members: User,
        admins: Iterable[User] = (),
        bot: Status = "member",
        kind: Literal["group", "supergroup"] = "group",
    ) -> Chat:
        """A group that exists already, the bot in it; nobody is told."""
        number = len(self.world.chats) + 1
        chat = Chat(-1_000_000_000_000 - number if kind == "supergroup" else -number, kind, title)
        chat.members |= {user.id: "member" for user in members}
        chat.members |= {user.id: "administrator" for user in admins}
        chat.members[self.bot.id] = bot
        self.world.chats[chat.id] = chat
        return chat

    def as_anonymous_admin(self, admin: User, chat: Chat) -> User:
        """In whose name ``admin`` speaks in ``chat`` when anonymous. They press buttons under their own name."""
        if chat.members.get(admin.id) not in PRESENT - {"member"}:
            raise ValueError(f"{admin.name} is no admin of {chat.title}")
        return ANONYMOUS

    # -- what they do -----------------------------------------------------------------------------------------

    async def say(
        self,
        user: User,
        chat: Chat | User,
        text: str = "",
        *,
        reply_to: Message | None = None,
        entities: Iterable[Json] = (),
        photo: bytes | None = None,
    ) -> Message:
        """A message of ``user``, to a group or (``chat`` is a person: themself) in private. Commands, mentions and
        addresses are marked by the server; ``entities`` are those that a client adds, as ``mention`` makes them."""
        place = self._place(user, chat)
        content: Json = {"photo": [self._size(photo)]} if photo is not None else {}
        names = ("caption", "caption_entities") if photo is not None else ("text", "entities")
        content |= _marked(text, entities, *names)
        if reply_to:
            nested = {"reply_to_message"}
            content["reply_to_message"] = {k: v for k, v in reply_to.body.items() if k not in nested}
        message = self.world.put(place, user, content)
        self._hear(message, "message")
        return message

    async def edit(self, message: Message, text: str, *, entities: Iterable[Json] = ()) -> None:
        """The author changes the text of a message."""
        names = ("caption", "caption_entities") if "photo" in message.body else ("text", "entities")
        kept = {name: value for name, value in message.body.items() if name not in names}
        message.body = kept | _marked(text, entities, *names) | {"edit_date": self.world.date()}
        self._hear(message, "edited_message")

    async def start(self, user: User, payload: str = "") -> Message:
        """Opens the private chat with the bot, after a block too."""
        chat = self.world.chats[user.id]
        if user.known == "blocked":
            chat.members[self.bot.id] = "kicked"
            self.world.becomes(chat, self.bot, "member", user)
        user.known = "started"
        return await self.say(user, user, f"/start {payload}".strip())

    async def block(self, user: User) -> None:
        """Blocks the bot."""
        chat = self.world.chats[user.id]
        chat.members[self.bot.id] = "member"
        user.known = "blocked"
        self.world.becomes(chat, self.bot, "kicked", user)

    async def press(self, user: User, message: Message, button: str, *, patience: float = PATIENCE) -> Answer:
        """Presses the button with that label or data and waits for the bot's answer."""
        data = next(
            (each["callback_data"] for each in message.buttons
             if "callback_data" in each and button in {each["text"], each["callback_data"]}), None,
        )  # fmt: skip
        if data is None:
            raise LookupError(f"no button {button!r} to press among {message.labels}")
        return await self.forge(user, message, data, patience=patience)

    async def forge(self, user: User, message: Message, data: str, *, patience: float = PATIENCE) -> Answer:
        """Presses a button that need not be there, as a forged client can."""
        self.world.press_count += 1
        number = str(4_000_000_000_000_000_000 + self.world.press_count)
        press = Press(self.world.clock.now(), asyncio.get_running_loop().create_future())
        self.world.presses[number] = press
        query = {"id": number, "from": user.json, "chat_instance": f"instance{message.chat.id}", "data": data}
        self.world.updates.add("callback_query", query | {"message": message.body})
        async with asyncio.timeout(patience):
            return await press.answer

    async def join(self, chat: Chat, user: User, *, by: User | None = None) -> None:
        """``user`` (the bot, too) comes into the group, or is brought by somebody."""
        self.world.becomes(chat, user, "member", by or user)
        self._service(chat, by or user, {"new_chat_members": [user.json]})

    async def leave(self, chat: Chat, user: User) -> None:
        """``user`` leaves the group."""
        self._service(chat, user, {"left_chat_member": user.json})
        self.world.becomes(chat, user, "left", user)

    async def promote(self, chat: Chat, user: User, *, by: User) -> None:
        """``user`` (the bot, too) becomes an admin."""
        self.world.becomes(chat, user, "administrator", by)

    async def kick_bot(self, chat: Chat, *, by: User) -> None:
        """Somebody removes the bot."""
        self.world.becomes(chat, self.bot, "kicked", by)

    async def migrate(self, chat: Chat) -> Chat:
        """The group becomes a supergroup: a new chat with the same people and no messages."""
        if chat.type != "group":
            raise ValueError(f"{chat.title} is a supergroup already")
        new = self.group(chat.title, kind="supergroup")
        new.members = dict(chat.members)
        actor = self.world.users[next(iter(chat.members))]
        self._service(chat, actor, {"migrate_to_chat_id": new.id})
        chat.moved_to = new
        self._service(new, actor, {"migrate_from_chat_id": chat.id})
        return new

    # -- what they see ----------------------------------------------------------------------------------------

    def messages(self, chat: Chat) -> list[Message]:
        """What the bot wrote in the group, without what was deleted; a message changes when the bot edits it."""
        return [message for message in chat.messages.values() if message.sender == self.bot.id]

    def private(self, user: User) -> list[Message]:
        """What the bot wrote to ``user``."""
        return self.messages(self.world.chats[user.id])

    async def until(self, condition: Callable[[], Result], *, patience: float = PATIENCE) -> Result:
        """Waits for ``condition`` to be true; its value. Looked at whenever something changed at the server."""
        async with asyncio.timeout(patience):
            while not (result := condition()):
                await self.world.bell.wait()
        return result

    async def settled(self) -> None:
        """Waits until the bot confirmed every update."""
        await self.until(lambda: self.world.updates.settled)

    @property
    def last_update(self) -> int:
        """The ``update_id`` of the latest update, for ``deliver_again``."""
        return max(self.world.updates.log)

    # -- how the outside makes it hard --------------------------------------------------------------------------

    def deliver_again(self, update_id: int) -> None:
        """Delivers an update once more, confirmed or not."""
        self.world.updates.again(update_id)

    def flood(self, chat: Chat | User, retry_after: int) -> None:
        """Refuses the bot's next message or edit in the chat with 429."""
        place = self.world.chats[chat.id]
        place.retry_after = retry_after

    def _place(self, user: User, chat: Chat | User) -> Chat:
        if isinstance(chat, User):
            chat = self.world.chats[chat.id]
        if chat.type == "private" and (chat.id != user.id or user.known != "started"):
            raise ValueError(f"{user.name} has not started the bot" if chat.id == user.id else "not their chat")
        if chat.type != "private" and user is not ANONYMOUS and chat.members.get(user.id) not in PRESENT:
            raise ValueError(f"{user.name} is not in {chat.title}")
        return chat

    def _hear(self, message: Message, kind: str) -> None:
        """Tells the bot, if it is there and privacy mode lets it hear."""
        if message.chat.type == "private" or self._is_heard(message):
            self.world.updates.add(kind, message.body)

    def _is_heard(self, message: Message) -> bool:
        status = message.chat.members.get(self.bot.id, "left")
        if status not in PRESENT:
            return False
        replied = message.body.get("reply_to_message", {}).get("from", {}).get("id") == self.bot.id
        if status == "administrator" or not self.world.privacy or replied:
            return True
        text = message.text.encode("utf-16-le")
        name = f"@{self.bot.username}".lower()
        for entity in message.entities:
            start = 2 * entity["offset"]
            word = text[start : start + 2 * entity["length"]].decode("utf-16-le").lower()
            if entity["type"] == "bot_command" and ("@" not in word or word.endswith(name)):
                return True
            if entity["type"] == "mention" and word == name:
                return True
            if entity["type"] == "text_mention" and entity["user"]["id"] == self.bot.id:
                return True
        return False

    def _service(self, chat: Chat, user: User, content: Json) -> None:
        """A service message: the bot gets all of them."""
        message = self.world.put(chat, user, content)
        if chat.members.get(self.bot.id) in PRESENT:
            self.world.updates.add("message", message.body)

    def _size(self, photo: bytes) -> Json:
        file_id = self.world.file(photo)
        size: dict[str, Any] = {"width": 640, "height": 480, "file_size": len(photo)}
        return {"file_id": file_id, "file_unique_id": f"unique-{file_id}"} | size


def mention(text: str, name: str, user: User) -> Json:
    """The entity by which a client mentions a person without a username, where ``name`` stands in ``text``."""
    before = text[: text.index(name)]
    return {"type": "text_mention", "offset": units(before), "length": units(name), "user": user.json}


def _marked(text: str, entities: Iterable[Json], text_name: str, entities_name: str) -> Json:
    """Text with what the client and the server marked in it."""
    marks = sorted([*entities, *found(text)], key=lambda entity: entity["offset"])
    return ({text_name: text} if text else {}) | ({entities_name: marks} if marks else {})
