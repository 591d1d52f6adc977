"""Target 5: a webhook comes in → the card's edit is handed to the platform."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.app.build import templates_folder
from bot.app.clock import SystemClock, fresh_id
from bot.domain import command as c
from bot.domain.model import Chat, IntentState, Member, Mode
from bot.domain.money import Money
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from bot.ports import ChannelAnswer, ChargeFact, ChatTraits, HookEvent, Person, Place, Rendered
from bot.render import Renderer
from bot.service.channels import ChannelDesk
from bot.service.deliver import CARD_EVERY, Deliver
from bot.service.envelope import Envelopes
from bot.service.handle import Handler
from bot.service.hooks import Hooks
from bot.service.pictures import Pictures
from bot.store import Store, Work
from tests.bench.setting import Setting, line, opened, percentile

CHATS = 100
RATE = 200
"""Payments a second."""


class Platform:
    """Notes when each card is handed over."""

    name = "bench"
    traits = ChatTraits()

    def __init__(self) -> None:
        self.edits: dict[str, list[float]] = {}
        self._messages = 0

    async def post(self, chat: str, message: Rendered, *, reply_to: str = "") -> str:
        self._messages += 1
        return str(self._messages)

    async def write(self, person: str, message: Rendered) -> str:
        return await self.post(person, message)

    async def edit(self, chat: str, message_id: str, message: Rendered) -> None:
        self.edits.setdefault(chat, []).append(time.perf_counter())

    async def head_count(self, chat: str) -> int | None:
        return None


class Channel:
    """Believes what the bench sends."""

    name = "sandbox"

    async def prepare(self, headers: Mapping[str, str]) -> None:
        """Nothing has to be fetched to believe."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        event = json.loads(body)
        fact = ChargeFact(event["id"], Money(event["amount"], "CNY"), now)
        return (HookEvent(event["id"], event["intent"], ChannelAnswer(IntentState.PAID, charge=fact)),)

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"ok", "text/plain"


def run(setting: Setting) -> None:
    print(f"5. A webhook in → the card's edit handed over, {RATE} payments/s over {CHATS} chats")
    lasting = 4 if setting.quick else 15
    for what, pacing in (("without pacing of edits", timedelta(0)), ("as shipped, one edit in 3 s a card", CARD_EVERY)):
        with opened(setting.sqlite()) as store:
            waits, edits = asyncio.run(_measure(store, pacing, lasting))
        p50, p95, p99 = (percentile(waits, share) * 1000 for share in (0.5, 0.95, 0.99))
        target = "(targets 30 · – · 300 ms)" if not pacing else f"{edits:,} edits for {len(waits):,} payments"
        line(f"{what}, p50 · p95 · p99", f"{p50:.0f} · {p95:.0f} · {p99:.0f} ms", target)


async def _measure(store: Store, pacing: timedelta, lasting: int) -> tuple[list[float], int]:
    """Seconds from each webhook to the first edit of its card after the commit."""
    platform, clock = Platform(), SystemClock()
    handler = Handler(store, clock, Policy(), fresh_id)
    chats = {"bench": platform}
    envelopes = Envelopes(
        store,
        clock,
        Renderer(templates_folder()),
        chats,
        lambda *_: "",
        lambda *_: "",
        lambda *_: "",
        lambda _: "",
        Pictures(Path("none"), {}),
        "UTC",
        "en",
        names_in_group=False,
    )
    channels = {"sandbox": Channel()}
    deliver = Deliver(handler, envelopes, chats, {}, ChannelDesk(handler, {}, lambda _: ""), card_every=pacing)
    hooks = Hooks(handler, channels)
    loop = asyncio.get_running_loop()
    store.on_commit = lambda: loop.call_soon_threadsafe(deliver.wake.set)
    payments = RATE * lasting
    intents = await asyncio.to_thread(_prepare, store, handler, payments)
    await deliver.drain()
    platform.edits.clear()
    sending = asyncio.create_task(deliver.run())
    committed: list[tuple[str, float, float]] = []
    begin = time.perf_counter()

    async def pay(n: int) -> None:
        await asyncio.sleep(max(0.0, begin + n / RATE - time.perf_counter()))
        chat, intent = intents[n]
        body = json.dumps({"id": f"evt{n}", "intent": intent, "amount": 100}).encode()
        came = time.perf_counter()
        status, _, _ = await hooks.receive("sandbox", {}, body)
        assert status == 200
        committed.append((chat, came, time.perf_counter()))

    await asyncio.gather(*(pay(n) for n in range(payments)))
    while not all(platform.edits.get(chat, [0.0])[-1] >= at for chat, _, at in committed):  # noqa: ASYNC110 - a bench
        await asyncio.sleep(0.05)
    sending.cancel()
    await deliver.stop()
    waits = [next(e for e in platform.edits[chat] if e >= done) - came for chat, came, done in committed]
    return waits, sum(map(len, platform.edits.values()))


def _move_in(place: Place, people: list[Person], now: datetime, work: Work) -> tuple[Chat, tuple[Member, ...]]:
    chat = work.chat_of("bench", place, now=now, locale="en", timezone="UTC", currency="CNY")
    return chat, work.see(chat.id, people, "bench", now)


def _prepare(store: Store, handler: Handler, payments: int) -> list[tuple[str, str]]:
    """Collections with members who have all started to pay: ``(chat, intent)`` for each payment to come."""
    prepared: list[tuple[str, str]] = []
    each = payments // CHATS
    now = handler.clock.now()
    for n in range(CHATS):
        place = Place(f"chat{n}", f"Chat {n}")
        people = [Person(f"{n}-{m}", f"Member {m}") for m in range(each + 1)]
        chat, members = store.run(partial(_move_in, place, people, now))
        said = c.Collect(
            by=c.Actor(members[0].id), reply=Reply(chat.id), chat=chat.id, mode=Mode.EACH, currency="CNY", amount=100
        )
        collection = handler.submit(said).result().decision.touched
        assert collection is not None
        for member in members[1:]:
            start = c.StartPayment(collection=collection, member=member.id, channel="sandbox")
            started = handler.submit(start).result()
            prepared.append((f"chat{n}", str(started.decision.intent)))
    store.run(lambda work: work.connection.exec_driver_sql("UPDATE outbox SET state = 'sent' WHERE kind = 'request'"))
    return [prepared[k * each + m] for m in range(each) for k in range(CHATS)]
