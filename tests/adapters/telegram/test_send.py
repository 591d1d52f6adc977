"""How the adapter writes: its calls, its pace, and what becomes of Telegram's refusals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from adapters.chats.telegram import Telegram
from bot.ports import (
    ChatGone,
    ChatPort,
    Declined,
    FakeClock,
    MessageGone,
    Moved,
    OpenLink,
    Outside,
    Picture,
    Rendered,
    RenderedButton,
    Unavailable,
    Unknown,
    Unreachable,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GROUP, MEI = "-100123", "11"
HELLO = Rendered("<b>hello</b>", "hello")
SENT = {"message_id": 7, "date": 1764000000, "chat": {"id": 1, "type": "private"}}
ME = {"id": 1, "is_bot": True, "first_name": "Collect", "username": "CollectBot"}


@dataclass
class FakeBotApi(httpx.AsyncBaseTransport):
    """Answers as told, and remembers the calls: (method, parameters, seconds since noon)."""

    clock: FakeClock
    calls: list[tuple[str, dict[str, str], float]] = field(default_factory=list)
    say: Callable[[str, dict[str, str]], httpx.Response | Exception | None] = lambda method, given: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rpartition("/")[2]
        body = (await request.aread()).decode(errors="replace")
        given = {name: values[0] for name, values in parse_qs(body).items()} if "name=" not in body else {"": body}
        self.calls.append((method, given, (self.clock.at - NOON).total_seconds()))
        answer = self.say(method, given)
        if isinstance(answer, Exception):
            raise answer
        return answer or done(RESULTS.get(method, SENT))

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.calls]

    @property
    def times(self) -> list[float]:
        return [at for _, _, at in self.calls]

    @property
    def last(self) -> dict[str, str]:
        return self.calls[-1][1]

    def refuse(self, status: int, description: str, **parameters: int) -> None:
        """Answer every call with this refusal."""
        self.say = lambda method, given: refusal(status, description, **parameters)


RESULTS: dict[str, Any] = {
    "answerCallbackQuery": True,
    "getMe": ME,
    "deleteWebhook": True,
    "setMyCommands": True,
    "getChatMember": {
        "status": "creator",
        "user": {"id": 11, "is_bot": False, "first_name": "Mei"},
        "is_anonymous": False,
    },
    "getChatMemberCount": 5,
}


def done(result: object) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": result})


def refusal(status: int, description: str, **parameters: int) -> httpx.Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return httpx.Response(status, json=body | ({"parameters": parameters} if parameters else {}))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def api(clock: FakeClock) -> FakeBotApi:
    return FakeBotApi(clock)


@pytest.fixture
async def telegram(api: FakeBotApi, clock: FakeClock) -> AsyncIterator[Telegram]:
    async def pause(seconds: float) -> None:
        """Time passes at once; others get their turn as they would."""
        until = clock.at + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        clock.at = max(clock.at, until)

    adapter = Telegram("1:secret", wall=clock, commands=lambda locale, private: [], pause=pause, transport=api)
    yield adapter
    await adapter.close()


# -- calls --------------------------------------------------------------------------------------------------


async def test_a_message_is_sent_as_html_without_previews_and_answers_in_its_topic(
    telegram: Telegram, api: FakeBotApi
) -> None:
    card = Rendered("<b>hi</b>", "hi", buttons=((RenderedButton("Pay", data="pay.1"),),), silent=True)
    assert await telegram.post(GROUP, card, reply_to="5") == "7"
    assert (api.last["chat_id"], api.last["text"], api.last["parse_mode"]) == (GROUP, "<b>hi</b>", "HTML")
    assert json.loads(api.last["link_preview_options"]) == {"is_disabled": True}
    assert json.loads(api.last["reply_parameters"]) == {"message_id": 5, "allow_sending_without_reply": True}
    assert json.loads(api.last["reply_markup"]) == {"inline_keyboard": [[{"text": "Pay", "callback_data": "pay.1"}]]}
    assert api.last["disable_notification"] == "true"


async def test_an_edit_brings_the_keyboard_along(telegram: Telegram, api: FakeBotApi) -> None:
    await telegram.edit(GROUP, "7", Rendered("x", "x", buttons=((RenderedButton("Pay", data="pay.1"),),)))
    assert api.methods == ["editMessageText"]
    assert "pay.1" in api.last["reply_markup"]


async def test_a_picture_carries_a_short_text_and_goes_before_a_long_one(telegram: Telegram, api: FakeBotApi) -> None:
    picture = Picture(b"\x89PNG", "progress")
    await telegram.post(GROUP, Rendered("short", "short", picture=picture))
    await telegram.post(GROUP, Rendered("x" * 1025, "x", picture=picture))
    assert api.methods == ["sendPhoto", "sendPhoto", "sendMessage"]
    assert "short" in api.calls[0][1][""]
    assert "caption" not in api.calls[1][1][""]
    await telegram.edit(GROUP, "7", Rendered("later", "later", picture=picture))
    assert (api.methods[-1], api.last["caption"]) == ("editMessageCaption", "later")


async def test_an_answer_says_its_words(telegram: Telegram, api: FakeBotApi) -> None:
    await telegram.answer("55", Rendered("", "no", alert=True))
    assert api.last == {"callback_query_id": "55", "text": "no", "show_alert": "true"}
    await telegram.answer("56", Rendered("", "open", open=OpenLink("https://example.com", "pay_1")))
    assert api.last == {"callback_query_id": "56", "text": "open"}, "where to is not known before getMe"


# -- pace ---------------------------------------------------------------------------------------------------


async def test_a_group_takes_twenty_at_once_and_then_one_every_three_seconds(
    telegram: Telegram, api: FakeBotApi
) -> None:
    for _ in range(11):
        await telegram.post(GROUP, HELLO)
        await telegram.edit(GROUP, "7", HELLO)
    assert api.times == [0.0] * 20 + [3.0, 6.0]


async def test_a_private_chat_takes_one_a_second(telegram: Telegram, api: FakeBotApi) -> None:
    for _ in range(3):
        await telegram.write(MEI, HELLO)
    assert api.times == [0.0, 1.0, 2.0]


async def test_all_chats_together_take_thirty_a_second(telegram: Telegram, api: FakeBotApi) -> None:
    for person in range(1, 61):
        await telegram.write(str(person), HELLO)
    assert api.times[:30] == [0.0] * 30
    assert api.times[-1] == pytest.approx(1.0, abs=0.001)


async def test_one_chat_does_not_wait_for_another(telegram: Telegram, api: FakeBotApi, clock: FakeClock) -> None:
    for _ in range(20):
        await telegram.post(GROUP, HELLO)
    await telegram.post("-100999", HELLO)
    assert clock.at == NOON


async def test_who_would_wait_long_is_told_when_to_come_back(telegram: Telegram, api: FakeBotApi) -> None:
    posts = [telegram.post(GROUP, HELLO) for _ in range(26)]
    results = await asyncio.gather(*posts, return_exceptions=True)
    late = [result for result in results if isinstance(result, Unavailable)]
    assert len(late) == 3, "20 at once, then after 3, 6 and 9 seconds"
    assert {trouble.retry_after for trouble in late} == {12.0}, "they took no turn from each other"


async def test_answers_wait_for_nothing(telegram: Telegram, api: FakeBotApi) -> None:
    posts = [asyncio.create_task(telegram.post(GROUP, HELLO)) for _ in range(23)]
    answer = asyncio.create_task(telegram.answer("55", HELLO))
    await asyncio.gather(*posts, answer)
    [at] = [at for method, _, at in api.calls if method == "answerCallbackQuery"]
    assert at == 0.0


async def test_a_clock_that_was_set_back_silences_nobody(telegram: Telegram, api: FakeBotApi, clock: FakeClock) -> None:
    await telegram.write(MEI, HELLO)
    clock.at -= timedelta(hours=1)
    await telegram.write(MEI, HELLO)
    await telegram.write(MEI, HELLO)
    assert len(api.calls) == 3


# -- floods -------------------------------------------------------------------------------------------------


async def test_a_429_silences_its_chat_and_no_other_and_no_answer(
    telegram: Telegram, api: FakeBotApi, clock: FakeClock
) -> None:
    api.refuse(429, "Too Many Requests: retry after 35", retry_after=35)
    with pytest.raises(Unavailable) as flood:
        await telegram.post(GROUP, HELLO)
    assert flood.value.retry_after == 35.0
    api.say = lambda method, given: None
    clock.at += timedelta(seconds=30)
    with pytest.raises(Unavailable) as silent:
        await telegram.edit(GROUP, "7", HELLO)
    assert silent.value.retry_after == 5.0
    await telegram.post("-100999", HELLO)
    await telegram.answer("55", HELLO)
    assert api.methods == ["sendMessage", "sendMessage", "answerCallbackQuery"], "nothing was sent into the silence"
    clock.at += timedelta(seconds=5)
    await telegram.edit(GROUP, "7", HELLO)
    assert api.methods[-1] == "editMessageText"


async def test_who_waits_for_a_turn_heeds_a_429_that_came_meanwhile(telegram: Telegram, api: FakeBotApi) -> None:
    for _ in range(20):
        await telegram.post(GROUP, HELLO)
    api.refuse(429, "Too Many Requests: retry after 35", retry_after=35)
    results = await asyncio.gather(*(telegram.post(GROUP, HELLO) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, Unavailable) for result in results)
    assert len(api.calls) == 21


# -- refusals -----------------------------------------------------------------------------------------------

REFUSALS = [
    (MEI, 403, "Forbidden: bot was blocked by the user", Unreachable),
    (MEI, 403, "Forbidden: bot can't initiate conversation with a user", Unreachable),
    (MEI, 400, "Bad Request: chat not found", Unreachable),
    (GROUP, 403, "Forbidden: bot was kicked from the supergroup chat", ChatGone),
    (GROUP, 400, "Bad Request: chat not found", ChatGone),
    (GROUP, 400, "Bad Request: message to edit not found", MessageGone),
    (GROUP, 400, "Bad Request: message can't be edited", MessageGone),
    (GROUP, 400, "Bad Request: not enough rights to send text messages to the chat", Declined),
    (GROUP, 401, "Unauthorized", Unavailable),
    (GROUP, 409, "Conflict: terminated by other getUpdates request", Unavailable),
    (GROUP, 500, "Internal Server Error", Unknown),
    (GROUP, 502, "Bad Gateway", Unknown),
]


@pytest.mark.parametrize(("chat", "status", "description", "kind"), REFUSALS)
async def test_refusals_are_put_into_our_words(
    telegram: Telegram, api: FakeBotApi, chat: str, status: int, description: str, kind: type[Outside]
) -> None:
    api.refuse(status, description)
    for attempt in (lambda: telegram.post(chat, HELLO), lambda: telegram.edit(chat, "7", HELLO)):
        with pytest.raises(Outside) as trouble:
            await attempt()
        assert type(trouble.value) is kind


async def test_a_group_that_moved_says_where_to(telegram: Telegram, api: FakeBotApi) -> None:
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    api.refuse(400, description, migrate_to_chat_id=-100777)
    with pytest.raises(Moved) as moved:
        await telegram.post("-5", HELLO)
    assert moved.value.to == "-100777"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), Unavailable),
        (httpx.ConnectTimeout("slow"), Unavailable),
        (httpx.PoolTimeout("busy"), Unavailable),
        (httpx.ReadTimeout("slow"), Unknown),
        (httpx.WriteTimeout("slow"), Unknown),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), Unknown),
        (httpx.ReadError("reset"), Unknown),
    ],
)
async def test_only_what_was_surely_not_sent_may_be_repeated(
    telegram: Telegram, api: FakeBotApi, error: Exception, kind: type[Outside]
) -> None:
    api.say = lambda method, given: error
    with pytest.raises(Outside) as trouble:
        await telegram.post(GROUP, HELLO)
    assert type(trouble.value) is kind


async def test_an_answer_that_is_not_json_leaves_it_unknown(telegram: Telegram, api: FakeBotApi) -> None:
    api.say = lambda method, given: httpx.Response(200, text="<html>")
    with pytest.raises(Unknown):
        await telegram.post(GROUP, HELLO)


async def test_an_unchanged_edit_and_a_late_answer_are_done(telegram: Telegram, api: FakeBotApi) -> None:
    api.refuse(400, "Bad Request: message is not modified: specified new message content and reply markup are the same")
    await telegram.edit(GROUP, "7", HELLO)
    api.refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    await telegram.answer("55", HELLO)


async def test_a_refused_token_makes_it_unready_until_something_works(telegram: Telegram, api: FakeBotApi) -> None:
    api.refuse(401, "Unauthorized")
    with pytest.raises(Unavailable, match="token refused"):
        await telegram.post(GROUP, HELLO)
    assert telegram.ready() == "token refused"
    api.say = lambda method, given: None
    await telegram.post(GROUP, HELLO)
    assert telegram.ready() != "token refused"


# -- questions ----------------------------------------------------------------------------------------------


async def test_an_admin_is_remembered_for_a_minute(telegram: Telegram, api: FakeBotApi, clock: FakeClock) -> None:
    assert await telegram.is_admin(GROUP, MEI)
    clock.at += timedelta(seconds=59)
    assert await telegram.is_admin(GROUP, MEI)
    assert api.methods == ["getChatMember"]
    clock.at += timedelta(seconds=1)
    assert await telegram.is_admin(GROUP, MEI)
    assert api.methods == ["getChatMember"] * 2


async def test_a_member_is_no_admin_and_neither_is_somebody_unknown(telegram: Telegram, api: FakeBotApi) -> None:
    member = {"status": "member", "user": {"id": 12, "is_bot": False, "first_name": "Ole"}}
    api.say = lambda method, given: done(member)
    assert not await telegram.is_admin(GROUP, "12")
    api.refuse(400, "Bad Request: user not found")
    assert not await telegram.is_admin(GROUP, "13")


async def test_who_speaks_as_the_group_is_an_admin_and_as_a_channel_is_not(telegram: Telegram, api: FakeBotApi) -> None:
    assert await telegram.is_admin(GROUP, GROUP)
    assert not await telegram.is_admin(GROUP, "-100777")
    assert api.calls == []


async def test_heads_are_counted_without_the_bot_every_five_minutes(
    telegram: Telegram, api: FakeBotApi, clock: FakeClock
) -> None:
    assert await telegram.head_count(GROUP) == 4
    clock.at += timedelta(minutes=4, seconds=59)
    assert await telegram.head_count(GROUP) == 4
    assert api.methods == ["getChatMemberCount"]
    clock.at += timedelta(seconds=1)
    api.refuse(403, "Forbidden: bot was kicked from the supergroup chat")
    assert await telegram.head_count(GROUP) is None


async def test_a_greeting_tells_whether_telegram_knows_the_bot(telegram: Telegram, api: FakeBotApi) -> None:
    assert await telegram.greet() == ""
    api.refuse(401, "Unauthorized")
    assert await telegram.greet() == "token refused"
    api.say = lambda method, given: httpx.ConnectError("refused")
    assert "refused" in await telegram.greet()


def test_it_is_a_chat_port(clock: FakeClock) -> None:
    assert isinstance(Telegram("1:secret", wall=clock, commands=lambda locale, private: []), ChatPort)


async def test_a_picture_is_fetched_by_its_id(telegram: Telegram, api: FakeBotApi) -> None:
    file = {"file_id": "f", "file_unique_id": "f", "file_size": 4, "file_path": "photos/1.jpg"}
    api.say = lambda method, given: (
        done(file) if method == "getFile" else httpx.Response(200, content=b"\xff\xd8\xff\xe0")
    )
    assert await telegram.picture("f") == b"\xff\xd8\xff\xe0"


async def test_a_picture_that_is_gone_or_huge_is_declined_and_says_nothing_of_the_token(
    telegram: Telegram, api: FakeBotApi
) -> None:
    file = {"file_id": "f", "file_unique_id": "f", "file_size": 4, "file_path": "photos/1.jpg"}
    api.say = lambda method, given: done(file) if method == "getFile" else refusal(404, "Not Found")
    with pytest.raises(Declined, match="file gone"):
        await telegram.picture("f")
    api.say = lambda method, given: done(file | {"file_size": 11 * 1024 * 1024})
    with pytest.raises(Declined, match="too large"):
        await telegram.picture("f")
    assert telegram.ready() != "token refused"
