"""A large round of reminders: spread under the platform's limits, shown on the card, behind answers and money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.ports import Person
from bot.service.pace import Pace
from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


def _many(house: House, heads: int) -> None:
    """So many more move in, and are in touch with the bot."""
    names = [f"extra{n}" for n in range(heads)]
    for name in names:
        house.moves_in(name, name.title())
    house.room._in_touch |= set(names)
    house.store.run(lambda work: [work.reached(work.member_of("room", Person(n, n)).id, can=True) for n in names])


@pytest.mark.parametrize(
    ("locale", "line", "going"),
    [("en", "/collect 5 each Bus", "Reminders are going out:"), ("zh_CN", "收款 5 每人 包车", "正在发提醒：")],
)
async def test_a_large_round_is_spread_and_the_card_shows_how_far_it_is(
    build: Build, locale: str, line: str, going: str
) -> None:
    house = await build(locale=locale)
    house.room.traits = replace(house.room.traits, per_second=10)
    house.app.deliver.pace("room", Pace(10, 0))
    _many(house, 194)
    await house.say("lin", line)
    await house.advance(hours=5, minutes=59, seconds=59)
    sent = []
    for _ in range(12):
        before = sum(len(messages) for messages in house.room.board.phones.values())
        await house.advance(seconds=1)
        sent.append(sum(len(messages) for messages in house.room.board.phones.values()) - before)
        if len(sent) == 10:
            assert going in house.card()
            assert "min" in house.card() or "分钟" in house.card()
            assert (await house.write("anna", "/my"))["anna"], "who asks is answered meanwhile"
    assert max(sent) <= 25
    await house.advance(seconds=30)
    assert going not in house.card()
    reminded = [p for p, messages in house.room.board.phones.items() if any("🔔" in m.html for m in messages)]
    assert len(reminded) == 196


async def test_a_small_round_shows_nothing_of_the_kind(house: House) -> None:
    await house.say("lin", "/collect 5 each Bus")
    await house.advance(hours=6)
    assert "going out" not in house.card()
