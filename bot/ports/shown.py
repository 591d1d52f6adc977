"""What is shown to people, ready for any platform."""

from __future__ import annotations

from dataclasses import dataclass


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
class Attachment:
    """A file that goes with a message."""

    data: bytes
    name: str
    media_type: str


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
    file: Attachment | None = None
    open: OpenLink | None = None
    alert: bool = False
    silent: bool = False
