"""The Bot API server of the tests is as strict as the real one, seen through python-telegram-bot over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    LinkPreviewOptions,
    ReplyParameters,
    WebAppInfo,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter

from bot.ports import FakeClock
from tests.botapi.check import value_errors
from tests.botapi.samples import client, data_button, keyboard, png, refused
from tests.botapi.server import EPOCH, BotApi
from tests.botapi.world import Chat, Status, User

# -- what a bot may not send ----------------------------------------------------------------------------------


async def test_too_long_and_empty_texts_are_refused(api: BotApi, bot: Bot, group: Chat) -> None:
    await bot.send_message(group.id, "🍕" * 2048)
    await refused(api, bot.send_message(group.id, "🍕" * 2048 + "a"), "message is too long")
    await refused(api, bot.send_message(group.id, " \n "), "message text is empty")
    await refused(api, bot.send_message(group.id, "<b> </b>", parse_mode="HTML"), "message text is empty")
    await refused(api, bot.send_photo(group.id, png(), caption="a" * 1025), "message caption is too long")
    assert len(api.messages(group)) == 1


async def test_broken_html_is_refused(api: BotApi, bot: Bot, group: Chat) -> None:
    await refused(api, bot.send_message(group.id, "<b>a", parse_mode="HTML"), "can't parse entities")
    await bot.send_message(group.id, "<b>a")
    assert api.messages(group)[0].text == "<b>a"


async def test_keyboards_have_limits(api: BotApi, bot: Bot, group: Chat) -> None:
    def send(*buttons: InlineKeyboardButton, per_row: int = 8) -> Awaitable[Any]:
        return bot.send_message(group.id, "a", reply_markup=keyboard(*buttons, per_row=per_row))

    await send(*[data_button("a" * 64)] * 100)
    await refused(api, send(*[data_button()] * 101), "more than 100 buttons")
    await refused(api, send(*[data_button()] * 9, per_row=9), "more than 8 buttons in a row")
    await refused(api, send(data_button("收" * 22)), "BUTTON_DATA_INVALID")
    await refused(api, send(InlineKeyboardButton("a")), "exactly one action")
    await refused(api, send(InlineKeyboardButton("a", url="https://a.org", callback_data="a")), "exactly one action")
    await refused(api, send(InlineKeyboardButton("a", url="http://localhost:8000/pay")), "URL")
    await refused(api, send(data_button(label=" ")), "BUTTON_TEXT_INVALID")
    await refused(api, send(InlineKeyboardButton("a", web_app=WebAppInfo("https://a.org"))), "BUTTON_TYPE_INVALID")
    assert len(api.messages(group)) == 1


async def test_parameters_that_no_client_knows_are_refused(api: BotApi, bot: Bot, group: Chat) -> None:
    await refused(api, bot.send_message(group.id, "a", api_kwargs={"colour": 1}), "unknown parameter colour")
    await refused(api, bot.send_dice(group.id), "not played by this server")
    await refused(api, bot.send_message(group.id, "a", message_thread_id=7), "not played by this server")


async def test_a_wrong_token_is_refused(api: BotApi) -> None:
    with pytest.raises(InvalidToken):
        async with client(api, "2:other"):
            pass


# -- writing --------------------------------------------------------------------------------------------------


async def test_a_message_comes_back_as_telegram_reads_it(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    html = f'<b>Pizza</b> for <a href="tg://user?id={mei.id}">Mei</a> or <a href="tg://user?id=404">Bo</a>: /pay'
    sent = await bot.send_message(
        group.id, html, parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)
    )
    assert sent.text == "Pizza for Mei or Bo: /pay"
    assert [entity.type for entity in sent.entities] == ["bold", "text_mention", "bot_command"]
    assert sent.entities[1].user
    assert sent.entities[1].user.id == mei.id
    assert sent.chat.title == "Trip"
    assert sent.date == EPOCH
    assert [message.text for message in api.messages(group)] == [sent.text]
    assert api.violations == []


async def test_replies_need_the_original(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    said = await api.say(mei, group, "/collect 20")
    sent = await bot.send_message(group.id, "a", reply_parameters=ReplyParameters(said.id))
    assert sent.reply_to_message
    assert sent.reply_to_message.text == "/collect 20"
    with pytest.raises(BadRequest, match="to be replied not found"):
        await bot.send_message(group.id, "a", reply_parameters=ReplyParameters(404))
    await bot.send_message(group.id, "a", reply_parameters=ReplyParameters(404, allow_sending_without_reply=True))
    assert api.violations == []


async def test_pictures_are_real_pictures(api: BotApi, bot: Bot, group: Chat) -> None:
    sent = await bot.send_photo(group.id, png(30, 20), caption="<i>scan</i>", parse_mode="HTML")
    assert (sent.photo[0].width, sent.photo[0].height, sent.caption) == (30, 20, "scan")
    again = await bot.send_photo(group.id, sent.photo[0].file_id)
    assert again.photo == sent.photo
    file = await bot.get_file(sent.photo[0].file_id)
    assert file.file_path
    async with httpx.AsyncClient(trust_env=False) as web:
        assert (await web.get(file.file_path)).content == png(30, 20)
    assert api.violations == []
    await refused(api, bot.send_photo(group.id, b"no picture"), "IMAGE_PROCESS_FAILED")
    await refused(api, bot.send_photo(group.id, png(210, 10)), "PHOTO_INVALID_DIMENSIONS")
    await refused(api, bot.send_photo(group.id, "https://example.com/a.png"), "wrong file identifier")


async def test_an_edit_must_change_something(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    pay = keyboard(data_button())
    sent = await bot.send_message(group.id, "a", reply_markup=pay)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("a", group.id, sent.message_id, reply_markup=pay)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(group.id, sent.message_id, reply_markup=pay)
    await bot.edit_message_text("b", group.id, sent.message_id)
    [message] = api.messages(group)
    assert (message.text, message.buttons) == ("b", [])
    await bot.edit_message_reply_markup(group.id, sent.message_id, reply_markup=pay)
    assert (message.text, message.labels) == ("b", ["Pay"])
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("a", group.id, 404)
    said = await api.say(mei, group, "mine")
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("yours", group.id, said.id)
    assert api.violations == []


async def test_the_caption_of_a_picture_is_edited_as_a_caption(api: BotApi, bot: Bot, group: Chat) -> None:
    sent = await bot.send_photo(group.id, png(), caption="a")
    with pytest.raises(BadRequest, match="no text in the message"):
        await bot.edit_message_text("b", group.id, sent.message_id)
    await bot.edit_message_caption(group.id, sent.message_id, caption="b")
    assert api.messages(group)[0].text == "b"


async def test_messages_are_deleted_once_and_while_young(
    api: BotApi, bot: Bot, group: Chat, mei: User, clock: FakeClock
) -> None:
    first = await bot.send_message(group.id, "a")
    assert await bot.delete_message(group.id, first.message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(group.id, first.message_id)
    said = await api.say(mei, group, "mine")
    old = await bot.send_message(group.id, "b")
    clock.at += timedelta(hours=49)
    for message_id in (said.id, old.message_id):
        with pytest.raises(BadRequest, match="can't be deleted"):
            await bot.delete_message(group.id, message_id)
    assert [message.text for message in api.messages(group)] == ["b"]


# -- where a bot may not write ----------------------------------------------------------------------------------


async def test_the_bot_never_writes_first_in_private(api: BotApi, bot: Bot, mei: User) -> None:
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(mei.id, "a")
    await api.start(mei, "pay_7")
    await bot.send_message(mei.id, "b")
    await api.block(mei)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(mei.id, "c")
    await api.start(mei)
    await bot.send_message(mei.id, "d")
    assert [message.text for message in api.private(mei)] == ["b", "d"]
    updates = await bot.get_updates()
    assert [update.message.text for update in updates if update.message] == ["/start pay_7", "/start"]
    assert [update.my_chat_member.new_chat_member.status for update in updates if update.my_chat_member] == [
        "kicked",
        "member",
    ]


async def test_unknown_and_closed_chats_are_refused(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(-404, "a")
    await api.kick_bot(group, by=mei)
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await bot.send_message(group.id, "a")
    await api.join(group, api.bot, by=mei)
    await bot.send_message(group.id, "a")
    await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match="bot is not a member of the group chat"):
        await bot.send_message(group.id, "a")


async def test_a_group_that_became_a_supergroup_says_where_it_went(
    api: BotApi, bot: Bot, group: Chat, mei: User
) -> None:
    new = await api.migrate(group)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "a")
    assert moved.value.new_chat_id == new.id
    await bot.send_message(new.id, "a")
    told = [update.message for update in await bot.get_updates() if update.message]
    assert [(m.chat.id, m.migrate_to_chat_id, m.migrate_from_chat_id) for m in told] == [
        (group.id, new.id, None),
        (new.id, None, group.id),
    ]
    assert (await bot.get_chat_member(new.id, mei.id)).status == "member"


async def test_a_flooded_chat_says_how_long_to_wait(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    await api.start(mei)
    api.flood(group, 7)
    with pytest.raises(RetryAfter) as flooded:
        await bot.send_message(group.id, "a")
    assert flooded.value.retry_after == timedelta(seconds=7)
    await bot.send_message(mei.id, "elsewhere")
    await bot.send_message(group.id, "later")


async def test_a_rate_limit_counts_messages_and_edits_of_a_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with BotApi(rate=(2, 60)) as api, client(api) as bot:
        group, other = api.group("Trip"), api.group("Other")
        sent = await bot.send_message(group.id, "a")
        await bot.edit_message_text("b", group.id, sent.message_id)
        with pytest.raises(RetryAfter) as flooded:
            await bot.send_message(group.id, "c")
        assert flooded.value.retry_after in [timedelta(seconds=59), timedelta(seconds=60)]
        await bot.send_message(other.id, "a")


async def test_an_answer_can_be_lost_after_the_message_was_sent(api: BotApi, bot: Bot, group: Chat) -> None:
    api.lose_answer("sendMessage")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(group.id, "a")
    assert [message.text for message in api.messages(group)] == ["a"]


# -- asking -----------------------------------------------------------------------------------------------------


async def test_the_bot_can_ask_who_is_where(api: BotApi, bot: Bot, mei: User) -> None:
    bo, cy = api.user("Bo"), api.user("Cy")
    group = api.group("Trip", mei, cy, admins=[bo])
    assert bot.username == "CollectBot"
    assert (await bot.get_chat(group.id)).title == "Trip"
    assert await bot.get_chat_member_count(group.id) == 4
    await api.leave(group, cy)
    assert await bot.get_chat_member_count(group.id) == 3
    statuses = [(await bot.get_chat_member(group.id, user.id)).status for user in (mei, bo, cy)]
    assert statuses == ["member", "administrator", "left"]
    assert [admin.user.id for admin in await bot.get_chat_administrators(group.id)] == [bo.id]
    with pytest.raises(BadRequest, match=r"(?i)user not found"):
        await bot.get_chat_member(group.id, 404)
    assert api.violations == []


async def test_every_result_has_the_real_shape(api: BotApi, bot: Bot, group: Chat, mei: User) -> None:
    sent = await bot.send_photo(
        group.id, png(), caption="<b>a</b>", parse_mode="HTML", reply_markup=keyboard(data_button())
    )
    results = [
        ("getMe", {}, "User"),
        ("getChat", {"chat_id": group.id}, "ChatFullInfo"),
        ("getFile", {"file_id": sent.photo[0].file_id}, "File"),
        ("getWebhookInfo", {}, "WebhookInfo"),
        ("sendMessage", {"chat_id": group.id, "text": "a"}, "Message"),
        ("editMessageCaption", {"chat_id": group.id, "message_id": sent.message_id}, "Message"),
    ]
    statuses: list[Status] = ["creator", "administrator", "member", "left", "kicked"]
    for status in statuses:
        member = api.user(status)
        group.members[member.id] = status
        results.append(("getChatMember", {"chat_id": group.id, "user_id": member.id}, "ChatMember"))
    async with httpx.AsyncClient(trust_env=False, base_url=f"{api.base_url}1:test/") as web:
        for method, params, kind in results:
            answer = (await web.post(method, json=params)).json()
            assert value_errors(answer["result"], kind, method) == []


async def test_commands_are_kept_by_scope_and_language(api: BotApi, bot: Bot) -> None:
    scope = BotCommandScopeAllGroupChats()
    await bot.set_my_commands([BotCommand("collect", "收款")], scope=scope, language_code="zh")
    assert await bot.get_my_commands(scope=scope, language_code="zh") == (BotCommand("collect", "收款"),)
    assert await bot.get_my_commands() == ()
    assert api.violations == []


async def test_requests_may_come_as_json_or_as_a_query(api: BotApi, group: Chat) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=f"{api.base_url}1:test/") as web:
        await web.post("sendMessage", json={"chat_id": group.id, "text": "a", "disable_notification": True})
        await web.get("sendMessage", params={"chat_id": group.id, "text": "b"})
        assert [message.text for message in api.messages(group)] == ["a", "b"]
        assert api.violations == []
        wrong = await web.post("sendMessage", content="[", headers={"content-type": "application/json"})
        assert (wrong.status_code, len(api.violations)) == (400, 1)
        assert (await web.post("getme")).status_code == 404
    assert [method for method, _ in api.calls] == ["sendMessage", "sendMessage"]
    assert api.violations[1:] == ["getme: getme: unknown method"]
