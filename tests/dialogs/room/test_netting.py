"""``/net``: what two owe each other in several rounds of one evening is set off when both agree."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "first", "second", "ask", "yes", "offer", "done"),
    [
        (
            "en",
            "/collect 60 each Dinner @Anna @Ben",
            "/collect 45 each Taxi @Lin @Ben",
            "/net",
            "Yes, do it",
            "setting off ¥45.00 between you (#1, #2)",
            "Left: Anna owes Lin ¥15.00.",
        ),
        (
            "zh_CN",
            "收款 60 每人 晚饭 @Anna @Ben",
            "收款 45 每人 打车 @Lin @Ben",
            "/轧账",
            "是，就这样",
            "互相抵掉 ¥45.00（#1、#2）",
            "还剩：Anna 欠 Lin ¥15.00。",
        ),
    ],
)
async def test_two_who_owe_each_other_send_only_the_difference(
    build: Build, locale: str, first: str, second: str, ask: str, yes: str, offer: str, done: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", first)
    await house.say("anna", second)
    heard = await house.say("anna", ask)
    assert offer in heard["lin"]
    assert "¥45.00" in heard["anna"]
    assert "¥45.00" not in heard.group
    heard = await house.press("lin", yes)
    assert done in heard["lin"]
    assert done in heard["anna"]
    assert "1/2" in house.card(2)
    assert "0/2" in house.card(1)
    assert "¥45.00" in house.card(1)
    assert house.verify() == ()


async def test_what_was_paid_meanwhile_is_not_set_off(house: House) -> None:
    await house.say("lin", "/collect 60 each Dinner @Anna @Ben")
    await house.say("anna", "/collect 45 each Taxi @Lin @Ben")
    await house.say("anna", "/net")
    await house.say("anna", "/confirm #2 @Lin")
    heard = await house.press("lin", "Yes, do it")
    assert "0/2" in house.card(1)
    assert "set off" not in heard["lin"]


async def test_a_no_changes_nothing(house: House) -> None:
    await house.say("lin", "/collect 60 each Dinner @Anna @Ben")
    await house.say("anna", "/collect 45 each Taxi @Lin @Ben")
    await house.say("anna", "/net")
    await house.press("lin", "No")
    assert "0/2 · ¥0.00" in house.card(1)


async def test_with_nothing_to_set_off_it_says_so(house: House) -> None:
    await house.say("lin", "/collect 60 each Dinner @Anna @Ben")
    assert "nothing to set off" in (await house.say("anna", "/net")).group
