"""Presses and updates reach the bot as the real server delivers them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import (
    Bot,
    Update,
)
from telegram.error import BadRequest, Conflict

from bot.ports import FakeClock
from tests.botapi.check import SCHEMA, value_errors
from tests.botapi.people import mention
from tests.botapi.samples import card, png, refused
from tests.botapi.server import BotApi
from tests.botapi.world import Answer, Chat, User

EVERYTHING = sorted(SCHEMA["types"]["Update"].keys() - {"update_id"})


# -- pressing ---------------------------------------------------------------------------------------------------


async def test_a_press_is_answered_once(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    message = await card(api, bot, group)
    pressing = asyncio.create_task(api.press(mei, message, "Pay"))
    [update] = await bot.get_updates(timeout=5)
    query = update.callback_query
    assert query
    assert (query.data, query.from_user.id, query.message and query.message.message_id) == ("pay:1", mei.id, message.id)
    await bot.answer_callback_query(query.id, "Thanks", show_alert=True)
    assert await pressing == Answer("Thanks", alert=True)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(query.id)
    assert api.violations == []


async def test_a_press_grows_old(api: BotApi, bot: Bot, group: Chat, mei: User, clock: FakeClock) -> None:
    message = await card(api, bot, group)
    pressing = asyncio.create_task(api.press(mei, message, "pay:1"))
    [update] = await bot.get_updates(timeout=5)
    assert update.callback_query
    clock.at += timedelta(seconds=16)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(update.callback_query.id)
    pressing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await pressing


async def test_a_press_that_nobody_answers_fails_the_test(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    message = await card(api, bot, group)
    with pytest.raises(TimeoutError):
        await api.press(mei, message, "Pay", patience=0)
    with pytest.raises(LookupError, match="no button 'Refund'"):
        await api.press(mei, message, "Refund")


async def test_an_answer_opens_start_links_of_this_bot_only(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    message = await card(api, bot, group)
    pressing = asyncio.create_task(api.press(mei, message, "Pay"))
    [update] = await bot.get_updates(timeout=5)
    assert update.callback_query
    number = update.callback_query.id
    for url in ("https://example.com/pay", "https://t.me/OtherBot?start=a", "https://t.me/CollectBot"):
        await refused(api, bot.answer_callback_query(number, url=url), "URL_INVALID")
    await refused(api, bot.answer_callback_query(number, "a" * 201), "too long")
    await bot.answer_callback_query(number, url="https://t.me/CollectBot?start=pay_7")
    assert await pressing == Answer(url="https://t.me/CollectBot?start=pay_7")


# -- receiving --------------------------------------------------------------------------------------------------


async def test_updates_stay_until_they_are_confirmed(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    for text in ("/a", "/b", "/c"):
        await api.say(mei, group, text)
    first, *_ = updates = await bot.get_updates()
    assert [update.message.text for update in updates if update.message] == ["/a", "/b", "/c"]
    assert await bot.get_updates() == updates
    assert await bot.get_updates(offset=first.update_id + 1, limit=1) == updates[1:2]
    assert not api.world.updates.settled
    assert await bot.get_updates(offset=-1) == updates[2:]
    assert await bot.get_updates(offset=updates[-1].update_id + 1) == ()
    await api.settled()


async def test_a_confirmed_update_can_come_again(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    await api.say(mei, group, "/a")
    [update] = await bot.get_updates()
    assert await bot.get_updates(offset=update.update_id + 1) == ()
    assert update.update_id == api.last_update
    api.deliver_again(api.last_update)
    assert await bot.get_updates(offset=update.update_id + 1) == (update,)
    assert await bot.get_updates(offset=update.update_id + 1) == ()


async def test_a_long_poll_ends_when_something_happens(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=30))
    await api.until(lambda: "getUpdates" in dict(api.calls))
    await api.say(mei, group, "/a")
    assert len(await polling) == 1


async def test_two_pollers_are_one_too_many(api: BotApi, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=30))
    await api.until(lambda: "getUpdates" in dict(api.calls))
    assert await bot.get_updates() == ()
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await polling


async def test_only_what_was_asked_for_comes(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    await api.promote(group, api.bot, by=mei)
    await api.join(group, api.user("Bo"))
    assert [update.chat_member for update in await bot.get_updates(allowed_updates=EVERYTHING)] == [None, None]
    await api.join(group, api.user("Cy"))
    [update] = [update for update in await bot.get_updates() if update.chat_member]
    assert update.chat_member
    assert update.chat_member.new_chat_member.user.first_name == "Cy"
    await bot.get_updates(allowed_updates=["callback_query"])
    known = len(api.world.updates.log)
    await api.say(mei, group, "/a")
    assert len(api.world.updates.log) == known


async def test_privacy_mode_hides_what_is_not_meant_for_the_bot(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    message = await card(api, bot, group)
    for text in ("hello", "/pay@OtherBot", "@other_bot hello"):
        await api.say(mei, group, text)
    await api.say(mei, group, "/pay")
    await api.say(mei, group, "🍕 @collectbot hello")
    await api.say(mei, group, "Robot", entities=[mention("Robot", "Robot", api.bot)])
    await api.say(mei, group, "proof", reply_to=message, photo=png())
    heard = [update.message for update in await bot.get_updates() if update.message]
    assert [m.text or m.caption for m in heard] == ["/pay", "🍕 @collectbot hello", "Robot", "proof"]
    assert heard[3].photo
    assert heard[3].reply_to_message
    assert heard[3].reply_to_message.message_id == message.id


async def test_every_update_has_the_real_shape(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    await bot.get_updates(allowed_updates=EVERYTHING)
    await api.start(mei, "x")
    await api.promote(group, api.bot, by=mei)
    await api.promote(group, mei, by=mei)
    bo = api.user("Bo")
    await api.join(group, bo, by=mei)
    message = await api.say(mei, group, "/collect 20 🍕 Bo @mei_b", entities=[mention("/collect 20 🍕 Bo", "Bo", bo)])
    await api.edit(message, "/collect 30")
    await api.say(api.as_anonymous_admin(mei, group), group, "/collect 5", photo=png())
    pressing = asyncio.create_task(api.press(mei, await card(api, bot, group), "Pay"))
    await api.until(lambda: api.world.presses)
    await api.leave(group, bo)
    await api.migrate(group)
    await api.kick_bot(group, by=mei)
    for update in api.world.updates.log.values():
        assert value_errors(update, "Update", "update") == []
        assert within(update, json.loads(Update.de_json(update, bot).to_json()))
    updates = await bot.get_updates()
    assert {kind for update in api.world.updates.log.values() for kind in update} == {
        "update_id", "message", "edited_message", "callback_query", "my_chat_member", "chat_member",
    }  # fmt: skip
    [anonymous] = [update for update in updates if update.effective_user and update.effective_user.id == 1087968824]
    assert anonymous.effective_message
    assert anonymous.effective_message.sender_chat == anonymous.effective_chat
    pressing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await pressing


async def test_a_webhook_gets_each_update_until_it_takes_it(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    came: list[tuple[int, str | None]] = []
    statuses = [500, 302, 200, 200, 200]

    async def hook(request: Request) -> Response:
        update = await request.json()
        came.append((update["update_id"], request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        return Response(status_code=statuses[len(came) - 1])

    async with listening(Starlette(routes=[Route("/hook", hook, methods=["POST"])])) as url:
        await bot.set_webhook(f"{url}/hook", secret_token="s-3")
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await api.say(mei, group, "/a")
        await api.say(mei, group, "/b")
        await api.settled()
        first, second = api.world.updates.log
        assert came == [(first, "s-3")] * 3 + [(second, "s-3")]
        api.deliver_again(first)
        await api.settled()
        assert came[-1] == (first, "s-3")
        info = await bot.get_webhook_info()
        assert (info.url, info.pending_update_count) == (f"{url}/hook", 0)
        await bot.delete_webhook()
        await api.say(mei, group, "/c")
        assert [update.message.text for update in await bot.get_updates() if update.message] == ["/c"]
    assert len(came) == 5


def within(part: Any, whole: Any) -> bool:
    """Everything in ``part`` is in ``whole``, which may say more."""
    if isinstance(part, dict):
        return all(name in whole and within(value, whole[name]) for name, value in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(within, part, whole))
    return bool(part == whole)


@contextlib.asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        with contextlib.suppress(asyncio.CancelledError):
            serving = asyncio.create_task(server.serve(sockets=[sock]))
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
            server.should_exit = True
            await serving
