"""The desk: the web's door to the product (``ports.Desk``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain import routing
from bot.domain.command import Command
from bot.domain.errors import Refusal
from bot.domain.model import CollectionId, Intent, MemberId
from bot.domain.money import Money
from bot.domain.names import show_names
from bot.domain.routing import Pulse, Why, Wish
from bot.i18n import locale_of
from bot.ports import CashierView, NoticeBoard, Outcome, Part, ReceiptView, Surface
from bot.ports.board import BoardView, OrganiserBoard
from bot.render import Renderer
from bot.service.board import Boards
from bot.service.handle import HOUR, Handled, Handler
from bot.service.hooks import Answer, Hooks
from bot.service.pictures import Pictures
from bot.store import Work


class Counter:
    """Applies what pages submit and answers what they ask."""

    def __init__(
        self,
        handler: Handler,
        hooks: Hooks,
        renderer: Renderer,
        pictures: Pictures,
        health: Callable[[], Mapping[str, str]],
        boards: Boards,
    ) -> None:
        self._handler, self._hooks, self._renderer = handler, hooks, renderer
        self._pictures, self._health, self._boards = pictures, health, boards

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

    async def cashier(self, collection: str, member: MemberId, surface: Surface = "web") -> CashierView | None:
        here, since = CollectionId(collection), self.now() - HOUR

        def look(work: Work) -> tuple[CashierView | None, str, tuple[Intent, ...]]:
            found = work.whereabouts([member]).get(member)
            ended = work.ended_lately(here, member, since)
            return work.cashier(here, member), found.platform if found else "", ended

        view, platform, ended = await asyncio.wrap_future(self._handler.store.read(look))
        if view is None:
            return None
        stopped = self._handler.policy.causes.stopped(ended)
        return self._with_reason(self._with_ways(view, surface, platform, stopped), stopped)

    def _with_reason(self, view: CashierView, stopped: frozenset[str]) -> CashierView:
        """Why the latest attempt stopped, as its payer is told, and what is best instead."""
        why = self._handler.policy.causes.of_attempt(view.intent) if view.intent else None
        if why is None or view.intent is None or why.tell == "nothing":
            return view
        best = view.channels[0] if view.channels and view.parts else ""
        instead = best and view.intent.channel in stopped and best not in stopped and not why.unsure
        return replace(view, tell=why.tell, best=best if instead else "")

    def _with_ways(self, view: CashierView, surface: Surface, platform: str, stopped: frozenset[str]) -> CashierView:
        """With those that can take what remains, the best first, and what each takes next; one that is resting only
        where there is no other."""
        policy, channels, routes = self._handler.policy, self._handler.policy.channels, self._handler.routes()
        asked = view.asked
        wish = Wish(
            max(1, asked.minor),
            asked.currency,
            surface,
            platform=platform,
            in_parts=True,
            at_once=policy.at_once(asked.currency),
            stopped=stopped,
        )
        usable = [o for o in routing.order(channels, routes, wish) if o.usable]
        awake = [o for o in usable if o.why is not Why.RESTING]
        manual = [name for name in channels if routes.way(name).manual]
        offered = awake or usable
        parts = {o.channel: Part(Money(o.amount, asked.currency), o.parts) for o in offered}
        return replace(view, channels=(*(o.channel for o in offered), *manual), parts=parts)

    async def receipt(self, collection: str, member: MemberId) -> ReceiptView | None:
        store = self._handler.store
        return await asyncio.wrap_future(store.read(lambda work: work.receipt(CollectionId(collection), member)))

    async def notice_board(self, collection: str) -> NoticeBoard | None:
        store = self._handler.store
        found = await asyncio.wrap_future(store.read(lambda work: work.notice_board(CollectionId(collection))))
        return found if found is None or not found.open else replace(found, down=self._down(found.total.currency))

    def _down(self, currency: str) -> tuple[str, ...]:
        """Channels for that currency whose calls go unanswered."""
        routes = self._handler.routes()
        fit = [c for c in self._handler.policy.channels if currency in (routes.way(c).currencies or {currency})]
        return tuple(c for c in fit if routes.pulses.get(c, Pulse()).why in (Why.FAILING, Why.RESTING))

    async def board(self, collection: CollectionId, reader: MemberId, view: BoardView) -> OrganiserBoard | None:
        return await self._boards.show(collection, reader, view)

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
