"""``/c/{token}``: a collection's page for everybody in its chat. How much, how far, where to pay, and what to say then.

Nothing can be done here, and nobody is named but the organiser: the address is shown to a whole group.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.web.links import Links
from adapters.web.pages import Pages
from bot.ports import Desk, NoticeBoard


class NoticeBoardPage:
    """The page and the organiser's code on it."""

    def __init__(self, desk: Desk, links: Links, pages: Pages) -> None:
        self._desk, self._links, self._pages = desk, links, pages

    def routes(self) -> list[BaseRoute]:
        return [Route("/c/{token}", self.show), Route("/c/{token}/payee", self.payee)]

    async def _found(self, request: Request) -> NoticeBoard | None:
        collection = self._links.read_notice_board(request.path_params["token"])
        return None if collection is None else await self._desk.notice_board(collection)

    async def show(self, request: Request) -> Response:
        board = await self._found(request)
        if board is None:
            return self._pages.page("gone.html", request.headers.get("accept-language", "")[:2], "UTC", status=404)
        here = f"/c/{request.path_params['token']}"
        now = self._desk.now()
        return self._pages.page("notice_board.html", board.locale, board.timezone, board=board, here=here, now=now)

    async def payee(self, request: Request) -> Response:
        board = await self._found(request)
        data = await self._desk.payee_picture(board.collection) if board is not None else None
        return picture(data)


def picture(data: bytes | None) -> Response:
    """A PNG or JPEG as an answer; 404 for none."""
    if data is None:
        return Response(status_code=404)
    return Response(data, media_type="image/png" if data.startswith(b"\x89PNG") else "image/jpeg")
