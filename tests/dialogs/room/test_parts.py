"""A due above what one payment may be: in parts, and the page leads on."""

from __future__ import annotations

import pytest

from bot.domain.money import Money
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "line", "three", "two"),
    [
        (
            "en",
            "/collect 12000.01 each Boat",
            "Payment 1 of 3: ¥4,000.01",
            "Payment 2 of 3: ¥4,000.00",
        ),
        ("zh_CN", "收款 12000.01 每人 包船", "分 3 笔付。这是第 1 笔：¥4,000.01", "分 3 笔付。这是第 2 笔：¥4,000.00"),
    ],
)
async def test_the_page_leads_from_part_to_part(build: Build, locale: str, line: str, three: str, two: str) -> None:
    house = await build(locale=locale, single_payment=(Money(500_000, "CNY"),))
    await house.say("lin", line)
    link = await house.link("anna")
    assert three in await house.page(link)
    await house.at_bank(await house.start(link), "success")
    assert two in await house.page(link)
    await house.at_bank(await house.start(link), "success")
    await house.at_bank(await house.start(link), "success")
    assert "¥12,000.01" in await house.page(link)
    assert "2/6" in house.card()
