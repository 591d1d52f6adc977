"""Six ways to split, side by side: what people read, tap and say."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


def compared(house: House, number: int = 1) -> str:
    """The card while plans are compared."""
    chat = [words for words in house.chat() if words.startswith(f"🧮 #{number}") and "A · " in words]
    assert len(chat) == 1
    return chat[0]


@pytest.mark.parametrize(
    ("locale", "ask", "lines"),
    [
        (
            "en",
            "/collect 900 plans Hotpot @Anna @Ben @me",
            (
                "¥900.00 for 3 people: 6 ways. Lin picks one; nobody owes anything yet.",
                "A · Equal",
                "The total by the number of people.",
                "¥300.00 each",
                "⚖️ 0% off equal",
                "Needs a collection that was settled here before.",
            ),
        ),
        (
            "zh_CN",
            "收款 900 方案 火锅 @Anna @Ben @我",
            (
                "3 人共 ¥900.00，6 种分法，由 Lin 选定；选定之前谁都不用付。",
                "A · 均摊",
                "每人 ¥300.00",
                "⚖️ 偏离均摊 0%",
                "要先在这里收齐过一次款。",
            ),
        ),
    ],
)
async def test_plans_stand_side_by_side_with_formula_result_and_fairness(
    build: Build, locale: str, ask: str, lines: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", ask)
    card = compared(house)
    for line in lines:
        assert line in card
    assert any(message.picture for message in house.room.board.group)


async def test_the_organiser_taps_and_the_card_becomes_the_collections(house: House) -> None:
    await house.say("lin", "/collect 100 plans @Anna @Ben @me")
    assert "who asked" not in (await house.press("anna", "F")).answer
    heard = await house.press("lin", "F")
    assert "3 people: ¥34.00 · 2 × ¥33.00 = ¥100.00" in heard.group
    assert "¥100.00 in set amounts" in house.card()
    assert "¥33.00" in (await house.press("anna", "My share")).answer


async def test_history_of_this_chat_becomes_weights_that_everybody_reads(house: House) -> None:
    await house.say("lin", "/collect fixed @Anna 30 @Ben 10")
    await house.pay("anna")
    await house.pay("ben")
    await house.say("lin", "/collect 80 plans @Anna @Ben")
    card = compared(house, 2)
    assert "Anna ¥60.00 (¥30.00) · Ben ¥20.00 (¥10.00)" in card
    assert "By how often people came" in card
    await house.say("lin", "/plan D")
    assert "split by what people paid before" in house.card(2)


@pytest.mark.parametrize(
    ("locale", "ask", "vote", "winner", "had", "line"),
    [
        ("en", "/collect 90 plans @Anna @Ben @me", "🗳 Vote", "🏆 Take the winner", "/had fish 30", "fish ¥30.00: Anna"),
        ("zh_CN", "收款 90 方案 @Anna @Ben @我", "🗳 投票", "🏆 按票数选", "/点了 鱼 30", "鱼 ¥30.00：Anna"),
    ],
)
async def test_items_and_an_anonymous_vote(
    build: Build, locale: str, ask: str, vote: str, winner: str, had: str, line: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", ask)
    await house.say("anna", had)
    assert line in compared(house)
    await house.press("lin", vote)
    assert "E" in (await house.press("anna", "E")).answer
    await house.press("ben", "E")
    card = compared(house)
    assert "🗳 2" in card
    await house.press("lin", winner)
    assert "¥50.00" in (await house.press("anna", "My share" if locale == "en" else "我的金额")).answer


async def test_a_tap_on_an_item_puts_one_in_and_out(house: House) -> None:
    await house.say("lin", "/collect 90 plans @Anna @Ben @me")
    await house.say("anna", "/had beer 20")
    assert "you are in" in (await house.press("ben", "beer")).answer
    assert "beer ¥20.00: Anna, Ben" in compared(house)
    assert "you are out" in (await house.press("ben", "beer")).answer


async def test_what_cannot_be_is_said_with_what_to_type(house: House) -> None:
    await house.say("lin", "/collect 90 plans @Anna @Ben @me")
    assert "/had soup 60" in (await house.say("anna", "/had soup")).group
    assert "at most ¥90.00" in (await house.say("anna", "/had soup 91")).group
    assert "Which plan? A to F." in (await house.say("lin", "/plan Z")).group
    assert "/had beer 60" in (await house.say("lin", "/plan E")).group
