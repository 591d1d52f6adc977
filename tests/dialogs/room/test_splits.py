"""Every way to say who pays what: sums, weights, lists and files; what is read back, and what is asked about."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

# -- sums -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "words"),
    [
        ("en", "/collect (200+40)/3 each Bus", "(200+40)/3 = ¥80.00"),
        ("zh_CN", "收款 （200＋40）÷3 每人 包车", "(200+40)/3 = ¥80.00"),
        ("zh_CN", "收款 3×66 均摊 火锅", "3×66 = ¥198.00"),
    ],
)
async def test_a_sum_is_read_back(build: Build, locale: str, line: str, words: str) -> None:
    house = await build(locale=locale)
    assert words in (await house.say("lin", line)).group


async def test_what_does_not_come_out_is_asked_about(house: House, chinese: House) -> None:
    heard = await house.say("lin", "/collect 200/3 each Bus")
    assert "does not come out even" in heard.group
    assert "Try: /collect 66.67 each Bus" in heard.group
    heard = await chinese.say("lin", "收款 200/3 每人 包车")
    assert "除不尽" in heard.group
    assert "收款 66.67 每人 包车" in heard.group
