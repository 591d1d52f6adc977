"""A raw update of the Bot API → what happened.

Two sources tell of the bot's own coming and going: service messages and ``my_chat_member``. Only the latter is
believed, as it comes always; the service messages about the bot itself are left out, so nothing is told twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    Message,
    MessageEntity,
    PreCheckoutQuery,
    SuccessfulPayment,
    Update,
    User,
)

from bot.ports import (
    BotRemoved,
    ChatMoved,
    CheckingOut,
    Document,
    Edited,
    Inbound,
    InvoicePaid,
    Joined,
    Left,
    Person,
    Place,
    Pressed,
    Said,
)

_ADDRESSED: Final = re.compile(r"\s*[/／][^\s@/／]+@(\w+)")
_PRESENT: Final = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER})
_GROUPS: Final = frozenset({Chat.GROUP, Chat.SUPERGROUP})
CHECKOUT: Final = "checkout:"
"""Before the id of a press that asks whether an invoice may be paid."""
_PICTURES: Final = frozenset({"image/png", "image/jpeg"})
"""Documents of these kinds are pictures that were sent uncompressed."""


def parse(body: bytes, *, names: frozenset[str]) -> tuple[Inbound, ...]:
    """What happened. ``names`` are the bot's, in lower case; while they are unknown every command is for us.

    ``ValueError`` for what is no update. An update that does not concern us is no event at all.
    """
    update = _update(body)
    if update.message is not None:
        return _message(update.message, names)
    if update.edited_message is not None:
        return _edited(update.edited_message, names)
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.pre_checkout_query is not None:
        return _checking_out(update.pre_checkout_query)
    if update.my_chat_member is not None:
        return _bot_moved(update.my_chat_member)
    if update.chat_member is not None:
        return _member_moved(update.chat_member)
    return ()


def _update(body: bytes) -> Update:
    try:
        return Update.de_json(json.loads(body), None)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise ValueError(f"no update: {type(error).__name__}") from error


# -- messages -----------------------------------------------------------------------------------------------


def _message(message: Message, names: frozenset[str]) -> tuple[Inbound, ...]:
    place = _place(message.chat)
    if place is None:
        return ()
    if message.migrate_to_chat_id:
        return (ChatMoved(place, to=str(message.migrate_to_chat_id)),)
    if message.migrate_from_chat_id:
        return (ChatMoved(Place(str(message.migrate_from_chat_id), place.title), to=place.id),)
    sender, anonymous = _speaker(message)
    here = _people([None if anonymous else message.from_user])
    if message.new_chat_members:
        came = _people(message.new_chat_members)
        return (Joined(place, sender, _once(here + came), anonymous),) if came else ()
    if message.left_chat_member is not None:
        left = message.left_chat_member
        return () if left.is_bot else (Left(place, sender, here, anonymous, who=_person(left)),)
    if sender is None:
        return ()
    if message.successful_payment is not None:
        return (_invoice_paid(place, sender, message.successful_payment, message.date),)
    text, mentions = _words(message)
    if _for_another(text, names):
        return ()
    seen = _once(here + mentions + _people([_author(message.reply_to_message)]))
    if not text:
        return (Inbound(place, sender, seen, anonymous),)
    id_, picture = str(message.message_id), _picture(message)
    document = _document(message) or _document(message.reply_to_message)
    return (Said(place, sender, seen, anonymous, text, id_, mentions, picture, at=message.date, document=document),)


def _edited(message: Message, names: frozenset[str]) -> tuple[Inbound, ...]:
    place, (sender, anonymous) = _place(message.chat), _speaker(message)
    text, _ = _words(message)
    if place is None or sender is None or not text or _for_another(text, names):
        return ()
    seen = () if anonymous else (sender,)
    return (Edited(place, sender, seen, anonymous, text, str(message.message_id), at=message.edit_date),)


def _speaker(message: Message) -> tuple[Person | None, bool]:
    """Who speaks, and whether in the name of a chat: an anonymous admin, or somebody as their channel. None for
    bots and for the posts of a linked channel, which Telegram copies into the group by itself."""
    if message.is_automatic_forward:
        return None, False
    if message.sender_chat is not None:
        return Person(str(message.sender_chat.id), message.sender_chat.effective_name or ""), True
    user = message.from_user
    return (None if user is None or user.is_bot else _person(user)), False


def _author(message: Message | None) -> User | None:
    return message.from_user if message is not None and message.sender_chat is None else None


def _words(message: Message) -> tuple[str, tuple[Person, ...]]:
    """The text or the caption with ``@[n]`` for people who have no username, and these people.

    The offsets of entities count UTF-16 code units.
    """
    text = message.text or message.caption or ""
    units = text.encode("utf-16-le", "surrogatepass")
    pieces: list[str] = []
    mentions: list[Person] = []
    at = 0
    for entity in sorted(message.entities or message.caption_entities, key=lambda entity: entity.offset):
        user, start, end = entity.user, 2 * entity.offset, 2 * (entity.offset + entity.length)
        if entity.type != MessageEntity.TEXT_MENTION or user is None or user.is_bot or start < at:
            continue
        pieces += [units[at:start].decode("utf-16-le", "replace"), f"@[{len(mentions)}]"]
        mentions.append(_person(user))
        at = end
    pieces.append(units[at:].decode("utf-16-le", "replace"))
    return "".join(pieces), tuple(mentions)


def _for_another(text: str, names: frozenset[str]) -> bool:
    """Whether it is a command that names another bot."""
    addressed = _ADDRESSED.match(text)
    return addressed is not None and bool(names) and addressed[1].lower() not in names


def _picture(message: Message) -> str:
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height).file_id
    document = message.document
    return document.file_id if document is not None and document.mime_type in _PICTURES else ""


def _document(message: Message | None) -> Document | None:
    """A file other than a picture."""
    sent = message.document if message is not None else None
    if sent is None or sent.mime_type in _PICTURES:
        return None
    return Document(sent.file_id, sent.file_name or "")


# -- presses and memberships --------------------------------------------------------------------------------


def _pressed(query: CallbackQuery) -> tuple[Inbound, ...]:
    """A button under a message of an unknown chat (inline mode, which we do not use) is nobody's."""
    place = _place(query.message.chat) if query.message is not None else None
    if place is None or query.message is None:
        return ()
    sender, message = _person(query.from_user), str(query.message.message_id)
    return (Pressed(place, sender, (sender,), press=query.id, data=query.data or "", message=message),)


def _bot_moved(change: ChatMemberUpdated) -> tuple[Inbound, ...]:
    place = _place(change.chat)
    if place is None or place.private:
        return ()
    was, present = _is_present(change.old_chat_member), _is_present(change.new_chat_member)
    by, seen = _person(change.from_user), _people([change.from_user])
    if present and not was:
        return (Joined(place, by, seen, bot_joined=True),)
    return (BotRemoved(place, by, seen),) if was and not present else ()


def _member_moved(change: ChatMemberUpdated) -> tuple[Inbound, ...]:
    place, user = _place(change.chat), change.new_chat_member.user
    if place is None or user.is_bot:
        return ()
    was, present = _is_present(change.old_chat_member), _is_present(change.new_chat_member)
    who = _person(user)
    if present and not was:
        return (Joined(place, seen=(who,)),)
    return (Left(place, who=who),) if was and not present else ()


def _is_present(member: ChatMember) -> bool:
    return member.status in _PRESENT or bool(getattr(member, "is_member", False))


# -- invoices -----------------------------------------------------------------------------------------------


def _checking_out(query: PreCheckoutQuery) -> tuple[Inbound, ...]:
    """It names no chat: an invoice is settled between the payer and the bot."""
    payer = _person(query.from_user)
    place = Place(payer.id, payer.name, private=True)
    press, payload = f"{CHECKOUT}{query.id}", query.invoice_payload
    return (
        CheckingOut(place, payer, press=press, payload=payload, amount=query.total_amount, currency=query.currency),
    )


def _invoice_paid(place: Place, payer: Person, paid: SuccessfulPayment, at: datetime) -> Inbound:
    return InvoicePaid(
        place,
        payer,
        payload=paid.invoice_payload,
        reference=paid.telegram_payment_charge_id,
        provider=paid.provider_payment_charge_id,
        amount=paid.total_amount,
        currency=paid.currency,
        at=at,
    )


# -- people and places --------------------------------------------------------------------------------------


def _place(chat: Chat) -> Place | None:
    """The group or private chat; None for channels."""
    if chat.type in _GROUPS:
        return Place(str(chat.id), chat.title or "")
    return Place(str(chat.id), chat.full_name or "", private=True) if chat.type == Chat.PRIVATE else None


def _person(user: User) -> Person:
    return Person(str(user.id), user.full_name, user.username or "", user.language_code or "", user.is_bot)


def _people(users: Iterable[User | None]) -> tuple[Person, ...]:
    return tuple(_person(user) for user in users if user is not None and not user.is_bot)


def _once(people: Sequence[Person]) -> tuple[Person, ...]:
    return tuple({person.id: person for person in people}.values())
