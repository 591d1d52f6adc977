"""The client of the tests of the Bot API server, and what it sends."""

from __future__ import annotations

import io
from collections.abc import Awaitable
from typing import Any

import pytest
from PIL import Image
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest
from telegram.request import HTTPXRequest

from tests.botapi.server import BotApi
from tests.botapi.world import Chat, Message


def client(api: BotApi, token: str = "1:test") -> Bot:
    def transport() -> HTTPXRequest:
        return HTTPXRequest(httpx_kwargs={"trust_env": False, "verify": False})

    return Bot(
        token,
        base_url=api.base_url,
        base_file_url=api.base_file_url,
        request=transport(),
        get_updates_request=transport(),
    )


def keyboard(*buttons: InlineKeyboardButton, per_row: int = 8) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([buttons[at : at + per_row] for at in range(0, len(buttons), per_row)])


def data_button(data: str = "pay:1", label: str = "Pay") -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=data)


def png(width: int = 8, height: int = 8) -> bytes:
    with io.BytesIO() as out:
        Image.new("RGB", (width, height)).save(out, "PNG")
        return out.getvalue()


async def refused(api: BotApi, call: Awaitable[Any], words: str) -> None:
    """The call is refused with ``words``, and noted as a violation."""
    with pytest.raises(BadRequest) as caught:
        await call
    assert words.lower() in caught.value.message.lower()
    assert any(words.lower() in violation.lower() for violation in api.violations)


async def card(api: BotApi, bot: Bot, group: Chat, data: str = "pay:1") -> Message:
    await bot.send_message(group.id, "Pizza", reply_markup=keyboard(data_button(data)))
    return api.messages(group)[-1]
