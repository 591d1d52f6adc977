"""``/receipts/{token}``: what a member paid and what went back, to be shown or printed, in either language."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.web.links import Links
from adapters.web.pages import Pages
from bot.i18n import LOCALES
from bot.ports import Desk


class Receipts:
    """The page. The address is the proof of who one is; it can be passed on to whoever shall see it."""

    def __init__(self, desk: Desk, links: Links, pages: Pages) -> None:
        self._desk, self._links, self._pages = desk, links, pages

    def routes(self) -> list[BaseRoute]:
        return [Route("/receipts/{token}", self.show)]

    async def show(self, request: Request) -> Response:
        owner = self._links.read_receipt(request.path_params["token"])
        view = None if owner is None else await self._desk.receipt(*owner)
        if view is None:
            return self._pages.page("gone.html", request.headers.get("accept-language", "")[:2], "UTC", status=404)
        locale = self._pages.locale(request.query_params.get("lang", view.locale)[:8])
        other = next(each for each in LOCALES if each != locale)
        return self._pages.page(
            "receipt.html", locale, view.timezone, view=view, here=request.url.path, other=other, now=self._desk.now()
        )
