"""From the operator's file to channels that work."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.channels.telegram_invoice import TelegramPayments, TelegramStars
from bot.app.build import pages
from bot.app.channels import channels
from bot.config import Config, ConfigError
from bot.ports import FakeClock
from tests.botapi.payments import PROVIDER_TOKEN
from tests.botapi.server import BotApi
from tests.channels.telegram_invoice.conftest import NOW

BOTH: dict[str, Any] = {"telegram_payments": {"provider_token": PROVIDER_TOKEN}, "telegram_stars": {}}


async def test_both_speak_as_the_bot_that_is_in_the_chats(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    base = api.base_url.removesuffix("/bot")
    config = Config.model_validate({"telegram": {"token": api.token, "base_url": base}, "channels": BOTH})
    made = channels(config, FakeClock(NOW), "secret", pages().page)
    assert {name: type(channel) for name, channel in made.items()} == {
        "telegram_payments": TelegramPayments,
        "telegram_stars": TelegramStars,
    }
    for channel in made.values():
        assert await channel.check() == ""
        await channel.aclose()


@pytest.mark.parametrize("name", BOTH)
def test_without_a_bot_there_are_no_invoices(name: str) -> None:
    config = Config.model_validate({"room": {}, "channels": {name: BOTH[name]}})
    with pytest.raises(ConfigError) as error:
        channels(config, FakeClock(NOW), "secret", pages().page)
    assert error.value.key == f"channels.{name}"
    assert "[telegram]" in error.value.expected


def test_an_empty_provider_token_is_none() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Config.model_validate({"room": {}, "channels": {"telegram_payments": {"provider_token": ""}}})
