"""The page's requests: saying, pressing, moving the clock, and the stream of what changes."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from adapters.chats.room.board import Board, Message
from adapters.chats.room.people import PEOPLE
from bot.ports import Clock, Inbox, RawUpdate, Rendered

ANSWER_WITHIN: Final = 8.0
MOST_BODY: Final = 1_500_000
"""Bytes: a message with a file of a megabyte."""
MOST_MINUTES: Final = 7 * 24 * 60
_IDS: Final = frozenset(p.id for p in PEOPLE)


class Reception:
    """Puts what the page sends into the inbox; an accepted request is a committed one."""

    def __init__(
        self,
        board: Board,
        clock: Clock,
        page: Callable[..., Response],
        advance: Callable[[timedelta], Awaitable[None]] | None,
        zone: str,
    ) -> None:
        self._board, self._clock, self._page, self._advance, self._zone = board, clock, page, advance, zone
        self._answers: dict[str, asyncio.Future[Rendered]] = {}
        self._moving = asyncio.Lock()
        self._serial = int(clock.now().timestamp() * 1000)

    def _number(self) -> str:
        """An update id that grows, also from one start of the process to the next."""
        self._serial += 1
        return str(self._serial)

    def answer(self, press: str, answer: Rendered) -> None:
        """Hand the answer to whoever waits for it; a late one goes nowhere."""
        waiting = self._answers.get(press)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def routes(self, inbox: Inbox) -> Sequence[BaseRoute]:
        async def say(request: Request) -> Response:
            event = await _json(request)
            person, text, private = event.get("as"), event.get("text"), bool(event.get("private"))
            if person not in _IDS or not isinstance(text, str) or not text.strip() or len(text) > 4096:
                return JSONResponse({"error": "as, text"}, 422)
            shown = Message(
                self._board.number(), "private" if private else "said", person, self._stamp(), escape(text.strip())
            )
            body = {"kind": "said", "as": person, "text": text.strip(), "private": private, "message": shown.id}
            if (file := _file(event)) is not None:
                name, data = file
                body |= {"file": self._board.take_in(data), "name": name}
                shown.html += f"<br>📎 {escape(name)}"
            await inbox.put("room", [RawUpdate(self._number(), json.dumps(body).encode())])
            if private:
                self._board.ring(person, shown)
            else:
                self._board.say(shown)
            return JSONResponse({"message": shown.id})

        async def press(request: Request) -> Response:
            event = await _json(request)
            person, data, message = event.get("as"), event.get("data"), event.get("message", "")
            if person not in _IDS or not isinstance(data, str) or len(data) > 64 or not isinstance(message, str):
                return JSONResponse({"error": "as, data"}, 422)
            number = self._number()
            body = {"kind": "pressed", "as": person, "data": data, "message": message, "press": number}
            body["private"] = bool(event.get("private"))
            answered: asyncio.Future[Rendered] = asyncio.get_running_loop().create_future()
            self._answers[number] = answered
            try:
                await inbox.put("room", [RawUpdate(number, json.dumps(body).encode())])
                async with asyncio.timeout(ANSWER_WITHIN):
                    answer = await answered
            except TimeoutError:
                return JSONResponse({"text": "", "alert": False, "url": ""})
            finally:
                del self._answers[number]
            url = answer.open.url if answer.open else ""
            return JSONResponse({"text": answer.text, "alert": answer.alert, "url": url})

        async def clock(request: Request) -> Response:
            minutes = (await _json(request)).get("minutes")
            if self._advance is None or type(minutes) is not int or not 0 < minutes <= MOST_MINUTES:
                return JSONResponse({"error": "minutes"}, 422)
            async with self._moving:
                await self._advance(timedelta(minutes=minutes))
            self._board.stir()
            return JSONResponse({"now": self._stamp()})

        async def events(_: Request) -> Response:
            return StreamingResponse(self._stream(), media_type="text/event-stream")

        async def picture(request: Request) -> Response:
            found = self._board.pictures.get(request.path_params["name"])
            if found is None:
                return Response(status_code=404)
            return Response(found.png, media_type="image/png" if found.png[:4] == b"\x89PNG" else "image/jpeg")

        async def file(request: Request) -> Response:
            found = self._board.files.get(request.path_params["name"])
            if found is None:
                return Response(status_code=404)
            saved_as = {"content-disposition": f'attachment; filename="{found.name}"'}
            return Response(found.data, media_type=found.media_type, headers=saved_as)

        async def page(request: Request) -> Response:
            wanted = request.query_params.get("lang") or request.headers.get("accept-language", "en")[:2]
            return self._page(
                "room.html",
                wanted,
                self._zone,
                people=PEOPLE,
                time_zone=self._zone,
                now=self._clock.now(),
                movable=self._advance is not None,
            )

        return [
            Route("/room", page),
            Route("/room/events", events),
            Route("/room/pictures/{name}", picture),
            Route("/room/files/{name}", file),
            Route("/room/say", say, methods=["POST"]),
            Route("/room/press", press, methods=["POST"]),
            Route("/room/clock", clock, methods=["POST"]),
        ]

    def _stamp(self) -> str:
        return self._clock.now().isoformat()

    def snapshot(self) -> dict[str, Any]:
        """Everything the page shows."""
        return {
            "now": self._stamp(),
            "messages": [m.shown() for m in self._board.group],
            "phones": {person: [m.shown() for m in items] for person, items in self._board.phones.items()},
        }

    async def _stream(self) -> AsyncIterator[str]:
        async for changed in self._board.changes():
            if changed:
                yield f"data: {json.dumps(self.snapshot(), ensure_ascii=False)}\n\n"
            else:
                yield ": here\n\n"


def _file(event: dict[str, Any]) -> tuple[str, bytes] | None:
    """The name and the bytes of a file that came along; None for none, and for what is no file."""
    file = event.get("file")
    if not isinstance(file, dict) or not isinstance(file.get("name"), str) or not isinstance(file.get("data"), str):
        return None
    try:
        return file["name"][:80], base64.b64decode(file["data"], validate=True)
    except ValueError:
        return None


async def _json(request: Request) -> dict[str, Any]:
    """The body as an object; an empty one for anything else or for what another site sent."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            return {}
    try:
        event = json.loads(bytes(body))
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
