"""What the page sent → what happened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.chats.room.people import GROUP, PEOPLE
from bot.ports import Document, Inbound, Joined, Person, Place, Pressed, Said

PERSONS = {p.id: Person(p.id, p.name) for p in PEOPLE}


def parse(body: bytes, title: str) -> Sequence[Inbound]:
    """``ValueError`` for anything that the page would not send."""
    event = json.loads(body)
    if not isinstance(event, dict):
        raise ValueError("no event")
    kind = event.get("kind")
    if kind == "seeded":
        return [Joined(Place(GROUP, title), seen=tuple(PERSONS.values()), bot_joined=True)]
    sender = PERSONS.get(str(event.get("as")))
    if sender is None:
        raise ValueError("nobody")
    place = Place(f"private:{sender.id}", private=True) if event.get("private") else Place(GROUP, title)
    if kind == "said":
        file = Document(_text(event, "file"), _text(event, "name")) if event.get("file") else None
        return [Said(place, sender, text=_text(event, "text"), message=_text(event, "message"), document=file)]
    if kind == "pressed":
        data, message, press = (_text(event, key) for key in ("data", "message", "press"))
        return [Pressed(place, sender, press=press, data=data, message=message)]
    raise ValueError("no such event")


def _text(event: Mapping[str, Any], key: str) -> str:
    text = event.get(key, "")
    if not isinstance(text, str) or len(text) > 4096:
        raise ValueError(f"no {key}")
    return text
