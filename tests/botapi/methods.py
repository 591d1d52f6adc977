"""The methods of the Bot API that this server plays: each takes checked, decoded parameters and returns its result."""

from __future__ import annotations

import asyncio
import io
import json
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.botapi.check import Upload
from tests.botapi.markup import found, parsed
from tests.botapi.payments import Payments
from tests.botapi.world import PRESENT, Answer, Chat, Json, Message, Refusal, Violation, World

Given = Mapping[str, Any]

PRESS_LIFETIME = timedelta(seconds=15)
DELETABLE = timedelta(hours=48)
PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_SIDES = 10_000
PHOTO_RATIO = 20
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


class Methods(Payments):
    """The bot's side. A method of this class is played when it has the name of a Bot API method.

    ``rate`` is how many messages and edits a chat takes in how many seconds.
    """

    def __init__(self, world: World, rate: tuple[int, float] | None) -> None:
        self.world = world
        self.rate = rate
        self.webhook: Json = {}
        self.closing = False
        self._poll = 0

    # -- receiving ------------------------------------------------------------------------------------------

    async def getMe(self, given: Given) -> Json:  # noqa: N802 - the names of the Bot API
        return self.world.bot.json | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.world.privacy,
            "supports_inline_queries": False,
        }

    async def getUpdates(self, given: Given) -> list[Json]:  # noqa: N802
        updates = self.world.updates
        updates.allow(given.get("allowed_updates"))
        self._poll += 1
        mine = self._poll
        updates.confirm(given.get("offset", 0))
        try:
            async with asyncio.timeout(given.get("timeout", 0)):
                while not self.closing:
                    if self.webhook:
                        raise Refusal(
                            409,
                            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first",
                        )
                    if self._poll != mine:
                        raise Refusal(409, "Conflict: terminated by other getUpdates request")
                    if batch := updates.batch(given.get("limit", 100)):
                        return batch
                    await self.world.bell.wait()
        except TimeoutError:
            pass
        return []

    async def setWebhook(self, given: Given) -> bool:  # noqa: N802
        self.webhook = {"url": given["url"], "secret": given.get("secret_token", "")} if given["url"] else {}
        self.world.updates.allow(given.get("allowed_updates"))
        return await self._drop_pending(given)

    async def deleteWebhook(self, given: Given) -> bool:  # noqa: N802
        self.webhook = {}
        return await self._drop_pending(given)

    async def _drop_pending(self, given: Given) -> bool:
        if given.get("drop_pending_updates"):
            self.world.updates.pending.clear()
        self.world.bell.ring()
        return True

    async def getWebhookInfo(self, given: Given) -> Json:  # noqa: N802
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.updates.pending),
            "allowed_updates": sorted(self.world.updates.allowed),
        }

    async def answerCallbackQuery(self, given: Given) -> bool:  # noqa: N802
        press = self.world.presses.pop(given["callback_query_id"], None)
        if press is None or press.answer.done() or self.world.clock.now() - press.at > PRESS_LIFETIME:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        press.answer.set_result(
            Answer(given.get("text", ""), alert=given.get("show_alert", False), url=given.get("url", ""))
        )
        return True

    # -- writing --------------------------------------------------------------------------------------------

    async def sendMessage(self, given: Given) -> Json:  # noqa: N802
        return self._send(given, self._content(given, "text"))

    async def sendPhoto(self, given: Given) -> Json:  # noqa: N802
        return self._send(given, {"photo": [self._photo(given["photo"])]} | self._content(given, "caption"))

    async def sendDocument(self, given: Given) -> Json:  # noqa: N802
        return self._send(given, {"document": self._document(given["document"])} | self._content(given, "caption"))

    async def editMessageText(self, given: Given) -> Json:  # noqa: N802
        return self._edit(given, "text")

    async def editMessageCaption(self, given: Given) -> Json:  # noqa: N802
        return self._edit(given, "caption")

    async def editMessageReplyMarkup(self, given: Given) -> Json:  # noqa: N802
        return self._edit(given, "")

    async def deleteMessage(self, given: Given) -> bool:  # noqa: N802
        chat = self._chat(given["chat_id"])
        message = chat.messages.get(given["message_id"])
        if message is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        if message.sender == self.world.bot.id:
            allowed = timedelta(seconds=self.world.date() - message.body["date"]) <= DELETABLE
        else:
            allowed = chat.members.get(self.world.bot.id) == "administrator"
        if not allowed:
            raise Refusal(400, "Bad Request: message can't be deleted")
        del chat.messages[message.id]
        self.world.bell.ring()
        return True

    async def sendChatAction(self, given: Given) -> bool:  # noqa: N802
        self._chat(given["chat_id"])
        return True

    def _send(self, given: Given, content: Json) -> Json:
        chat = self._chat(given["chat_id"])
        if reply := given.get("reply_parameters"):
            if original := chat.messages.get(reply.get("message_id", 0)):
                nested = {"reply_to_message", "reply_markup"}
                content["reply_to_message"] = {k: v for k, v in original.body.items() if k not in nested}
            elif not reply.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
        self._pace(chat)
        if whisper := given.get("ephemeral_message_parameters"):
            return self._whisper(chat, whisper, content | self._markup(given))
        return self.world.put(chat, self.world.bot, content | self._markup(given)).body

    def _whisper(self, chat: Chat, whisper: Json, content: Json) -> Json:
        """Shown to one member of a group, and kept nowhere."""
        receiver = self.world.users.get(whisper["receiver_user_id"])
        if receiver is None or chat.members.get(receiver.id) not in PRESENT:
            raise Refusal(400, "Bad Request: user not found")
        if chat.type == "private":
            raise Refusal(400, "Bad Request: ephemeral messages can be sent only in groups")
        shown = {"message_id": 0, "from": self.world.bot.json, "chat": chat.json, "date": self.world.date()}
        shown |= {"receiver_user": receiver.json, "ephemeral_message_id": len(self.world.whispers) + 1} | content
        self.world.whispers.append(Message(chat, shown))
        return shown

    def _edit(self, given: Given, what: str) -> Json:
        """Replaces the text, the caption, or only the keyboard; a keyboard that is not given is removed."""
        if "inline_message_id" in given or "rich_message" in given:
            raise Violation(400, "Bad Request: inline and rich messages are not played by this server")
        chat = self._chat(given["chat_id"])
        message = chat.messages.get(given["message_id"])
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if message.sender != self.world.bot.id:
            raise Refusal(400, "Bad Request: message can't be edited")
        if what == ("text" if "photo" in message.body else "caption"):
            raise Refusal(400, f"Bad Request: there is no {what} in the message to edit")
        replaced = {"edit_date", "reply_markup"} | ({what, "entities", "caption_entities"} if what else set())
        kept = {name: value for name, value in message.body.items() if name not in replaced}
        body = kept | (self._content(given, what) if what else {}) | self._markup(given)
        if body == {name: value for name, value in message.body.items() if name != "edit_date"}:
            raise Refusal(400, NOT_MODIFIED)
        self._pace(chat)
        message.body = body | {"edit_date": self.world.date()}
        self.world.bell.ring()
        return message.body

    def _content(self, given: Given, name: str) -> Json:
        """Text or caption with its entities; empty when there is none."""
        source = given.get(name, "")
        marked = given.get("entities", given.get("caption_entities", []))
        text, entities = parsed(source) if given.get("parse_mode") else (source.strip(), list(marked))
        entities = [entity for entity in map(self._known, entities) if entity]
        taken = {at for entity in entities for at in range(entity["offset"], entity["offset"] + entity["length"])}
        entities += [entity for entity in found(text) if entity["offset"] not in taken]
        if not text:
            return {}
        entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return {name: text} | ({"caption_entities" if name == "caption" else "entities": entities} if entities else {})

    def _known(self, entity: Json) -> Json:
        """Mentions carry the person they mean; the server drops those of people it does not know."""
        if "user_id" not in entity:
            return entity
        user = self.world.users.get(entity["user_id"])
        return {**{k: v for k, v in entity.items() if k != "user_id"}, "user": user.json} if user else {}

    def _markup(self, given: Given) -> Json:
        """The inline keyboard; other keyboards are not part of a message."""
        markup = given.get("reply_markup", {})
        return {"reply_markup": markup} if markup.get("inline_keyboard") else {}

    def _document(self, document: Upload | str) -> Json:
        """The Document of a new file; those that were sent before are not played."""
        if not isinstance(document, Upload):
            raise Violation(400, "Bad Request: wrong file identifier/HTTP URL specified")
        if not document.content:
            raise Violation(400, "Bad Request: file must be non-empty")
        file_id = self.world.file(document.content)
        named = {"file_name": document.name, "file_size": len(document.content)}
        return {"file_id": file_id, "file_unique_id": f"unique-{file_id}"} | named

    def _photo(self, photo: Upload | str) -> Json:
        """The PhotoSize of a new or a known picture."""
        content = photo.content if isinstance(photo, Upload) else self.world.files.get(photo)
        if content is None:
            raise Violation(400, "Bad Request: wrong file identifier/HTTP URL specified")
        try:
            with Image.open(io.BytesIO(content)) as image:
                width, height = image.size
        except UnidentifiedImageError:
            raise Violation(400, "Bad Request: IMAGE_PROCESS_FAILED") from None
        if width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
            raise Violation(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        if len(content) > PHOTO_BYTES:
            raise Violation(413, "Request Entity Too Large")
        file_id = self.world.file(content) if isinstance(photo, Upload) else photo
        size = {"width": width, "height": height, "file_size": len(content)}
        return {"file_id": file_id, "file_unique_id": f"unique-{file_id}"} | size

    # -- asking ---------------------------------------------------------------------------------------------

    async def getChat(self, given: Given) -> Json:  # noqa: N802
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        return self._chat(given["chat_id"]).json | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }

    async def getChatMember(self, given: Given) -> Json:  # noqa: N802
        chat = self._chat(given["chat_id"])
        user = self.world.users.get(given["user_id"])
        if user is None:
            raise Refusal(400, "Bad Request: user not found")
        return self.world.member(chat, user)

    async def getChatMemberCount(self, given: Given) -> int:  # noqa: N802
        return sum(status in PRESENT for status in self._chat(given["chat_id"]).members.values())

    async def getChatAdministrators(self, given: Given) -> list[Json]:  # noqa: N802
        chat = self._chat(given["chat_id"])
        admins = [self.world.users[who] for who, status in chat.members.items() if status in PRESENT - {"member"}]
        return [self.world.member(chat, user) for user in admins if not user.is_bot or user is self.world.bot]

    async def leaveChat(self, given: Given) -> bool:  # noqa: N802
        self.world.becomes(self._chat(given["chat_id"]), self.world.bot, "left", self.world.bot)
        return True

    async def getFile(self, given: Given) -> Json:  # noqa: N802
        file_id = given["file_id"]
        if file_id not in self.world.files:
            raise Refusal(400, "Bad Request: invalid file_id")
        return {"file_id": file_id, "file_unique_id": f"unique-{file_id}", "file_path": f"files/{file_id}"}

    async def setMyCommands(self, given: Given) -> bool:  # noqa: N802
        self.world.commands[self._scope(given)] = given["commands"]
        return True

    async def deleteMyCommands(self, given: Given) -> bool:  # noqa: N802
        self.world.commands.pop(self._scope(given), None)
        return True

    async def getMyCommands(self, given: Given) -> list[Json]:  # noqa: N802
        return self.world.commands.get(self._scope(given), [])

    def _scope(self, given: Given) -> tuple[str, str]:
        scope = given.get("scope", {"type": "default"})
        return json.dumps(scope, sort_keys=True), given.get("language_code", "")

    # -- what may be refused ----------------------------------------------------------------------------------

    def _chat(self, chat_id: int | str) -> Chat:
        """The chat, if the bot may act there."""
        number = int(chat_id) if str(chat_id).lstrip("-").isdigit() else 0
        chat = self.world.chats.get(number)
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.moved_to:
            moved = chat.moved_to.id
            raise Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=moved)
        if chat.type == "private":
            known = self.world.users[chat.id].known
            if known == "stranger":
                raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
            if known == "blocked":
                raise Refusal(403, "Forbidden: bot was blocked by the user")
        elif (status := chat.members.get(self.world.bot.id, "left")) not in PRESENT:
            how = f"was kicked from the {chat.type}" if status == "kicked" else f"is not a member of the {chat.type}"
            raise Refusal(403, f"Forbidden: bot {how} chat")
        return chat

    def _pace(self, chat: Chat) -> None:
        """429 when the chat is told to be flooded, or more is written than ``rate`` allows."""
        wait, chat.retry_after = chat.retry_after, 0
        now = asyncio.get_running_loop().time()
        if self.rate:
            most, seconds = self.rate
            chat.written = [at for at in chat.written if now - at < seconds]
            if len(chat.written) >= most:
                wait = wait or math.ceil(seconds - (now - chat.written[0]))
        if wait:
            raise Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        chat.written.append(now)
