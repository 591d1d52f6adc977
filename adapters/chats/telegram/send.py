"""The only way out to Telegram: paced per chat, answers first, and its errors put into ours.

Telegram takes about 30 messages a second overall, 20 a minute into one group and one a second into a private chat,
edits included. A 429 silences the chat that it came for, and nothing else. Answers to presses expire within
seconds: they take no turn and heed no silence.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import httpx
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.ports import ChatGone, Clock, Declined, MessageGone, Moved, Outside, Unavailable, Unknown, Unreachable

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's opt-in to RetryAfter.retry_after as a timedelta

Result = TypeVar("Result")
Pause = Callable[[float], Awaitable[None]]

OVERALL: Final = (30, timedelta(seconds=1) / 30)
GROUP: Final = (20, timedelta(seconds=3))
PRIVATE: Final = (1, timedelta(seconds=1))
"""How many at once, and how long each takes to be earned again."""
PATIENCE: Final = timedelta(seconds=10)
"""Who would have to wait longer for a turn is told to come back: nobody holds a leased row for that long."""
_MOST_CHATS: Final = 1024
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_SETTLED: Final = ("message is not modified", "query is too old", "query id is invalid", "query_id_invalid")
_MESSAGE_GONE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message",
    "there is no caption in the message",
)
_CHAT_GONE: Final = ("chat not found", "peer_id_invalid", "group chat was deactivated", "group chat was deleted")


class Settled(Declined):
    """There is nothing left to do: the message says that already, or the press no longer waits."""


def translated(error: TelegramError, chat: int = 0) -> Outside:
    """Telegram's trouble in our words. ``chat`` is where it was met: positive ids are people."""
    code = str(error)[:200]
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return Unavailable("429", retry_after=wait.total_seconds() if isinstance(wait, timedelta) else float(wait))
    if isinstance(error, ChatMigrated):
        return Moved(str(error.new_chat_id))
    if isinstance(error, Forbidden):
        return _gone(code, chat)
    if isinstance(error, InvalidToken):
        return Unavailable("token refused")
    if isinstance(error, BadRequest):
        return _refused(code, chat)
    if isinstance(error, Conflict):
        return Unavailable(code)
    return Unavailable(code) if isinstance(error.__cause__, _NOT_SENT) else Unknown(code)


def _refused(code: str, chat: int) -> Outside:
    words = code.lower()
    if any(known in words for known in _SETTLED):
        return Settled(code)
    if any(known in words for known in _MESSAGE_GONE):
        return MessageGone(code)
    if any(known in words for known in _CHAT_GONE):
        return _gone(code, chat)
    return Declined(code)


def _gone(code: str, chat: int) -> Outside:
    return Unreachable(code) if chat > 0 else ChatGone(code)


@dataclass(slots=True)
class Bucket:
    """Lets ``burst`` through at once, then one per ``every``. At ``earned_at`` all is earned again."""

    burst: int
    every: timedelta
    earned_at: datetime = _EPOCH

    def turn(self, now: datetime) -> timedelta:
        """How long from ``now`` until the next turn. More debt than can be made means that the clock was set back."""
        if self.earned_at - now > self.burst * self.every + PATIENCE:
            self.earned_at = now
        return max(self.earned_at - now - (self.burst - 1) * self.every, timedelta(0))

    def take(self, now: datetime) -> None:
        """The next turn is taken, now or when it comes."""
        self.earned_at = max(self.earned_at, now) + self.every


class Sender:
    """Gives calls their turn and translates what they raise. ``pause`` is how it waits."""

    def __init__(self, wall: Clock, pause: Pause) -> None:
        self._wall, self._pause = wall, pause
        self._overall = Bucket(*OVERALL)
        self._chats: dict[int, Bucket] = {}
        self._silent_until: dict[int, datetime] = {}
        self.trouble = ""
        """What keeps everything from being sent, in a few words."""

    async def send(self, chat: int, call: Callable[[], Awaitable[Result]]) -> Result:
        """A message or an edit, when it is its turn. ``Unavailable`` when that is too far away."""
        self._heed_silence(chat)
        await self._turn(self._bucket(chat))
        await self._turn(self._overall)
        self._heed_silence(chat)
        try:
            return await self.call(call, chat)
        except Unavailable as trouble:
            if trouble.retry_after:
                self._silent_until[chat] = self._wall.now() + timedelta(seconds=trouble.retry_after)
            raise

    async def call(self, call: Callable[[], Awaitable[Result]], chat: int = 0) -> Result:
        """Anything else, at once: answers, questions."""
        try:
            result = await call()
        except InvalidToken as error:
            self.trouble = "token refused"
            raise translated(error) from error
        except TelegramError as error:
            raise translated(error, chat) from error
        self.trouble = ""
        return result

    async def _turn(self, bucket: Bucket) -> None:
        now = self._wall.now()
        wait = bucket.turn(now)
        if wait > PATIENCE:
            raise Unavailable("paced", retry_after=wait.total_seconds())
        bucket.take(now)
        if wait:
            await self._pause(wait.total_seconds())

    def _heed_silence(self, chat: int) -> None:
        """``Unavailable`` while a 429 forbids to write there."""
        wait = self._silent_until.get(chat, _EPOCH) - self._wall.now()
        if wait > timedelta(0):
            raise Unavailable("429", retry_after=wait.total_seconds())
        self._silent_until.pop(chat, None)

    def _bucket(self, chat: int) -> Bucket:
        if chat not in self._chats and len(self._chats) >= _MOST_CHATS:
            now = self._wall.now()
            self._chats = {known: bucket for known, bucket in self._chats.items() if bucket.earned_at > now}
        return self._chats.setdefault(chat, Bucket(*(PRIVATE if chat > 0 else GROUP)))
