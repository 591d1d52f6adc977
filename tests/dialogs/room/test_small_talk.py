"""Ordinary talk: in the group it is nobody's business of ours; in private it is answered kindly, and not for ever."""

from __future__ import annotations

import pytest

from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "talk", "again", "hint"),
    [
        ("en", "hi there, how are you?", "are you a robot", ("I only understand a few words", "/pay")),
        ("zh_CN", "你好呀", "你是机器人吗", ("我只听得懂几句话", "怎么付")),
    ],
)
async def test_who_is_not_understood_in_private_is_told_what_can_be_typed_once_in_a_while(
    build: Build, locale: str, talk: str, again: str, hint: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    heard = await house.write("anna", talk)
    for words in hint:
        assert words in heard["anna"]
    assert (await house.write("anna", again)).nothing
    assert (await house.say("anna", talk)).nothing
    await house.advance(hours=13)
    assert hint[0] in (await house.write("anna", again))["anna"]


async def test_what_the_hint_names_is_understood(build: Build) -> None:
    house = await build()
    await house.say("lin", "/collect 60 each Bus")
    for command in ("/my", "/pay", "/status", "/promise fri 18:00", "/stop_reminders", "/help"):
        heard = await house.write("anna", command)
        assert heard["anna"]
        assert "I do not know that command" not in heard["anna"]
