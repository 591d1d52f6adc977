"""``/healthz`` (the process runs), ``/readyz`` (it can do its work), ``/metrics`` (Prometheus)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.ports import Desk


def routes(desk: Desk, metrics: Callable[[], bytes]) -> list[BaseRoute]:
    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        parts = desk.ready()
        return JSONResponse(dict(parts), 503 if any(parts.values()) else 200)

    async def scrape(_: Request) -> Response:
        return Response(await asyncio.to_thread(metrics), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", scrape)]
