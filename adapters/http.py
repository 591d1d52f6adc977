"""One HTTP exchange in our words: the body of a 200 within a length, or ``Outside``."""

from __future__ import annotations

import httpx

from bot.ports import Unavailable, Unknown


async def exchange(client: httpx.AsyncClient, request: httpx.Request, most: int) -> bytes:
    """At most ``most`` bytes. ``Unavailable`` when nothing was sent; ``Unknown`` when it may have been heard."""
    try:
        answer = await client.send(request, stream=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
        raise Unavailable("unreachable") from error
    except httpx.HTTPError as error:
        raise Unknown("timeout" if isinstance(error, httpx.TimeoutException) else "broken_off") from error
    try:
        if answer.status_code != 200:
            raise Unknown(f"http_{answer.status_code}")
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > most:
                raise Unknown("too_long")
        return bytes(body)
    except httpx.HTTPError as error:
        raise Unknown("timeout" if isinstance(error, httpx.TimeoutException) else "broken_off") from error
    finally:
        await answer.aclose()
