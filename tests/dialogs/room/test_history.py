"""The books in words: everybody may read them, and who has paid stays between payer and organiser."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "ask", "history", "lines"),
    [
        (
            "en",
            "/collect 60 each Bus",
            "/history",
            ("opened · ¥360.00 (by Lin)", "money arrived · ¥60.00", "asked no more Ben"),
        ),
        ("zh_CN", "收款 60 每人 包车", "/记录", ("发起收款 · ¥360.00 （Lin 操作）", "收到付款 · ¥60.00", "免收 Ben")),
    ],
)
async def test_what_was_booked_is_read_in_the_group(
    build: Build, locale: str, ask: str, history: str, lines: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", ask)
    await house.pay("anna")
    await house.say("lin", "/waive @Ben ill")
    await house.press("lin", "Yes, do it" if locale == "en" else "是，就这样")
    said = (await house.say("dora", history)).group
    for line in lines:
        assert line in said
    assert "Anna" not in said


async def test_the_organiser_sees_the_payers_in_private(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.pay("anna")
    assert "money arrived Anna · ¥60.00" in (await house.write("lin", "/history"))["lin"]
    assert "Anna · " not in (await house.write("xiaowang", "/history"))["xiaowang"]


async def test_the_seal_changes_with_every_booking_and_with_nothing_else(house: House) -> None:
    async def seal() -> str:
        return (await house.say("dora", "/history")).group.rpartition("sealed ")[2]

    await house.say("lin", "/collect 60 each Bus")
    first = await seal()
    await house.say("lin", "/status")
    await house.advance(hours=7)
    assert await seal() == first
    await house.pay("anna")
    assert await seal() != first
    assert len(first) == 12
