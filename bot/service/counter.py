"""The desk: the web's door to the product (``ports.Desk``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.command import Command
from bot.domain.errors import Refusal
from bot.domain.model import CollectionId, MemberId
from bot.domain.names import show_names
from bot.i18n import locale_of
from bot.ports import CashierView, NoticeBoard, Outcome, PaymentChannel, ReceiptView
from bot.render import Renderer
from bot.service.handle import Handled, Handler
from bot.service.hooks import Answer, Hooks
from bot.service.pictures import Pictures
from bot.store import Work


class Counter:
    """Applies what pages submit and answers what they ask."""

    def __init__(
        self,
        handler: Handler,
        hooks: Hooks,
        channels: Mapping[str, PaymentChannel],
        renderer: Renderer,
        pictures: Pictures,
        health: Callable[[], Mapping[str, str]],
    ) -> None:
        self._handler, self._hooks, self._renderer = handler, hooks, renderer
        self._channels, self._pictures, self._health = channels, pictures, health

    async def submit(self, command: Command, *, source: str = "", event_id: str = "") -> Outcome:
        try:
            handled = await asyncio.wrap_future(self._handler.submit(command, source=source, event_id=event_id))
        except Refusal as refusal:
            handled = Handled(refusal=refusal)
        return Outcome(handled.duplicate, handled.refusal, handled.decision.intent or "")

    def explain(self, refusal: Refusal, view: CashierView) -> str:
        people = {view.member: view.member_name, view.organiser: view.organiser_name}
        return self._renderer.sentence(
            refusal,
            locale=locale_of(view.locale),
            zone=view.timezone,
            now=self.now(),
            names=show_names(people),
        )

    def now(self) -> datetime:
        return self._handler.clock.now()

    async def cashier(self, collection: str, member: MemberId) -> CashierView | None:
        def look(work: Work) -> tuple[CashierView | None, str]:
            found = work.whereabouts([member]).get(member)
            return work.cashier(CollectionId(collection), member), found.platform if found else ""

        view, platform = await asyncio.wrap_future(self._handler.store.read(look))
        if view is None:
            return None
        names = self._handler.policy.channels
        return replace(view, channels=tuple(name for name in names if self._suits(name, view, platform)))

    def _suits(self, name: str, view: CashierView, platform: str) -> bool:
        """Whether this member can pay this currency by it."""
        channel = self._channels.get(name)
        if channel is None:
            return True
        traits = channel.traits
        return (not traits.currencies or view.amount.currency in traits.currencies) and (
            traits.platform in ("", platform)
        )

    async def receipt(self, collection: str, member: MemberId) -> ReceiptView | None:
        store = self._handler.store
        return await asyncio.wrap_future(store.read(lambda work: work.receipt(CollectionId(collection), member)))

    async def board(self, collection: str) -> NoticeBoard | None:
        store = self._handler.store
        return await asyncio.wrap_future(store.read(lambda work: work.board(CollectionId(collection))))

    async def hook(self, channel: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return await self._hooks.receive(channel, headers, body)

    async def keep_proof(self, data: bytes, media_type: str) -> str:
        return await self._pictures.keep(data, media_type)

    async def payee_picture(self, collection: str) -> bytes | None:
        store = self._handler.store
        found = await asyncio.wrap_future(store.read(lambda work: work.collection(CollectionId(collection))))
        return await self._pictures.find(found.payee_picture) if found and found.payee_picture else None

    def translate(self, locale: str, key: str, **values: object) -> str:
        return self._renderer.text(locale, key, **values)

    def ready(self) -> Mapping[str, str]:
        return self._health()
