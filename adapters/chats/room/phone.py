"""SMS, service notices and calls, as they arrive on the phones of the room."""

from __future__ import annotations

from adapters.chats.room.board import Board, Message
from adapters.chats.room.present import html_of, rows_of
from bot.ports import Clock, Contactee, Errand


class Phone:
    """A notifier for one kind: ``sms``, ``service_notice`` or ``call``."""

    def __init__(self, kind: str, board: Board, clock: Clock) -> None:
        self.name, self._board, self._clock = kind, board, clock

    async def notify(self, to: Contactee, errand: Errand) -> str:
        message = Message(
            id=self._board.number(),
            kind=self.name,
            author="bot",
            at=self._clock.now().isoformat(),
            html=html_of(errand.message),
            buttons=rows_of(errand.message) if self.name == "service_notice" else (),
        )
        self._board.ring(to.person, message)
        return message.id
