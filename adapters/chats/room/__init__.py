"""The built-in group chat in the browser: the embedded default, and a chat platform like the others."""

from adapters.chats.room.adapter import Room
from adapters.chats.room.people import GROUP, PEOPLE, Inhabitant
from adapters.chats.room.phone import Phone

__all__ = ["GROUP", "PEOPLE", "Inhabitant", "Phone", "Room"]
