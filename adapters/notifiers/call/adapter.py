"""No call is made: a ticket with the number and the script is written where the operator looks.

A provider of outbound calls can take this place: it implements ``ports.Notifier`` and gets the same errand.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import structlog

from bot.ports import Clock, Contactee, Errand

log = structlog.get_logger(__name__)


class CallStub:
    """One file per ticket in ``folder``, readable by its owner only; a log event says that there is one."""

    name = "call"

    def __init__(self, *, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock

    async def notify(self, to: Contactee, errand: Errand) -> str:
        await asyncio.to_thread(self._write, to, errand)
        log.info("call.ticket", ticket=errand.id)
        return errand.id

    def _write(self, to: Contactee, errand: Errand) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        at = self._clock.now().isoformat(timespec="seconds")
        ticket = f"# Call {errand.id}\n\nAsked for: {at}\nNumber: {to.phone}\nLanguage: {to.locale}\n\n{errand.text}\n"
        descriptor = os.open(self._folder / f"{errand.id}.md", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(ticket)
