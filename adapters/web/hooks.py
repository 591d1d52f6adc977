"""``POST /hooks/{channel}``: webhooks of payment channels. Acknowledged after the commit, never before."""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.web.guard import BodyTooLarge, read_body
from bot.ports import Desk

log = structlog.get_logger(__name__)


def routes(desk: Desk) -> list[BaseRoute]:
    async def receive(request: Request) -> Response:
        try:
            body = await read_body(request)
        except BodyTooLarge:
            return PlainTextResponse("too large", 413)
        except TimeoutError:
            return PlainTextResponse("too slow", 408)
        channel = request.path_params["channel"]
        try:
            status, answer, media_type = await desk.hook(channel, request.headers, body)
        except Exception:
            log.exception("hook.trouble", channel=channel)
            return PlainTextResponse("try again", 503)
        return Response(answer, status, media_type=media_type)

    return [Route("/hooks/{channel}", receive, methods=["POST"])]
