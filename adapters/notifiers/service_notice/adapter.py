"""A service notice is a private message of the bot, to members who have spoken to it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.ports import ChatPort, Contactee, Declined, Errand


class ServiceNotice:
    """Writes on the member's own platform."""

    name = "service_notice"

    def __init__(self, *, chats: Mapping[str, ChatPort]) -> None:
        self._chats = chats

    async def notify(self, to: Contactee, errand: Errand) -> str:
        port = self._chats.get(to.platform)
        if port is None:
            raise Declined("platform not configured")
        return await port.write(to.person, errand.message)
