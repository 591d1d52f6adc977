"""A raw update of the receiver → what happened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from bot.ports import BotRemoved, Gap, Inbound, Joined, Left, MoneySeen, Person, Place, Said

TEXT, TRANSFER, RED_PACKET = 7, 11, 12
"""Message types as puppets number them (the TypeScript enum, not the .proto's)."""
AFTER_MENTION: Final = " \u2005\u2004\xa0"


def parse(body: bytes) -> Sequence[Inbound]:
    """``ValueError`` for what the receiver would not have kept."""
    update = json.loads(body)
    if not isinstance(update, dict):
        raise ValueError("no update")
    try:
        return _KINDS[update["kind"]](update)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no update: {type(error).__name__}") from error


def _message(update: Mapping[str, Any]) -> Sequence[Inbound]:
    sender, room = _person(update["sender"]), update["room"]
    place = _place(room) if room else Place(sender.id, sender.name, private=True)
    seen = tuple(_person(each) for each in update["seen"])
    kind = update["type"]
    if kind in (TRANSFER, RED_PACKET):
        return [MoneySeen(place, sender, seen, message=update["id"])]
    if kind != TEXT:
        return [Inbound(place, sender, seen)]
    text, mentions = _words(update)
    at = datetime.fromtimestamp(update["at"], UTC) if update["at"] else None
    return [Said(place, sender, seen, text=text, message=update["id"], mentions=mentions, at=at)]


def _words(update: Mapping[str, Any]) -> tuple[str, tuple[Person, ...]]:
    """The text with ``@[n]`` for who is mentioned, and these people. The bot's own name is left out: it is only how one
    speaks to it."""
    text = str(update["text"])
    mentions: list[Person] = []
    for mention in update["mentions"]:
        person = _person(mention)
        mark = next((f"@{person.name}{end}" for end in (*AFTER_MENTION, "") if f"@{person.name}{end}" in text), None)
        if not person.name or mark is None:
            continue
        if person.id == update["me"]:
            text = text.replace(mark, " ", 1)
            continue
        text = text.replace(mark, f"@[{len(mentions)}] ", 1)
        mentions.append(person)
    return text.strip(), tuple(mentions)


def _joined(update: Mapping[str, Any]) -> Sequence[Inbound]:
    seen = tuple(_person(each) for each in update["seen"])
    return [Joined(_place(update["room"]), seen=seen, bot_joined=update["me"] in update["who"])]


def _left(update: Mapping[str, Any]) -> Sequence[Inbound]:
    place = _place(update["room"])
    if update["me"] and update["me"] in update["who"]:
        return [BotRemoved(place)]
    return [Left(place, who=Person(str(who))) for who in update["who"]]


def _topic(update: Mapping[str, Any]) -> Sequence[Inbound]:
    return [Inbound(_place(update["room"]))]


def _gap(update: Mapping[str, Any]) -> Sequence[Inbound]:
    since, until = (datetime.fromisoformat(update[key]) for key in ("since", "until"))
    return [Gap(_place(update["room"]), since=since, until=until)]


_KINDS: Final = {"message": _message, "joined": _joined, "left": _left, "topic": _topic, "gap": _gap}


def _place(room: Mapping[str, Any]) -> Place:
    return Place(str(room["id"]), str(room["topic"]))


def _person(person: Mapping[str, Any]) -> Person:
    return Person(str(person["id"]), str(person["name"]), locale="zh_CN")
