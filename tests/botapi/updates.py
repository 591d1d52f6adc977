"""The queue of updates: kept until confirmed, in order, at least once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

from tests.botapi.check import TYPES

EVERY = frozenset(TYPES["Update"]) - {"update_id"}
ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
"""Kinds of updates that come only when asked for by name."""


class Bell:
    """Wakes everybody who waits at the moment it rings."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        await self._event.wait()


class Updates:
    """What happened, by ``update_id``: ``log`` keeps everything, ``pending`` what was not confirmed."""

    def __init__(self, bell: Bell) -> None:
        self.log: dict[int, dict[str, Any]] = {}
        self.pending: deque[dict[str, Any]] = deque()
        self.allowed = EVERY - ON_REQUEST
        self._bell = bell
        self._again: list[dict[str, Any]] = []
        self._served: list[dict[str, Any]] = []

    def allow(self, kinds: Iterable[str] | None) -> None:
        """As ``allowed_updates``: None changes nothing, empty means the usual ones."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or EVERY - ON_REQUEST

    def add(self, kind: str, body: dict[str, Any]) -> None:
        """A new update, unless the bot did not ask for its kind."""
        if kind in self.allowed:
            number = 900_000_001 + len(self.log)
            update: dict[str, Any] = {"update_id": number, kind: body}
            self.log[number] = update
            self.pending.append(update)
            self._bell.ring()

    def again(self, update_id: int) -> None:
        """Serves an update once more, confirmed or not."""
        self._again.append(self.log[update_id])
        self._bell.ring()

    def confirm(self, offset: int) -> None:
        """As ``offset``: drops what is before it; counted from the end when negative."""
        if self._served:
            self._again = [update for update in self._again if update not in self._served]
            self._served = []
        keep = len(self.pending) + offset
        kept = list(self.pending)[max(keep, 0) :] if offset < 0 else self.pending
        self.pending = deque(update for update in kept if offset <= update["update_id"])
        self._bell.ring()

    def batch(self, limit: int) -> list[dict[str, Any]]:
        """What a poll gets now."""
        self._served = self._again[:limit]
        return [*self._served, *list(self.pending)[: limit - len(self._served)]]

    def first(self) -> dict[str, Any] | None:
        """What the webhook gets next."""
        return next(iter([*self._again, *self.pending]), None)

    def delivered(self, update: dict[str, Any]) -> None:
        """The webhook took it."""
        queue = self._again if update in self._again else self.pending
        queue.remove(update)
        self._bell.ring()

    @property
    def settled(self) -> bool:
        """Everything was confirmed."""
        return not self.pending and not self._again
