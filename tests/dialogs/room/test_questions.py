"""A question that was answered keeps its words, says what became of it, and has no buttons any more."""

from __future__ import annotations

import pytest

from bot.domain.money import Money
from tests.dialogs.house import House, seen
from tests.dialogs.room.conftest import Build

WORDS = {
    "en": ("/collect 60 each Bus", "/adjust @Anna 80", "Yes, do it", "No", "✅ Lin: yes", "✖️ Lin: no"),
    "zh_CN": ("收款 60 每人 车费", "/调整 @Anna 80", "是，就这样", "不", "✅ Lin：同意", "✖️ Lin：不要"),
}


def _asked(house: House, part: str = "¥80.00") -> str:
    """The newest message on Lin's phone, or else in the group, that has a part; with its buttons."""
    everything = [*house.room.board.phones.get("lin", ()), *house.room.board.group]
    message = max((m for m in everything if part in seen(m.html) and m.author == "bot"), key=lambda m: int(m.id))
    labels = [seen(each["label"]) for row in message.buttons for each in row]
    return f"{seen(message.html)}{labels or ''}"


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
async def test_after_a_yes_or_a_no_the_buttons_are_gone_and_the_words_stay(build: Build, locale: str) -> None:
    house = await build(locale=locale)
    collect, adjust, yes, no, done, kept = WORDS[locale]
    await house.say("lin", collect)
    for answer, outcome in ((no, kept), (yes, done)):
        await house.say("lin", adjust)
        before = _asked(house, "¥60.00")
        await house.press("lin", answer)
        assert _asked(house, outcome) == f"{before.partition('[')[0]}\n\n{outcome}"


async def test_where_the_numbers_have_moved_it_goes_on_below(house: House) -> None:
    await house.say("lin", "/collect 200 equal Hotpot")
    await house.say("lin", "/drop @Ben")
    await house.pay("anna")
    await house.press("lin", "Yes, do it")
    assert "↪️ Lin: yes; it goes on below" in _asked(house, "it goes on below")
    assert "Yes, do it" in _asked(house, "The numbers have changed")


async def test_what_is_not_possible_any_more_says_so(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.say("lin", "/adjust @Anna 80")
    yes = house.data("lin", "Yes, do it")
    await house.say("lin", "/close")
    await house.forge("lin", yes)
    assert _asked(house).endswith("⚠️ Lin: yes, but it is not possible any more")


async def test_an_answer_that_comes_too_late_takes_the_buttons_away(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.say("lin", "/adjust @Anna 80")
    await house.advance(minutes=11)
    await house.press("lin", "Yes, do it")
    assert _asked(house).endswith("⌛ The time to answer is over")


async def test_who_may_not_answer_changes_nothing_about_the_question(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.say("lin", "/adjust @Anna 80")
    await house.forge("ben", house.data("lin", "Yes, do it"))
    assert "Yes, do it" in _asked(house)


async def test_a_question_to_anybody_in_charge_is_closed_by_who_answers(build: Build) -> None:
    house = await build(second_person=(Money(2_000, "CNY"),))
    await house.say("anna", "/collect 50 each Bus")
    await house.pay("ben")
    await house.say("anna", "/close")
    asked = next(m for m in house.room.board.group if "I agree" in str(m.buttons))
    await house.press("lin", "I agree")
    assert not asked.buttons
    assert seen(asked.html).endswith("✅ Lin: yes")


async def test_which_of_two_was_meant_is_asked_once(house: House) -> None:
    house.moves_in("anna2", "Anna")
    await house.say("lin", "/collect 60 each Bus")
    await house.say("lin", "/waive @Anna")
    label = next(label for label in house.buttons() if "Anna" in label)
    asked = house.room.board.group[-1]
    await house.press("lin", label)
    assert not asked.buttons
    assert house.buttons()


async def test_a_question_in_private_is_closed_there(house: House) -> None:
    await house.write("anna", "/forget")
    asked = next(m for m in reversed(house.room.board.phones["anna"]) if m.buttons)
    await house.press("anna", "No")
    assert not asked.buttons
    assert seen(asked.html).endswith("✖️ Anna: no")
