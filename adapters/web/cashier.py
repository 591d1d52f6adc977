"""``/pay/{token}``: a member's own page. What is owed, the ways to pay, and «I have paid» with a picture as proof.

The address is the proof of who one is; the amount is never taken from it. Looking is a POST that the page's script
makes: link previews and prefetching are not people.
"""

from __future__ import annotations

import io
import re
from typing import Any, Final

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.web.guard import from_elsewhere
from adapters.web.links import Links
from adapters.web.notice_board import picture
from adapters.web.pages import Pages
from bot.commands import amount_of
from bot.domain.command import (
    Actor,
    AskChannel,
    Claim,
    Command,
    Declare,
    NotNeeded,
    OpenDue,
    StartPayment,
    UseCredit,
    Which,
)
from bot.domain.errors import Refusal
from bot.domain.model import ChatId, CollectionId
from bot.domain.notice import Reply
from bot.ports import CashierView, Desk, Surface

_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_APP: Final = re.compile(r"(?!(?:javascript|data|vbscript|file|blob):)[a-z][a-z0-9+.-]{1,30}:", re.IGNORECASE)
"""Schemes that a link to an app may have: any but those that a browser itself carries out."""
BACK: Final = "back"
"""In the address to which a channel sends its payers back."""
MOST_PROOF: Final = 5 * 1024 * 1024
_NOTHING_ASKED: Final = ("paid", "waived", "refunded", "dropped", "for_others")
_NOWHERE: Final = ChatId(0)
_SURFACES: Final[tuple[tuple[str, Surface], ...]] = (
    ("micromessenger", "wechat"),
    ("alipayclient", "alipay"),
    ("telegram", "telegram"),
    ("mobi", "mobile"),
    ("android", "mobile"),
)


class Cashier:
    """The page and what can be done on it."""

    def __init__(self, desk: Desk, links: Links, pages: Pages) -> None:
        self._desk, self._links, self._pages = desk, links, pages

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/pay/{token}", self.show),
            Route("/pay/{token}/state", self.state),
            Route("/pay/{token}/payee", self.payee),
            Route("/pay/{token}/opened", self.opened, methods=["POST"]),
            Route("/pay/{token}/start", self.start, methods=["POST"]),
            Route("/pay/{token}/declare", self.declare, methods=["POST"]),
            Route("/pay/{token}/claim", self.claim, methods=["POST"]),
            Route("/pay/{token}/credit", self.credit, methods=["POST"]),
            Route("/pay/{token}/only", self.only, methods=["POST"]),
        ]

    async def _view(self, request: Request) -> CashierView | None:
        owner = self._links.read(request.path_params["token"])
        agent = request.headers.get("user-agent", "")
        return None if owner is None else await self._desk.cashier(*owner, surface_of(agent))

    # -- looking ------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        view = await self._view(request)
        if view is None:
            return self._gone(request)
        if BACK in request.query_params:
            await self._came_back(view)
            return RedirectResponse(f"/pay/{request.path_params['token']}", 303)
        return self._page(request, view)

    async def _came_back(self, view: CashierView) -> None:
        """From the channel's page: what became of the attempt is asked at once, and at most once a minute."""
        if view.intent is None or not _waiting(view):
            return
        minute = int(self._desk.now().timestamp()) // 60
        command = AskChannel(intent=view.intent.id, prompted=True)
        await self._desk.submit(command, source="back", event_id=f"{view.intent.id}:{minute}")

    def _page(self, request: Request, view: CashierView, *, trouble: str = "", status: int = 200) -> Response:
        context: dict[str, Any] = {
            "view": view,
            "here": f"/pay/{request.path_params['token']}",
            "trouble": trouble,
            "receipt": self._links.receipt(CollectionId(view.collection), view.member),
            "ways": [name for name in view.channels if name != "manual"],
            "manual": "manual" in view.channels,
            "waiting": _waiting(view),
            "action": _action(view),
            "instead": _instead(view),
            "stopped": self._desk.translate(self._pages.locale(view.locale), f"causes.{view.tell}")
            if view.tell
            else "",
            "payable": view.open and (view.covers or view.state not in _NOTHING_ASKED),
            "now": self._desk.now(),
        }
        return self._pages.page("cashier.html", view.locale, view.timezone, status=status, **context)

    def _gone(self, request: Request) -> Response:
        return self._pages.page("gone.html", request.headers.get("accept-language", "")[:2], "UTC", status=404)

    async def state(self, request: Request) -> Response:
        """What the page's script asks while it waits: has anything changed, and where to go next."""
        view = await self._view(request)
        if view is None:
            return JSONResponse({"gone": True}, 404)
        intent, action = view.intent, _action(view)
        return JSONResponse(
            {
                "version": f"{view.state}:{view.paid.minor}:{view.amount.minor}:{intent.id if intent else ''}"
                f":{intent.state.value if intent else ''}:{view.open}:{view.asked.minor}",
                "waiting": _waiting(view),
                "go": action.get("url", "") if action.get("kind") == "redirect" and not _instead(view) else "",
            }
        )

    async def payee(self, request: Request) -> Response:
        view = await self._view(request)
        data = await self._desk.payee_picture(view.collection) if view is not None else None
        return picture(data)

    async def opened(self, request: Request) -> Response:
        view = await self._view(request)
        if view is None or from_elsewhere(request):
            return Response(status_code=404)
        await self._desk.submit(OpenDue(collection=CollectionId(view.collection), member=view.member))
        return Response(status_code=204)

    # -- doing --------------------------------------------------------------------------------------------

    async def start(self, request: Request) -> Response:
        view, form = await self._form(request)
        if view is None:
            return self._gone(request)
        try:
            amount = self._amount(view, form)
        except Refusal as refusal:
            return self._refused(request, view, refusal)
        channel = str(form.get("channel", ""))
        command = StartPayment(
            collection=CollectionId(view.collection),
            member=view.member,
            channel=channel,
            amount=amount,
            surface=surface_of(request.headers.get("user-agent", "")),
            ip=request.client.host if request.client else "",
        )
        return await self._do(request, view, command)

    async def declare(self, request: Request) -> Response:
        view, form = await self._form(request)
        if view is None:
            return self._gone(request)
        try:
            amount = self._amount(view, form)
        except Refusal as refusal:
            return self._refused(request, view, refusal)
        return await self._do(request, view, Declare(**_said(view), amount=amount or 0))

    async def claim(self, request: Request) -> Response:
        if _length(request) > MOST_PROOF and not from_elsewhere(request):
            return self._no_picture(request, await self._view(request), status=413)
        view, form = await self._form(request)
        if view is None:
            return self._gone(request)
        proof, upload = "", form.get("proof")
        if isinstance(upload, UploadFile) and upload.size:
            picture = await _picture(upload)
            await form.close()
            if picture is None:
                return self._no_picture(request, view, status=422)
            proof = await self._desk.keep_proof(*picture)
        return await self._do(request, view, Claim(**_said(view), proof=proof))

    async def credit(self, request: Request) -> Response:
        view, _ = await self._form(request)
        return self._gone(request) if view is None else await self._do(request, view, UseCredit(**_said(view)))

    async def only(self, request: Request) -> Response:
        view, _ = await self._form(request)
        if view is None:
            return self._gone(request)
        return await self._do(request, view, NotNeeded(**_said(view), member=view.member))

    def _no_picture(self, request: Request, view: CashierView | None, *, status: int) -> Response:
        if view is None:
            return self._gone(request)
        words = self._desk.translate(self._pages.locale(view.locale), "web.bad_picture")
        return self._page(request, view, trouble=words, status=status)

    async def _form(self, request: Request) -> tuple[CashierView | None, FormData]:
        """Whose page it is, and the fields; nobody's when another site sent them."""
        if from_elsewhere(request):
            return None, FormData()
        if _length(request) > MOST_PROOF:
            return None, FormData()
        try:
            form = await request.form(max_files=1, max_fields=8, max_part_size=1024)
        except MultiPartException:
            return None, FormData()
        return await self._view(request), form

    def _amount(self, view: CashierView, form: FormData) -> int | None:
        text = str(form.get("amount", ""))
        return amount_of(text, view.amount.currency) if text.strip() else None

    async def _do(self, request: Request, view: CashierView, command: Command) -> Response:
        outcome = await self._desk.submit(command)
        if outcome.refusal is not None:
            return self._refused(request, view, outcome.refusal)
        return RedirectResponse(f"/pay/{request.path_params['token']}", 303)

    def _refused(self, request: Request, view: CashierView, refusal: Refusal) -> Response:
        return self._page(request, view, trouble=self._desk.explain(refusal, view), status=422)


def _said(view: CashierView) -> dict[str, Any]:
    """What a command from the page has in common with one said in a chat."""
    return {
        "by": Actor(view.member),
        "reply": Reply(_NOWHERE),
        "which": Which(_NOWHERE, id=CollectionId(view.collection)),
    }


def surface_of(agent: str) -> Surface:
    """Where the page was opened, by the browser's own words: it only chooses which way to pay is offered."""
    lower = agent.lower()
    for mark, surface in _SURFACES:
        if mark in lower:
            return surface
    return "web"


def _length(request: Request) -> int:
    """Of the body, as announced; a page's forms always announce it, so what does not is taken for too long."""
    announced = request.headers.get("content-length", "")
    return int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 12 else MOST_PROOF + 1


def _waiting(view: CashierView) -> bool:
    """Whether a running attempt may still change without the payer doing anything here."""
    return view.intent is not None and view.intent.state.value in ("created", "pending", "waiting", "held")


def _instead(view: CashierView) -> bool:
    """Whether the attempt runs on another channel than the payer asked for: then they go on by themselves."""
    return view.intent is not None and view.intent.wanted not in ("", view.intent.channel)


def _action(view: CashierView) -> dict[str, str]:
    """What the payer does next in a running attempt (``ports.ChannelAnswer``); empty when nothing, or nothing safe."""
    action = dict(view.intent.action) if view.intent is not None and view.intent.state.value == "pending" else {}
    url = action.get("url", "")
    allowed = _APP if action.get("kind") == "deep_link" else _WEB
    return action if action.get("kind") == "qr" or allowed.match(url) else {}


async def _picture(upload: UploadFile) -> tuple[bytes, str] | None:
    """Drawn anew, so that nothing but a picture is kept (no metadata, no hidden file); None when it is none."""
    data = await upload.read()
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in ("PNG", "JPEG", "WEBP") or image.width * image.height > 40_000_000:
                return None
            plain = image.convert("RGB")
            plain.thumbnail((2000, 2000))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=85)
    return out.getvalue(), "image/jpeg"
