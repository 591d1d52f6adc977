"""The names of a large group: page by page, to those in charge alone."""

from __future__ import annotations

import pytest

from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "line", "ask", "first", "middle", "last"),
    [
        ("en", "/collect 5 each Bus", "/status", "1–60 of 150", "61–120 of 150", "121–150 of 150"),
        (
            "zh_CN",
            "收款 5 每人 包车",
            "状态",
            "第 1–60 人，共 150 人",
            "第 61–120 人，共 150 人",
            "第 121–150 人，共 150 人",
        ),
    ],
)
async def test_the_organiser_turns_the_pages_of_the_names(
    build: Build, locale: str, line: str, ask: str, first: str, middle: str, last: str
) -> None:
    house = await build(locale=locale)
    for n in range(144):
        house.moves_in(f"extra{n}", f"Extra{n}")
    await house.say("lin", line)
    heard = await house.say("lin", ask)
    assert first in heard["lin"]
    assert "Extra" not in heard.group
    assert house.buttons("lin") == ["▶ 2/3"]
    heard = await house.press("lin", "2/3")
    assert middle in heard["lin"]
    assert house.buttons("lin") == ["◀ 1/3", "▶ 3/3"]
    heard = await house.press("lin", "3/3")
    assert last in heard["lin"]
    assert "Extra143" in heard["lin"]
    assert house.buttons("lin") == ["◀ 2/3"]


async def test_a_page_is_shown_to_nobody_else(build: Build) -> None:
    house = await build()
    for n in range(144):
        house.moves_in(f"extra{n}", f"Extra{n}")
    await house.say("lin", "/collect 5 each Bus")
    await house.say("lin", "/status")
    heard = await house.forge("anna", house.data("lin", "2/3"), private=True)
    assert "Extra" not in heard["anna"] + heard.group + heard.answer
