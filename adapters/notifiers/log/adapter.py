"""SMS that are not sent: one JSON line each, in a file only its owner can read."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from bot.ports import Clock, Contactee, Errand


class LogSms:
    """For trying things out, and for operators who send SMS by their own means."""

    name = "sms"

    def __init__(self, *, file: Path, clock: Clock) -> None:
        self._file, self._clock = file, clock

    async def notify(self, to: Contactee, errand: Errand) -> str:
        line = {"at": self._clock.now().isoformat(), "id": errand.id, "to": to.phone, "text": errand.text}
        await asyncio.to_thread(self._append, json.dumps(line, ensure_ascii=False) + "\n")
        return errand.id

    def _append(self, line: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(descriptor, "a", encoding="utf-8") as file:
            file.write(line)
