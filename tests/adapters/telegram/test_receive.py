"""How the adapter receives: nothing is acknowledged before the inbox has it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from adapters.chats.telegram import Telegram
from bot.ports import FakeClock, OpenLink, RawUpdate, Rendered

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PATH = "/hooks/telegram/updates"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
ME = {"id": 1, "is_bot": True, "first_name": "Collect", "username": "CollectBot"}
Poll = Callable[[dict[str, Any]], httpx.Response | Exception]


def done(result: object) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": result})


def refusal(status: int, **parameters: int) -> httpx.Response:
    return httpx.Response(status, json={"ok": False, "error_code": status, "parameters": parameters})


@dataclass
class FakeInbox:
    """Keeps what it is given, after failing as often as it is told."""

    kept: list[RawUpdate] = field(default_factory=list)
    failures: int = 0

    async def put(self, source: str, updates: Sequence[RawUpdate]) -> None:
        assert source == "telegram"
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        self.kept += updates


@dataclass
class Line:
    """The connection to Telegram: plays the polls in order, then holds the next one open."""

    polls: list[Poll]
    refused: list[httpx.Response | Exception] = field(default_factory=list)
    """Answers to getMe before it works."""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    refuse_menus: bool = False

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [given for method, given in self.calls if method == "getUpdates"]

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rpartition("/")[2]
        answer: httpx.Response | Exception = done(ME if method == "getMe" else True)
        given: dict[str, Any] = {}
        if method == "getUpdates":
            given = json.loads(request.content)
            self.calls.append((method, given))
            if not self.polls:
                self.idle.set()
                await asyncio.Event().wait()
            answer = self.polls.pop(0)(given)
        else:
            self.calls.append((method, dict(httpx.QueryParams(request.content.decode()))))
            if method == "setWebhook":
                self.idle.set()
            if method == "getMe" and self.refused:
                answer = self.refused.pop(0)
            if method == "setMyCommands" and self.refuse_menus:
                answer = refusal(429, retry_after=600)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def telegram(self, **settings: str) -> Telegram:
        return Telegram(
            "1:secret",
            wall=FakeClock(NOON),
            commands=lambda locale, private: [("help", f"{locale} {private}")],
            pause=self.pause,
            transport=httpx.MockTransport(self.handle),
            **settings,
        )


@asynccontextmanager
async def running(line: Line, inbox: FakeInbox, **settings: str) -> AsyncIterator[Telegram]:
    """Runs until Telegram has nothing more to say."""
    async with AsyncExitStack() as stack:
        telegram = line.telegram(**settings)
        stack.push_async_callback(telegram.close)
        task = asyncio.create_task(telegram.run(inbox))
        try:
            async with asyncio.timeout(5):
                await line.idle.wait()
                await asyncio.sleep(0)
            yield telegram
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def updates(*numbers: int) -> Poll:
    return lambda given: done([{"update_id": number, "poll_answer": {"text": "🎉"}} for number in numbers])


# -- polling ------------------------------------------------------------------------------------------------


async def test_the_offset_moves_behind_what_the_inbox_keeps() -> None:
    line, inbox = Line([updates(900, 901), updates(902)]), FakeInbox()
    async with running(line, inbox) as telegram:
        assert telegram.ready() == ""
    assert [update.id for update in inbox.kept] == ["900", "901", "902"]
    assert json.loads(inbox.kept[0].body) == {"update_id": 900, "poll_answer": {"text": "🎉"}}
    assert [given["offset"] for given in line.asked] == [0, 902, 903]


async def test_what_the_inbox_could_not_keep_is_asked_for_again() -> None:
    line, inbox = Line([updates(900), updates(900)]), FakeInbox(failures=1)
    async with running(line, inbox) as telegram:
        assert telegram.ready() == ""
    assert [update.id for update in inbox.kept] == ["900"]
    assert [given["offset"] for given in line.asked] == [0, 0, 901]
    assert line.pauses == [1.0]


async def test_polls_are_held_open_and_name_what_they_want() -> None:
    line = Line([])
    async with running(line, FakeInbox()):
        [given] = line.asked
    assert given["timeout"] == 30
    assert given["allowed_updates"] == [
        *("message", "edited_message", "callback_query", "pre_checkout_query", "my_chat_member", "chat_member")
    ]


async def test_it_connects_again_after_any_trouble_waiting_longer_each_time() -> None:
    troubles: list[Poll] = [
        lambda given: httpx.ConnectError("refused"),
        lambda given: httpx.ReadTimeout("slow"),
        lambda given: httpx.Response(502, text="<html>"),
        lambda given: done("nonsense"),
    ]
    line, inbox = Line([*troubles, updates(900)]), FakeInbox()
    async with running(line, inbox):
        assert line.pauses == [1.0, 2.0, 5.0, 10.0]
    assert [update.id for update in inbox.kept] == ["900"]
    assert [given["timeout"] for given in line.asked] == [30, 0, 0, 0, 0, 30], "recovery is noticed at once"


async def test_it_waits_as_long_as_a_429_asks_for() -> None:
    line = Line([lambda given: refusal(429, retry_after=17), updates(900)])
    async with running(line, FakeInbox()):
        assert line.pauses == [17.0]


@pytest.mark.parametrize(
    ("status", "wrong"), [(409, "another process receives with this token"), (401, "token refused")]
)
async def test_readiness_says_what_keeps_it_from_receiving(status: int, wrong: str) -> None:
    line = Line([lambda given: refusal(status)])
    async with running(line, FakeInbox()) as telegram:
        assert telegram.ready() == wrong


async def test_before_it_is_connected_it_is_not_ready() -> None:
    telegram = Line([]).telegram()
    assert telegram.ready()
    assert telegram.bot_names == frozenset()
    await telegram.close()


async def test_it_introduces_itself_before_it_receives() -> None:
    line = Line([], refused=[httpx.ConnectError("refused"), refusal(401)])
    async with running(line, FakeInbox()) as telegram:
        assert telegram.bot_names == {"collectbot"}
    methods = [method for method, _ in line.calls]
    assert methods == [*["getMe"] * 3, "deleteWebhook", *["setMyCommands"] * 4, "getUpdates"]
    told = [(given.get("language_code"), given["scope"], given["commands"]) for _, given in line.calls[4:8]]
    assert told[0][0] is None
    assert [language for language, _, _ in told] == [None, None, "zh", "zh"]
    assert [("private" in scope, "True" in commands) for _, scope, commands in told] == [
        (True, True),
        (False, False),
    ] * 2


async def test_once_it_knows_its_name_an_answer_can_open_the_private_chat() -> None:
    line = Line([])
    async with running(line, FakeInbox()) as telegram:
        await telegram.answer("55", Rendered("", "Pay", open=OpenLink("https://example.com", "pay_1")))
    assert line.calls[-1] == (
        "answerCallbackQuery",
        {"callback_query_id": "55", "url": "https://t.me/CollectBot?start=pay_1"},
    )


async def test_a_menu_that_telegram_does_not_take_stops_nothing() -> None:
    line, inbox = Line([updates(900)], refuse_menus=True), FakeInbox()
    async with running(line, inbox):
        assert [update.id for update in inbox.kept] == ["900"]
    assert line.pauses == []


# -- webhook ------------------------------------------------------------------------------------------------

SETTINGS = {"webhook_url": "https://bot.example.com", "webhook_secret": "s3cret_-"}


@pytest.mark.parametrize("secret", ["", "with space", "é", "x" * 257])
def test_a_webhook_without_a_proper_secret_does_not_start(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        Line([]).telegram(webhook_url="https://bot.example.com", webhook_secret=secret)


@pytest.mark.parametrize(
    "url", ["https://bot.example.com", "https://bot.example.com/", f"https://bot.example.com{PATH}"]
)
async def test_telegram_is_told_where_to_post_and_with_which_secret(url: str) -> None:
    line = Line([])
    async with running(line, FakeInbox(), **(SETTINGS | {"webhook_url": url})):
        [given] = [given for method, given in line.calls if method == "setWebhook"]
    assert given["url"] == f"https://bot.example.com{PATH}"
    assert given["secret_token"] == "s3cret_-"
    assert "chat_member" in json.loads(given["allowed_updates"])


@asynccontextmanager
async def webhook(inbox: FakeInbox) -> AsyncIterator[httpx.AsyncClient]:
    telegram = Line([]).telegram(**SETTINGS)
    app = Starlette(routes=list(telegram.routes(inbox)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://bot.example.com") as client:
        yield client
    await telegram.close()


async def test_an_update_is_acknowledged_once_it_is_kept() -> None:
    inbox = FakeInbox(failures=1)
    async with webhook(inbox) as client:
        body, headers = b'{"update_id": 900,  "poll_answer": {}}', {HEADER: "s3cret_-"}
        assert (await client.post(PATH, content=body, headers=headers)).status_code == 503
        assert (await client.post(PATH, content=body, headers=headers)).status_code == 200
    assert inbox.kept == [RawUpdate("900", body)]


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "wrong"}, {HEADER: b"s3cret_-\xe9"}])
async def test_without_the_secret_nothing_is_taken(headers: dict[str, Any]) -> None:
    inbox = FakeInbox()
    async with webhook(inbox) as client:
        assert (await client.post(PATH, content=b'{"update_id": 900}', headers=headers)).status_code == 403
    assert inbox.kept == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"update_id": "900"}', 400),
        (b'{"update_id": true}', 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"update_id": 1, "x": "' + b"x" * 1024 * 1024 + b'"}', 413),
    ],
)
async def test_what_is_no_update_is_refused(body: bytes, status: int) -> None:
    inbox = FakeInbox()
    async with webhook(inbox) as client:
        assert (await client.post(PATH, content=body, headers={HEADER: "s3cret_-"})).status_code == status
    assert inbox.kept == []


async def test_polling_needs_no_routes() -> None:
    telegram = Line([]).telegram()
    assert telegram.routes(FakeInbox()) == []
    await telegram.close()


async def test_the_question_before_checkout_is_urgent_and_nothing_else_is() -> None:
    inbox = FakeInbox()
    async with webhook(inbox) as client:
        for body in (b'{"update_id": 1, "pre_checkout_query": {}}', b'{"update_id": 2, "message": {"text": "?"}}'):
            assert (await client.post(PATH, content=body, headers={HEADER: "s3cret_-"})).status_code == 200
    assert [(update.id, update.urgent) for update in inbox.kept] == [("1", True), ("2", False)]
