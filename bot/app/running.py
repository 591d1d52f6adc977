"""The running product: its loops, and what starts and stops in which order."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any, Final

import structlog
import uvicorn

from adapters.web.links import Links
from adapters.web.site import site
from bot.app.clock import ShiftedClock, SystemClock, fresh_id
from bot.domain.model import CollectionId, Intent, MemberId
from bot.domain.policy import Policy
from bot.domain.swings import Swing
from bot.ports import ChatPort, Clock, Notifier, PaymentChannel
from bot.render import Renderer
from bot.service.board import Boards
from bot.service.channels import ChannelDesk
from bot.service.counter import Counter
from bot.service.deliver import Deliver
from bot.service.envelope import Envelopes
from bot.service.flood import FloodGate
from bot.service.handle import Handler
from bot.service.health import Health, Limits
from bot.service.hooks import Hooks
from bot.service.intake import Defaults, Intake
from bot.service.metrics import Metrics
from bot.service.pictures import Pictures
from bot.service.retention import EVERY, Keep, Retention
from bot.service.statements import EVERY as STATEMENTS_EVERY, Reading, Statements
from bot.service.sweep import Sweep
from bot.service.updates import URGENT, StoredInbox, Updates
from bot.store import Store
from bot.ticker import Ticker

log = structlog.get_logger(__name__)

STOP_WITHIN: Final = 10.0
"""Seconds that what is being sent gets to finish at shutdown."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an application is made of; tests hand in fakes."""

    store: Store
    clock: Clock
    policy: Policy
    renderer: Renderer
    links: Links
    chats: Mapping[str, ChatPort]
    channels: Mapping[str, PaymentChannel]
    notifiers: Mapping[str, Notifier]
    templates: Path
    defaults: Defaults = field(default_factory=Defaults)
    home: str = ""
    wall: Clock = field(default_factory=SystemClock)
    pictures: Path = Path("pictures")
    keep: Keep = field(default_factory=Keep)
    limits: Limits = field(default_factory=Limits)
    ticks: Callable[[], float] = monotonic
    """Seconds that only grow, for measuring channels."""


class App:
    """The running product."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.channels = Health(parts.channels, parts.limits, parts.ticks, self._keep_swing)
        self.handler = Handler(parts.store, parts.clock, parts.policy, fresh_id, self.channels.routes)
        self.sweep = Sweep(self.handler)
        sources = dict(parts.chats)
        sources |= {f"{name}{URGENT}": port for name, port in parts.chats.items() if port.traits.invoices}
        self.inbox = StoredInbox(self.handler, sources)
        intake = Intake(self.handler, parts.defaults, FloodGate())
        self.updates = {
            source: Updates(self.handler, intake, port, self.inbox.arrived[source], source=source)
            for source, port in sources.items()
        }
        pictures = Pictures(parts.pictures, parts.chats)
        envelopes = Envelopes(
            parts.store,
            parts.clock,
            parts.renderer,
            parts.chats,
            self.pay_url,
            parts.links.receipt,
            parts.links.board,
            parts.links.notice_board,
            pictures,
            parts.defaults.timezone,
            parts.defaults.locale,
            names_in_group=parts.policy.names_in_group,
        )
        desk = ChannelDesk(self.handler, parts.channels, self._return_url, self.channels)
        self.deliver = Deliver(self.handler, envelopes, parts.chats, parts.notifiers, desk)
        retention = Retention(parts.store, parts.clock, pictures, parts.keep)
        self.statements = Statements(self.handler, parts.channels)
        chores = [(EVERY, retention.run), (STATEMENTS_EVERY, self.statements.run)]
        self.ticker = Ticker(self.run_sweep, self._next_instant, parts.clock, parts.wall, chores)
        self.metrics = Metrics(parts.store, parts.clock, self.deliver.tallies, parts.chats, self.channels)
        self.counter = Counter(
            self.handler,
            Hooks(self.handler, parts.channels),
            parts.renderer,
            pictures,
            self.health,
            Boards(self.handler, parts.chats, self.channels),
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._receivers: list[asyncio.Task[None]] = []

    # -- what the parts ask of each other -------------------------------------------------------------------

    def pay_url(self, collection: CollectionId, member: MemberId) -> str:
        return self.parts.links.pay(collection, member)

    def _return_url(self, intent: Intent) -> str:
        """The payer's page, told that somebody comes back to it."""
        return f"{self.pay_url(intent.collection, intent.member)}?back=1"

    def _keep_swing(self, swing: Swing) -> None:
        at = self.parts.clock.now()
        with suppress(RuntimeError):  # the store is closed: the process ends
            self.parts.store.submit(lambda work: work.keep_swing(swing, at)).add_done_callback(_kept)

    async def run_sweep(self) -> None:
        await asyncio.to_thread(self.sweep.run)

    async def _next_instant(self, after: datetime | None = None) -> datetime | None:
        return await asyncio.to_thread(self.sweep.next_instant, after)

    def health(self) -> Mapping[str, str]:
        """Part → what is wrong with it, empty when nothing is."""
        found = {f"chat.{name}": port.ready() for name, port in self.parts.chats.items()}
        for task in self._tasks:
            if task.done():
                found[f"task.{task.get_name()}"] = "stopped"
        return found

    def site(self) -> Any:
        """The ASGI application: cashier, hooks, health, and what the adapters bring along."""
        extra = [route for port in self.parts.chats.values() for route in port.routes(self.inbox)]
        extra += [route for channel in self.parts.channels.values() for route in channel.routes()]
        return site(
            self.counter,
            links=self.parts.links,
            templates=self.parts.templates,
            extra=extra,
            metrics=self.metrics.render,
            home=self.parts.home,
        )

    # -- running --------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the loops: sender, workers and clock first, receivers last."""
        loop = asyncio.get_running_loop()

        def committed() -> None:
            self.deliver.wake.set()
            self.ticker.replan()

        def from_any_thread() -> None:
            with suppress(RuntimeError):  # the loop is closing: what is committed is found at the next start
                loop.call_soon_threadsafe(committed)

        self.parts.store.on_commit = from_any_thread
        self._spawn("deliver", self.deliver.run())
        for name, worker in self.updates.items():
            self._spawn(f"updates.{name}", worker.run())
        self.ticker.start()
        for name, port in self.parts.chats.items():
            self._receivers.append(self._spawn(f"chat.{name}", port.run(self.inbox)))

    def _stop_receiving(self) -> None:
        """Take in nothing more; streams to pages end with it, so that the server need not wait for them."""
        for task in self._receivers:
            task.cancel()

    async def stop(self) -> None:
        """Stop receiving, then what works, then let what is being sent finish; lose nothing."""
        await self.ticker.stop()
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN):
                await self.deliver.stop()
        for port in self.parts.chats.values():
            await port.close()
        for channel in self.parts.channels.values():
            await channel.aclose()
        await asyncio.to_thread(self.parts.store.close)

    async def serve(self, listener: socket.socket, started: Callable[[], None] | None = None) -> None:
        """Run until a signal comes; uvicorn listens for it. ``started`` is called when requests are answered."""
        server = _Server(
            uvicorn.Config(
                self.site(),
                log_config=None,
                access_log=False,
                timeout_keep_alive=10,
                timeout_graceful_shutdown=3,
                server_header=False,
            ),
            self._stop_receiving,
        )
        spare_the_collector()
        await self.start()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event for it
                await asyncio.sleep(0.01)
            if started is not None and server.started:
                started()
            await serving
        finally:
            await self.stop()

    async def read_statement(self, channel: str, day: date) -> Reading:
        """For one who reads it by hand, without starting anything."""
        try:
            return await self.statements.read(channel, day)
        finally:
            await self.stop()

    async def settle(self) -> int:
        """Work through everything that is pending now; how much that was."""
        total = 0
        while done := await self._round():
            total += done
        return total

    async def _round(self) -> int:
        taken = sum([await worker.drain() for worker in self.updates.values()])
        swept = await asyncio.to_thread(self.sweep.run)
        return taken + swept.ticks + swept.asks + await self.statements.run() + await self.deliver.drain()

    async def advance(self, clock: ShiftedClock, by: timedelta) -> None:
        """Let ``by`` pass on the demo's clock, stopping at every instant at which something is due."""
        target = clock.now() + by
        await self.settle()
        while (at := await self._next_of_all(clock.now())) is not None and at <= target:
            clock.move_to(at)
            await self.settle()
        clock.move_to(target)
        await self.settle()

    async def _next_of_all(self, after: datetime) -> datetime | None:
        """When something comes due next, statements of channels included."""
        instants = await self._next_instant(after), await asyncio.to_thread(self.statements.next_instant, after)
        return min((at for at in instants if at is not None), default=None)

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_report)
        self._tasks.append(task)
        return task


class _Server(uvicorn.Server):
    """Says that it is leaving before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, leaving: Callable[[], None]) -> None:
        super().__init__(config)
        self._leaving, self._loop = leaving, asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Not as uvicorn does it, which raises the signal again when all is done: being told to stop is no failure."""
        self._loop.call_soon_threadsafe(self._leaving)
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def spare_the_collector() -> None:
    """What was imported and built lives as long as the process: a full collection would stop everything for 50 ms and
    more (measured) to find that out again and again."""
    gc.collect()
    gc.freeze()


def _kept(done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("swing.lost", exc_info=error)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task.died", task=task.get_name(), exc_info=error)
