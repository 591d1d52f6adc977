"""Letting go of what has been kept long enough, once a day: addresses, phone numbers, proofs, what was sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.ports import Clock
from bot.service.pictures import Pictures
from bot.store import Store, Work

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long: addresses after an attempt began, phone numbers and proofs after a collection's reminders ended, the
    texts of messages after they were sent, and how channels did."""

    addresses: timedelta = timedelta(days=1)
    phones: timedelta = timedelta(days=30)
    proofs: timedelta = timedelta(days=90)
    messages: timedelta = timedelta(days=30)
    swings: timedelta = timedelta(days=30)


class Retention:
    """Erases what is older than ``keep`` says. Safe to run at any time."""

    def __init__(self, store: Store, clock: Clock, pictures: Pictures, keep: Keep) -> None:
        self._store, self._clock, self._pictures, self._keep = store, clock, pictures, keep

    async def run(self) -> None:
        now, keep = self._clock.now(), self._keep

        def expire(work: Work) -> tuple[tuple[str, ...], dict[str, int]]:
            proofs = work.expire_proofs(now - keep.proofs)
            return proofs, {
                "addresses": work.expire_addresses(now - keep.addresses),
                "phones": work.expire_phones(now - keep.phones),
                "swings": work.expire_swings(now - keep.swings),
                "messages": work.expire_messages(now - keep.messages),
                "questions": work.expire_questions(),
            }

        proofs, counts = await asyncio.wrap_future(self._store.submit(expire))
        for name in proofs:
            await self._pictures.drop(name)
        log.info("retention", proofs=len(proofs), **counts)
