"""The demo: the product with the room, the sandbox bank, phones that ring on the page, and a clock to move."""

from __future__ import annotations

import socket
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import httpx

from adapters.causes import catalogue
from adapters.channels.manual import Manual
from adapters.channels.sandbox import Sandbox
from adapters.chats.room import PEOPLE, Room
from adapters.web.links import Links
from bot.app.build import pages, renderer, templates_folder
from bot.app.clock import ShiftedClock, SystemClock
from bot.app.running import App, Parts
from bot.domain.policy import Policy
from bot.ports import Clock, Person
from bot.service.intake import Defaults
from bot.store import Store, Work

ZONE: Final = "Asia/Shanghai"
OPERATOR: Final = "room:lin"
"""Who runs the demo's bot: hears also of money for orders that nobody made."""
MORNING: Final = time(10)
"""When the demo's day starts: outside the quiet hours, so that an SMS comes when it is due."""
_SECRET: Final = "a demo keeps no secrets"  # noqa: S105 - it protects nothing


def demo(*, database: str, listener: socket.socket, pictures: Path, locale: str, wall: Clock | None = None) -> App:
    """The whole product on ``listener``; nothing outside of this process is needed or reached."""
    wall = wall or SystemClock()
    store = Store.open(database)
    clock = ShiftedClock(wall, _start(store, wall.now()))
    host, port = listener.getsockname()[:2]
    url = f"http://{host}:{port}"

    async def advance(by: timedelta) -> None:
        await app.advance(clock, by)

    room = Room(
        clock=clock, page=pages().page, title=renderer().text(locale, "web.room_title"), zone=ZONE, advance=advance
    )
    sandbox = Sandbox(
        secrets=[_SECRET],
        public_url=url,
        hook_url=f"{url}/hooks/sandbox",
        clock=clock,
        page=pages().page,
        hook_client=httpx.AsyncClient(timeout=10),
    )
    store.run(lambda work: _give_phones(work))
    app = App(
        Parts(
            store=store,
            clock=clock,
            policy=Policy(channels=("sandbox", "manual"), causes=catalogue(), admins=frozenset({OPERATOR})),
            renderer=renderer(),
            links=Links([_SECRET], url, clock),
            chats={"room": room},
            channels={"sandbox": sandbox, "manual": Manual()},
            notifiers={kind: room.phone(kind) for kind in ("sms", "service_notice", "call")},
            templates=templates_folder(),
            defaults=Defaults(locale, ZONE, "CNY"),
            pictures=pictures,
            home="/room",
            wall=wall,
            ticks=lambda: clock.now().timestamp(),
        )
    )
    return app


def _start(store: Store, now: datetime) -> datetime:
    """This morning, or where an earlier demo on the same database had got to."""
    zone = ZoneInfo(ZONE)
    morning = datetime.combine(now.astimezone(zone).date(), MORNING, tzinfo=zone).astimezone(now.tzinfo)
    latest = store.read(lambda work: work.latest()).result()
    return max(morning, latest + timedelta(seconds=10)) if latest else morning


def _give_phones(work: Work) -> None:
    for person in PEOPLE:
        member = work.member_of("room", Person(person.id, person.name))
        if person.phone and not member.phone:
            work.give_phone(member.id, person.phone)
