"""A puppet that survives: it owns the connection and the stream of events, and every call has a deadline.

The stock client waits for ever on a silent gateway, ends without a word when the stream ends, and loses its process
when the gateway is away for a minute (measured; ADR 0005). This one connects again, whatever happened.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from adapters.chats.wechat import shim

shim.prepare()

from grpclib.client import Channel  # noqa: E402
from grpclib.const import Status  # noqa: E402
from grpclib.exceptions import GRPCError, StreamTerminatedError  # noqa: E402
from wechaty_grpc.wechaty import PuppetStub  # noqa: E402
from wechaty_puppet import PuppetOptions  # noqa: E402
from wechaty_puppet_service import PuppetService  # noqa: E402

from bot.ports import Declined, Outside, Unavailable, Unknown  # noqa: E402

shim.hush()
log = structlog.get_logger(__name__)

DEADLINE: Final = 15.0
"""Seconds for any call."""
PROBE: Final = 20.0
"""Seconds of silence after which the gateway is asked whether it is there."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0
AWAY: Final = 30.0
"""Seconds after which to try again what could not be sent because there is no connection."""
_REFUSED: Final = frozenset(
    {Status.INVALID_ARGUMENT, Status.NOT_FOUND, Status.PERMISSION_DENIED, Status.UNAUTHENTICATED, Status.UNIMPLEMENTED}
)
_TROUBLE: Final = (GRPCError, StreamTerminatedError, OSError, TimeoutError, ConnectionError, EOFError)


class Listener(Protocol):
    """Who is told."""

    async def hear(self, kind: int, payload: dict[str, Any]) -> None:
        """An event: its type (``EventType``'s number) and its payload."""

    async def connected(self) -> None:
        """There is a connection (again)."""

    def lost(self) -> None:
        """There is none any more."""


Pause = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class Tally:
    """What happened since the start."""

    connections: int = 0
    odd_events: int = 0


class Client(PuppetService):  # type: ignore[misc]  # untyped library
    """``endpoint`` is host:port of the gateway; ``tls`` whether it speaks it, with a context of one's own if given."""

    def __init__(
        self, endpoint: str, token: str, *, tls: ssl.SSLContext | bool = False, pause: Pause = asyncio.sleep
    ) -> None:
        super().__init__(PuppetOptions(token=token, end_point=endpoint))
        host, _, port = endpoint.rpartition(":")
        self._host, self._port, self._token, self._tls = host.strip("[]"), int(port), token, tls
        self._pause = pause
        self._connected = asyncio.Event()
        self._wait = FIRST_WAIT
        self.tally = Tally()
        self.trouble = "not connected yet"
        """Empty while connected."""

    # -- the connection -------------------------------------------------------------------------------------

    async def run(self, listener: Listener) -> None:
        """Keep connected and hand over events, until cancelled. Each connection lives in a task of its own: grpclib
        cancels the task of a call whose connection breaks, and must not cancel this one."""
        while True:
            connection = asyncio.create_task(self._connection(listener), name="wechat.connection")
            try:
                await asyncio.wait([connection])
            finally:
                connection.cancel()
                await asyncio.gather(connection, return_exceptions=True)
                self._connected.clear()
                self.channel = self._puppet_stub = None
                listener.lost()
            self._note(None if connection.cancelled() else connection.exception())
            await self._pause(self._wait * random.uniform(0.5, 1.0))  # noqa: S311 - jitter between rivals, no secret
            self._wait = min(self._wait * 2, LONGEST_WAIT)

    def _note(self, error: BaseException | None) -> None:
        reason = _what(error)
        self.trouble = f"no connection ({reason})"
        if error is None or _is_trouble(error):
            log.warning("wechat.lost", reason=reason, wait=self._wait)
        else:
            log.error("wechat.failed", exc_info=error)

    async def _connection(self, listener: Listener) -> None:
        """From connecting to losing it, which raises."""
        async with self._open() as self.channel:
            self._puppet_stub = PuppetStub(self.channel, timeout=DEADLINE)
            await self._started()
            self.tally.connections += 1
            self.trouble, self._wait = "", FIRST_WAIT
            self._connected.set()
            log.info("wechat.connected")
            await self._until_lost(listener)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Any]:
        channel = Channel(host=self._host, port=self._port, ssl=self._tls or None)
        channel._authority = self._token  # how the puppet service authenticates
        try:
            yield channel
        finally:
            channel.close()

    async def _started(self) -> None:
        """Tell the gateway to start its puppet; one that has started says so with an error."""
        try:
            await self.puppet_stub.start()
        except GRPCError as error:
            if error.status in (Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED, Status.UNAUTHENTICATED):
                raise

    async def _until_lost(self, listener: Listener) -> None:
        """Listen, and ask whether it is there; ends by raising, as a stream that ends is a connection that is lost."""
        async with asyncio.TaskGroup() as together:
            together.create_task(self._listen(listener))
            together.create_task(self._probe())
            together.create_task(listener.connected())

    async def _listen(self, listener: Listener) -> None:
        stream = PuppetStub(self.channel).event()
        try:
            async for event in stream:
                payload = self._payload(event.payload)
                if payload is not None:
                    await listener.hear(int(event.type), payload)
        finally:
            with suppress(*_TROUBLE, RuntimeError):
                await stream.aclose()
        raise EOFError("the stream ended")

    def _payload(self, text: str) -> dict[str, Any] | None:
        try:
            payload = json.loads(text or "{}")
        except ValueError:
            payload = None
        if isinstance(payload, dict):
            return payload
        self.tally.odd_events += 1
        log.warning("wechat.odd_event", count=self.tally.odd_events)
        return None

    async def _probe(self) -> None:
        """A gateway that takes bytes and never answers is noticed here."""
        while True:
            await self._pause(PROBE)
            try:
                async with asyncio.timeout(DEADLINE):
                    await self.puppet_stub.version()
            except GRPCError as error:
                if error.status in (Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED):
                    raise

    async def stop(self) -> None:
        """Close; the puppet behind the gateway goes on, logged in."""
        if self.channel is not None:
            self.channel.close()

    async def greet(self) -> str:
        """Connect once, for the operator's check: empty, or what is wrong."""
        try:
            async with self._open() as channel:
                await PuppetStub(channel, timeout=DEADLINE).version()
        except GRPCError as error:
            return "" if error.status is Status.UNIMPLEMENTED else f"{error.status.name}"
        except _TROUBLE as error:
            return f"no answer from the gateway ({type(error).__name__})"
        return ""

    # -- calls ----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def calling(self, *, effect: bool = False) -> AsyncIterator[None]:
        """Around calls: trouble becomes ``Outside``. ``effect``: after a time-out nobody knows whether it happened."""
        if not self._connected.is_set():
            raise Unavailable("not connected", retry_after=AWAY)
        try:
            async with asyncio.timeout(DEADLINE):
                yield
        except GRPCError as error:
            raise _as_outside(error, effect=effect) from error
        except _TROUBLE as error:
            trouble: type[Outside] = Unknown if effect else Unavailable
            raise trouble(type(error).__name__) from error


def _as_outside(error: GRPCError, *, effect: bool) -> Outside:
    name = error.status.name
    if error.status in _REFUSED:
        return Declined(name)
    if error.status is Status.RESOURCE_EXHAUSTED:
        return Unavailable(name, retry_after=30.0)
    return Unknown(name) if effect else Unavailable(name)


def _is_trouble(error: BaseException) -> bool:
    """Whether it is the outside's doing, and no mistake of ours."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_trouble(each) for each in error.exceptions)
    return isinstance(error, (*_TROUBLE, asyncio.CancelledError))


def _what(error: BaseException | None) -> str:
    if isinstance(error, BaseExceptionGroup):
        return _what(error.exceptions[0])
    if error is None:
        return "cancelled"
    return error.status.name if isinstance(error, GRPCError) else type(error).__name__
