"""Events of the puppet → raw updates in the inbox, whole, in the order in which things were said.

An event of a message is only its id: the message is fetched before anything is kept, as it may be gone later. Gateways
deliver bursts in any order, so what comes within a moment is put in order by the time it was sent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from adapters.chats.wechat.client import Client
from bot.ports import Clock, Inbox, Outside, RawUpdate

log = structlog.get_logger(__name__)

MESSAGE, JOIN, LEAVE, TOPIC, LOGIN, LOGOUT = 2, 19, 20, 21, 25, 26
"""Numbers of ``EventType``."""
MOMENT: Final = 0.4
"""Seconds in which messages are gathered, to be put in order."""
MOMENTS: Final = 5
"""How many of them at most: who talks without end is not waited for."""
SIDE_BY_SIDE: Final = 16
NAMES_FOR: Final = timedelta(minutes=10)
TRIES: Final = 4
ANEW: Final = ("resync", "重新同步")
"""Words for which who is there is read anew."""
OUTAGE: Final = timedelta(seconds=5)
"""A shorter loss of connection is not worth a word."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Roster:
    """Who is in a room, and until when we need not ask again."""

    topic: str = ""
    owner: str = ""
    admins: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    news: dict[str, str] = field(default_factory=dict)
    """Of these names, what has not been told with an update yet."""
    fresh_until: datetime = _LONG_AGO


class Receiver:
    """Fetches, orders and keeps. ``pause`` waits on real time."""

    def __init__(
        self, name: str, client: Client, clock: Clock, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._name, self._client, self._clock, self._pause = name, client, clock, pause
        self._rooms: dict[str, Roster] = {}
        self._waiting: list[tuple[int, dict[str, Any]]] = []
        self._arrived = asyncio.Event()
        self._gaps: list[RawUpdate] = []
        self._lost_at: datetime | None = None
        self._was_connected = False
        self.me = ""

    # -- from the client ------------------------------------------------------------------------------------

    async def hear(self, kind: int, payload: dict[str, Any]) -> None:
        """Called for each event, in the order of the stream; returns at once."""
        if kind == LOGIN:
            self.me = str(payload.get("contactId", ""))
        elif kind == LOGOUT:
            self.me = ""
        elif kind in (MESSAGE, JOIN, LEAVE, TOPIC):
            self._waiting.append((kind, payload))
            self._arrived.set()

    def lost(self) -> None:
        """The connection is gone: what is said from now on may never reach us."""
        if self._was_connected:
            self._lost_at = self._lost_at or self._clock.now()

    async def connected(self) -> None:
        """After an outage that was worth a word, each room is told of it."""
        self._was_connected = True
        lost, now, self._lost_at = self._lost_at, self._clock.now(), None
        if lost is not None and now - lost >= OUTAGE:
            async with self._client.calling():
                rooms = list((await self._client.puppet_stub.room_list()).ids)
            self._gaps += [_gap(room, lost, now) for room in rooms]
            self._arrived.set()

    async def run(self, inbox: Inbox) -> None:
        """Keep what was heard, until cancelled."""
        while True:
            await self._arrived.wait()
            await self._burst()
            self._arrived.clear()
            batch, self._waiting = self._waiting, []
            gaps, self._gaps = self._gaps, []
            updates = [*gaps, *await self._updates(batch)]
            if updates:
                await self._keep(inbox, updates)

    async def _keep(self, inbox: Inbox, updates: list[RawUpdate]) -> None:
        """Until it is committed: WeChat does not send again what we did not keep."""
        wait = 0.2
        while True:
            try:
                await inbox.put(self._name, updates)
            except Exception:
                log.exception("wechat.not_kept", updates=len(updates))
                await self._pause(wait)
                wait = min(wait * 2, 10.0)
            else:
                return

    async def _burst(self) -> None:
        """Wait until nothing has come for a moment, so that what belongs together is put in order together."""
        for _ in range(MOMENTS):
            so_far = len(self._waiting)
            await self._pause(MOMENT)
            if len(self._waiting) == so_far:
                return

    # -- fetching -------------------------------------------------------------------------------------------

    async def _updates(self, batch: list[tuple[int, dict[str, Any]]]) -> list[RawUpdate]:
        gate = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(kind: int, payload: dict[str, Any]) -> RawUpdate | None:
            async with gate:
                return await self._fetched(kind, payload)

        fetched = await asyncio.gather(*(one(kind, payload) for kind, payload in batch))
        return _one_after_another([update for update in fetched if update is not None])

    async def _fetched(self, kind: int, payload: dict[str, Any]) -> RawUpdate | None:
        """The update behind an event; None when it does not concern us, or cannot be had after some tries."""
        for attempt in range(TRIES):
            try:
                if kind == MESSAGE:
                    return await self._message(str(payload.get("messageId", "")))
                return await self._moved(kind, payload)
            except Outside as trouble:
                log.warning("wechat.not_fetched", code=trouble.code, attempt=attempt)
                await self._pause(0.5 * 2**attempt)
            except Exception:  # whatever one event breaks, the others go on
                log.exception("wechat.odd_event", kind=kind)
                break
        log.error("wechat.lost_event", kind=kind)
        return None

    async def _message(self, id_: str) -> RawUpdate | None:
        if not id_:
            return None
        async with self._client.calling():
            message = await self._client.puppet_stub.message_payload(id=id_)
        if not message.from_id or message.from_id == self.me:
            return None
        room = message.room_id
        if any(word in message.text for word in ANEW):
            self._rooms.pop(room, None)
        roster = await self._roster(room, sender=message.from_id) if room else Roster()
        name = roster.names.get(message.from_id) or await self._contact(message.from_id)
        at = _seconds(int(message.timestamp))
        body = _body(
            "message",
            type=int(message.type),
            room={"id": room, "topic": roster.topic} if room else None,
            sender={"id": message.from_id, "name": name},
            text=message.text,
            id=id_,
            mentions=[{"id": m, "name": roster.names.get(m, "")} for m in message.mention_ids],
            seen=_others([{"id": member, "name": known} for member, known in roster.news.items()], self.me),
            me=self.me,
            at=at,
        )
        roster.news = {}
        return RawUpdate(f"m:{id_}", body, _order(at, id_))

    async def _moved(self, kind: int, payload: dict[str, Any]) -> RawUpdate | None:
        room = str(payload.get("roomId") or "")
        if not room:
            return None
        at = _seconds(int(payload.get("timestamp") or self._clock.now().timestamp()))
        self._rooms.pop(room, None)
        if kind == LEAVE:
            who = [str(id_) for id_ in payload.get("removeeIdList") or ()]
            body = _body("left", room={"id": room, "topic": ""}, who=who, me=self.me)
        elif kind == JOIN:
            who = [str(id_) for id_ in payload.get("inviteeIdList") or ()]
            roster = await self._roster(room, sender="")
            people = [{"id": id_, "name": roster.names.get(id_, "")} for id_ in (*who, *roster.names)]
            body = _body(
                "joined", room={"id": room, "topic": roster.topic}, who=who, seen=_others(people, self.me), me=self.me
            )
        else:
            who = []
            body = _body("topic", room={"id": room, "topic": str(payload.get("newTopic") or "")})
        return RawUpdate(f"e:{kind}:{room}:{at}:{','.join(who)}"[:200], body, _order(at))

    async def _roster(self, room: str, *, sender: str) -> Roster:
        """Who is there, with their names in the room: read afresh every ten minutes, and when somebody new speaks."""
        known = self._rooms.get(room)
        now = self._clock.now()
        if known is not None and known.fresh_until > now and (not sender or sender in known.names):
            return known
        async with self._client.calling():
            facts = await self._client.puppet_stub.room_payload(id=room)
            ids = list((await self._client.puppet_stub.room_member_list(id=room)).member_ids)
        names = dict(known.names) if known is not None else {}
        for id_ in [id_ for id_ in ids if id_ not in names or id_ == sender]:
            names[id_] = await self._member(room, id_)
        if gone := sorted(names.keys() - set(ids)):
            self._waiting.append((LEAVE, {"roomId": room, "removeeIdList": gone, "timestamp": now.timestamp()}))
            self._arrived.set()
        here = {id_: names[id_] for id_ in ids}
        roster = Roster(facts.topic, facts.owner_id, frozenset(facts.admin_ids), here, dict(here), now + NAMES_FOR)
        self._rooms[room] = roster
        return roster

    async def _member(self, room: str, person: str) -> str:
        async with self._client.calling():
            member = await self._client.puppet_stub.room_member_payload(id=room, member_id=person)
        return str(member.room_alias or member.name)

    async def _contact(self, person: str) -> str:
        async with self._client.calling():
            return str((await self._client.puppet_stub.contact_payload(id=person)).name)

    # -- asked by the adapter -------------------------------------------------------------------------------

    async def roster(self, room: str) -> Roster:
        return await self._roster(room, sender="")


def _one_after_another(updates: list[RawUpdate]) -> list[RawUpdate]:
    """In the order of time, and as they came where the time does not tell; no two share a place."""
    placed: list[RawUpdate] = []
    for update in sorted(updates, key=lambda update: update.order):
        after = placed[-1].order + 1 if placed else 0
        placed.append(replace(update, order=max(update.order, after)))
    return placed


def _gap(room: str, since: datetime, until: datetime) -> RawUpdate:
    told = {"since": since.isoformat(timespec="seconds"), "until": until.isoformat(timespec="seconds")}
    body = _body("gap", room={"id": room, "topic": ""}, **told)
    return RawUpdate(f"gap:{room}:{told['until']}", body, _order(until.timestamp()))


def _others(people: list[dict[str, str]], me: str) -> list[dict[str, str]]:
    return list({p["id"]: p for p in people if p["id"] != me}.values())


def _body(kind: str, **facts: object) -> bytes:
    return json.dumps({"kind": kind, **facts}, ensure_ascii=False).encode("utf-8", "replace")


def _seconds(stamp: int) -> float:
    """Puppets give seconds or milliseconds."""
    return stamp / 1000 if stamp > 10**11 else float(stamp)


def _order(at: float, id_: str = "") -> int:
    """By time; within the same second by the message's number, where it has one."""
    number = int(id_[-9:]) if id_.isascii() and id_.isdigit() else 0
    return int(at * 1000) * 10**6 + number % 10**6
