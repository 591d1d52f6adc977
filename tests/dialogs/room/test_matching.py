"""Transfers that tell who they are from, and names that the group may read."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "ask", "arrived", "yes", "exact", "line"),
    [
        (
            "en",
            "/collect 60 each Bus @Anna @Ben unique-cents",
            "/arrived 60.01 60.07",
            "Yes, do it",
            "Please transfer exactly ¥60.01",
            "¥60.01: Anna",
        ),
        (
            "zh_CN",
            "收款 60 每人 包车 @Anna @Ben 尾数识别",
            "/到账 60.01 60.07",
            "是，就这样",
            "请准确转 ¥60.01",
            "¥60.01：Anna",
        ),
    ],
)
async def test_the_page_says_what_to_transfer_and_the_statement_says_who_did(
    build: Build, locale: str, ask: str, arrived: str, yes: str, exact: str, line: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", ask)
    link = await house.link("anna")
    assert exact in await house.page(link)
    said = (await house.say("lin", arrived)).group
    assert line in said
    assert ("¥60.07: fits nobody" if locale == "en" else "¥60.07：对不上任何人") in said
    heard = await house.press("lin", yes)
    assert "¥0.01" in heard["anna"]
    assert "¥0.01" not in heard.group
    assert "1/2" in house.card()


async def test_without_such_cents_the_answer_says_how_to_have_them(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus @Anna @Ben")
    assert "unique-cents" in (await house.say("lin", "/arrived 60.01")).group


@pytest.mark.parametrize(
    ("locale", "ask"),
    [("en", "/collect 60 each Bus @Anna @Ben show-names"), ("zh_CN", "收款 60 每人 包车 @Anna @Ben 公开名单")],
)
async def test_names_of_the_unpaid_are_on_the_card_where_the_chat_chose_so(build: Build, locale: str, ask: str) -> None:
    house = await build(locale=locale)
    await house.say("lin", ask)
    assert "Anna" in house.card()
    await house.pay("anna")
    assert "Anna" not in house.card()
    assert "Ben" in house.card()
    await house.say("lin", "/collect 60 each @Anna @Ben" if locale == "en" else "收款 60 每人 @Anna @Ben")
    assert "Ben" not in house.card(2)
