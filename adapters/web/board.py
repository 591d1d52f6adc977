"""``/board/{token}``: the organiser's board. Where everybody stands, the money that waits, the ways, what was decided.

The address is personal, lasts seven days, and shows something only while its owner is in charge. Nothing can be done
here. The page's script asks for the same page again and again; a page that has not changed is not sent (304).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.web.links import Links
from adapters.web.pages import Pages
from bot.domain.model import MemberId
from bot.domain.names import isolate
from bot.ports import Desk
from bot.ports.board import GROUPS, BoardView, OrganiserBoard

MOST_PAGES: Final = 10_000


class Board:
    """The page."""

    def __init__(self, desk: Desk, links: Links, pages: Pages) -> None:
        self._desk, self._links, self._pages = desk, links, pages

    def routes(self) -> list[BaseRoute]:
        return [Route("/board/{token}", self.show)]

    async def show(self, request: Request) -> Response:
        owner = self._links.read_board(request.path_params["token"])
        board = None if owner is None else await self._desk.board(*owner, _asked(request))
        if board is None:
            return self._pages.page("gone.html", request.headers.get("accept-language", "")[:2], "UTC", status=404)
        page = self._page(request, board)
        tag = f'"{hashlib.sha256(bytes(page.body)).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        page.headers["ETag"] = tag
        return page

    def _page(self, request: Request, board: OrganiserBoard) -> Response:
        now, here = self._desk.now(), request.url.path

        def named(member: MemberId) -> str:
            return isolate(board.names.get(member, f"#{member}"))

        def to(*, group: str = board.view.group, page: int = 0, past: int = board.view.past, at: str = "") -> str:
            """The address of another page of it; ``at`` is the place on it."""
            asked = {"who": group, "page": page or "", "past": past or ""}
            query = urlencode({key: value for key, value in asked.items() if value})
            return f"{here}{'?' if query else ''}{query}{at}"

        return self._pages.page(
            "board.html", board.locale, board.timezone, board=board, now=now, named=named, to=to, minute=_minute(now)
        )


def _asked(request: Request) -> BoardView:
    """What of it is wanted; what makes no sense is left out."""
    group = request.query_params.get("who", "")
    return BoardView(group if group in GROUPS else "", _number(request, "page"), _number(request, "past"))


def _number(request: Request, key: str) -> int:
    text = request.query_params.get(key, "")
    return min(int(text), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _minute(now: datetime) -> datetime:
    """Without the seconds: a page of the same minute with the same facts is the same page."""
    return now.replace(second=0, microsecond=0)
