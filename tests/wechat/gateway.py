"""A gateway of our own that speaks the gRPC service ``wechaty.Puppet``, and plays what gateways do to their clients.

Strict where a real one is: rooms and people must exist, who is no friend cannot be written to, a text is not empty.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from adapters.chats.wechat import shim

shim.prepare()

from grpclib.const import Cardinality, Handler, Status  # noqa: E402
from grpclib.exceptions import GRPCError  # noqa: E402
from grpclib.server import Server, Stream  # noqa: E402
from wechaty_grpc.wechaty import puppet as wire  # noqa: E402

from bot.ports import Clock  # noqa: E402

shim.hush()
BOT = "wxid_bot"
TEXT, IMAGE, TRANSFER, RED_PACKET = 7, 6, 11, 12
MESSAGE, JOIN, LEAVE, TOPIC, LOGIN, ERROR = 2, 19, 20, 21, 25, 16


@dataclass
class Room:
    id: str
    topic: str
    owner: str
    members: dict[str, str] = field(default_factory=dict)
    """Ids → names in this room (aliases)."""


@dataclass
class Sent:
    """What the bot sent."""

    to: str
    text: str
    mentions: list[str]


class _Mortal(Server):
    """A server whose death closes its connections, as that of a process does."""

    def __init__(self, handlers: list[Any]) -> None:
        super().__init__(handlers)
        self._transports: list[asyncio.Transport] = []

    def _protocol_factory(self) -> Any:
        protocol = super()._protocol_factory()
        made = protocol.connection_made

        def remembered(transport: Any) -> None:
            self._transports.append(transport)
            made(transport)

        protocol.connection_made = remembered
        return protocol

    def kill(self) -> None:
        for transport in self._transports:
            transport.abort()
        self.close()


class Gateway:
    """``sent`` is what the bot wrote. Switches: ``deaf`` answers nothing at all, ``nameless`` gives no ids for what is
    sent, ``lose`` drops so many answers after the effect, ``refuse`` raises for so many sendings."""

    def __init__(self, clock: Clock, *, tls: ssl.SSLContext | None = None) -> None:
        self._clock, self._tls = clock, tls
        self.people: dict[str, str] = {BOT: "群收"}
        self.friends: set[str] = set()
        self.rooms: dict[str, Room] = {}
        self.messages: dict[str, wire.MessagePayloadResponse] = {}
        self.sent: list[Sent] = []
        self.others: list[tuple[str, str, dict[str, Any]]] = []
        self.calls: list[str] = []
        self.violations: list[str] = []
        self.deaf = asyncio.Event()
        self.nameless = False
        self.lose = self.refuse = self.hidden = 0
        self.port = 0
        self._server: _Mortal | None = None
        self._listeners: set[asyncio.Queue[tuple[int, str] | None]] = set()
        self._numbers = 0

    # -- the process ----------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Start, on the same port as before."""
        self._server = _Mortal([self])
        await self._server.start("127.0.0.1", self.port, ssl=self._tls)
        [socket] = self._server._server.sockets  # type: ignore[union-attr]
        self.port = socket.getsockname()[1]

    async def down(self) -> None:
        """Die: connections break, nothing is said."""
        if self._server is not None:
            self._server.kill()
            await self._server.wait_closed()
            self._server = None

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    # -- what people do ---------------------------------------------------------------------------------------

    def room(self, topic: str, *names: str) -> Room:
        """People of these names and the bot in a new room; the first owns it."""
        ids = [f"wxid_{name.lower()}" for name in names]
        self.people |= dict(zip(ids, names, strict=True))
        room = Room(
            f"{len(self.rooms) + 1}@chatroom", topic, ids[0], {**dict(zip(ids, names, strict=True)), BOT: "群收"}
        )
        self.rooms[room.id] = room
        return room

    def say(self, who: str, where: Room | None, text: str, *, kind: int = TEXT, mentions: tuple[str, ...] = ()) -> str:
        """``who`` (an id) says something in a room, or to the bot alone; the message's id."""
        id_ = self.write(who, where, text, kind=kind, mentions=mentions)
        self.tell(MESSAGE, messageId=id_)
        return id_

    def write(
        self, who: str, where: Room | None, text: str, *, kind: int = TEXT, mentions: tuple[str, ...] = ()
    ) -> str:
        """The same, but nobody is told yet."""
        self._numbers += 1
        id_ = str(7_000_000_000_000_000_000 + self._numbers)
        message = wire.MessagePayloadResponse(
            id=id_,
            text=text,
            timestamp=int(self._clock.now().timestamp()),
            type=kind,
            from_id=who,
            room_id=where.id if where else "",
            to_id="" if where else BOT,
            mention_ids=list(mentions),
        )
        self.messages[id_] = message
        return id_

    def tell(self, kind: int, /, **payload: object) -> None:
        self.tell_raw(kind, json.dumps(payload))

    def tell_raw(self, kind: int, payload: str) -> None:
        """An event, whatever it is."""
        for queue in self._listeners:
            queue.put_nowait((kind, payload))

    def hang_up(self) -> None:
        """End the streams, as a gateway does that is restarted politely."""
        for queue in self._listeners:
            queue.put_nowait(None)

    def texts(self, to: str) -> list[str]:
        """What the bot wrote there."""
        return [sent.text for sent in self.sent if sent.to == to]

    # -- the service ----------------------------------------------------------------------------------------

    def __mapping__(self) -> dict[str, Handler]:
        unary = {
            "Start": (self._start, wire.StartRequest, wire.StartResponse),
            "Version": (self._version, wire.VersionRequest, wire.VersionResponse),
            "MessagePayload": (self._message, wire.MessagePayloadRequest, wire.MessagePayloadResponse),
            "MessageSendText": (self._send, wire.MessageSendTextRequest, wire.MessageSendTextResponse),
            "MessageSendFile": (self._send_file, wire.MessageSendFileRequest, wire.MessageSendFileResponse),
            "MessageSendUrl": (self._send_url, wire.MessageSendUrlRequest, wire.MessageSendUrlResponse),
            "MessageSendMiniProgram": (
                self._send_mini_program,
                wire.MessageSendMiniProgramRequest,
                wire.MessageSendMiniProgramResponse,
            ),
            "RoomList": (self._list, wire.RoomListRequest, wire.RoomListResponse),
            "RoomPayload": (self._room, wire.RoomPayloadRequest, wire.RoomPayloadResponse),
            "RoomMemberList": (self._members, wire.RoomMemberListRequest, wire.RoomMemberListResponse),
            "RoomMemberPayload": (self._member, wire.RoomMemberPayloadRequest, wire.RoomMemberPayloadResponse),
            "ContactPayload": (self._contact, wire.ContactPayloadRequest, wire.ContactPayloadResponse),
        }
        mapping = {
            f"/wechaty.Puppet/{name}": Handler(self._unary(name, run), Cardinality.UNARY_UNARY, asked, answered)
            for name, (run, asked, answered) in unary.items()
        }
        mapping["/wechaty.Puppet/Event"] = Handler(
            self._event, Cardinality.UNARY_STREAM, wire.EventRequest, wire.EventResponse
        )
        return mapping

    def _unary(self, name: str, run: Callable[[Any], Any]) -> Callable[[Stream[Any, Any]], Awaitable[None]]:
        async def handle(stream: Stream[Any, Any]) -> None:
            request = await stream.recv_message()
            self.calls.append(name)
            if self.deaf.is_set():
                await asyncio.Event().wait()
            await stream.send_message(run(request))

        return handle

    async def _event(self, stream: Stream[Any, Any]) -> None:
        await stream.recv_message()
        if self.deaf.is_set():
            await asyncio.Event().wait()
        queue: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            await stream.send_message(wire.EventResponse(type=LOGIN, payload=json.dumps({"contactId": BOT})))
            while (event := await queue.get()) is not None:
                await stream.send_message(wire.EventResponse(type=event[0], payload=event[1]))
        finally:
            self._listeners.discard(queue)

    def _start(self, _: wire.StartRequest) -> wire.StartResponse:
        return wire.StartResponse()

    def _version(self, _: wire.VersionRequest) -> wire.VersionResponse:
        return wire.VersionResponse(version="1.0.0")

    def _message(self, asked: wire.MessagePayloadRequest) -> wire.MessagePayloadResponse:
        if self.hidden:
            self.hidden -= 1
            raise GRPCError(Status.INTERNAL, "not there yet")
        if asked.id not in self.messages:
            raise GRPCError(Status.NOT_FOUND, "no such message")
        return self.messages[asked.id]

    def _send(self, asked: wire.MessageSendTextRequest) -> wire.MessageSendTextResponse:
        if self.refuse:
            self.refuse -= 1
            raise GRPCError(Status.INTERNAL, "busy")
        room = self.rooms.get(asked.conversation_id)
        if room is None and asked.conversation_id not in self.friends:
            raise self._violation(f"cannot write to {asked.conversation_id}")
        if not asked.text.strip() or len(asked.text) > 4000:
            raise self._violation("empty or too long")
        if any(room is None or id_ not in room.members for id_ in asked.mentonal_ids):
            raise self._violation("a mention of nobody who is there")
        self.sent.append(Sent(asked.conversation_id, asked.text, list(asked.mentonal_ids)))
        if self.lose:
            self.lose -= 1
            raise GRPCError(Status.DEADLINE_EXCEEDED, "no answer from WeChat")
        return wire.MessageSendTextResponse(id=None if self.nameless else f"sent{len(self.sent)}")

    def _other(self, to: str, kind: str, facts: dict[str, Any], needed: set[str]) -> str:
        if to not in self.rooms and to not in self.friends:
            raise self._violation(f"cannot write to {to}")
        if missing := needed - facts.keys():
            raise self._violation(f"a {kind} without {missing}")
        self.others.append((to, kind, facts))
        return f"{kind}{len(self.others)}"

    def _send_file(self, asked: wire.MessageSendFileRequest) -> wire.MessageSendFileResponse:
        if len(asked.filebox) > 4_000_000:
            raise self._violation("a file larger than a gRPC message")
        facts = json.loads(asked.filebox)
        base64.b64decode(facts.get("base64", ""), validate=True)
        needed = {"boxType", "base64", "name"}
        return wire.MessageSendFileResponse(id=self._other(asked.conversation_id, "file", facts, needed))

    def _send_url(self, asked: wire.MessageSendUrlRequest) -> wire.MessageSendUrlResponse:
        facts, needed = json.loads(asked.url_link), {"url", "title"}
        return wire.MessageSendUrlResponse(id=self._other(asked.conversation_id, "link", facts, needed))

    def _send_mini_program(self, asked: wire.MessageSendMiniProgramRequest) -> wire.MessageSendMiniProgramResponse:
        facts, needed = json.loads(asked.mini_program), {"appid", "username", "pagePath", "title"}
        return wire.MessageSendMiniProgramResponse(id=self._other(asked.conversation_id, "mini", facts, needed))

    def _violation(self, what: str) -> GRPCError:
        self.violations.append(what)
        return GRPCError(Status.INVALID_ARGUMENT, what)

    def _list(self, _: wire.RoomListRequest) -> wire.RoomListResponse:
        return wire.RoomListResponse(ids=list(self.rooms))

    def _room(self, asked: wire.RoomPayloadRequest) -> wire.RoomPayloadResponse:
        room = self._found(asked.id)
        return wire.RoomPayloadResponse(
            id=room.id, topic=room.topic, owner_id=room.owner, member_ids=list(room.members)
        )

    def _members(self, asked: wire.RoomMemberListRequest) -> wire.RoomMemberListResponse:
        return wire.RoomMemberListResponse(member_ids=list(self._found(asked.id).members))

    def _member(self, asked: wire.RoomMemberPayloadRequest) -> wire.RoomMemberPayloadResponse:
        room = self._found(asked.id)
        if asked.member_id not in room.members:
            raise GRPCError(Status.NOT_FOUND, "no such member")
        name = self.people[asked.member_id]
        alias = room.members[asked.member_id]
        return wire.RoomMemberPayloadResponse(id=asked.member_id, name=name, room_alias=alias if alias != name else "")

    def _contact(self, asked: wire.ContactPayloadRequest) -> wire.ContactPayloadResponse:
        if asked.id not in self.people:
            raise GRPCError(Status.NOT_FOUND, "no such contact")
        return wire.ContactPayloadResponse(id=asked.id, name=self.people[asked.id], friend=asked.id in self.friends)

    def _found(self, id_: str) -> Room:
        if id_ not in self.rooms:
            raise GRPCError(Status.NOT_FOUND, "no such room")
        return self.rooms[id_]
