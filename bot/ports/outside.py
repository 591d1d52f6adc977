"""Trouble outside of this process: raised by adapters, and nothing else is (design §5.4).

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
