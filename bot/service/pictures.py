"""Pictures people sent: proofs of payment and their own QR codes, by reference.

``file:<name>`` was uploaded on a page and lies in our folder, named by its content; ``<platform>:<id>`` lies with a
chat platform and is fetched when it is needed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from bot.ports import ChatPort, Outside

log = structlog.get_logger(__name__)

UPLOADED: Final = "file"
ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg"}


class Pictures:
    """Keeps and finds them. ``folder`` is made when it is first needed, readable by its owner only."""

    def __init__(self, folder: Path, chats: Mapping[str, ChatPort]) -> None:
        self._folder, self._chats = folder, chats

    async def keep(self, data: bytes, media_type: str) -> str:
        """Its reference. The same picture is kept once. ``KeyError`` for another media type than PNG or JPEG."""
        name = f"{hashlib.sha256(data).hexdigest()[:32]}.{ENDINGS[media_type]}"
        await asyncio.to_thread(self._write, name, data)
        return f"{UPLOADED}:{name}"

    async def find(self, reference: str) -> bytes | None:
        """PNG or JPEG; None when it cannot be had any more."""
        source, _, name = reference.partition(":")
        try:
            if source == UPLOADED:
                return await asyncio.to_thread((self._folder / Path(name).name).read_bytes)
            port = self._chats.get(source)
            return await port.picture(name) if port is not None else None
        except (OSError, Outside) as trouble:
            log.warning("picture.gone", source=source, reason=type(trouble).__name__)
            return None

    async def drop(self, reference: str) -> None:
        """Erase one that was uploaded; what lies with a platform is not ours to erase."""
        source, _, name = reference.partition(":")
        if source == UPLOADED:
            await asyncio.to_thread((self._folder / Path(name).name).unlink, True)  # noqa: FBT003 - missing_ok

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / name).write_bytes(data)
