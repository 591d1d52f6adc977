"""The ASGI application: cashier, hooks, health, and the routes other adapters bring along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from adapters.web import health, hooks
from adapters.web.board import Board
from adapters.web.cashier import Cashier
from adapters.web.guard import SecurityHeaders
from adapters.web.links import Links
from adapters.web.notice_board import NoticeBoardPage
from adapters.web.pages import Pages
from adapters.web.receipts import Receipts
from bot.ports import Desk


def site(
    desk: Desk,
    *,
    links: Links,
    templates: Path,
    extra: Sequence[BaseRoute],
    metrics: Callable[[], bytes],
    home: str = "",
) -> Starlette:
    """``extra`` come first: a platform may have its own below ``/hooks``. ``home`` is where ``/`` leads, if set."""
    pages = Pages(templates / "web", desk.translate)

    async def root(_: Request) -> Response:
        return RedirectResponse(home)

    return Starlette(
        routes=[
            *extra,
            *([Route("/", root)] if home else []),
            *Cashier(desk, links, pages).routes(),
            *Board(desk, links, pages).routes(),
            *NoticeBoardPage(desk, links, pages).routes(),
            *Receipts(desk, links, pages).routes(),
            *hooks.routes(desk),
            *health.routes(desk, metrics),
            Mount("/static", StaticFiles(directory=templates / "web" / "static")),
        ],
        middleware=[Middleware(SecurityHeaders)],
    )
