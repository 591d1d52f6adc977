"""Asking for money: the four modes, what is read back, taking it back, and what is not understood."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

# -- the four modes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "read_back", "card"),
    [
        (
            "en",
            "/collect 200 equal Hotpot",
            ("6 people: 2 × ¥33.34 · 4 × ¥33.33 = ¥200.00", "At most 12 reminders each, until Fri 10:00"),
            ("#1 Hotpot", "¥200.00 split equally, collected by Lin", "1/6 · ¥33.33 of ¥200.00"),
        ),
        (
            "zh_CN",
            "收款 200 均摊 火锅",
            ("6 人：2 × ¥33.34 · 4 × ¥33.33 = ¥200.00", "每人最多提醒 12 次，到 周五 10:00 为止"),
            ("#1 火锅", "共 ¥200.00，均摊，Lin 收款", "1/6 · 已收 ¥33.33，共 ¥200.00"),
        ),
        (
            "en",
            "/collect 50 each Bus",
            ("6 people: 6 × ¥50.00 = ¥300.00",),
            ("¥50.00 each, collected by Lin", "1/6 · ¥50.00 of ¥300.00"),
        ),
        ("zh_CN", "/收款 50 每人 包车", ("6 人：6 × ¥50.00 = ¥300.00",), ("每人 ¥50.00，Lin 收款",)),
        (
            "en",
            "/collect fixed @anna 30 @ben 50 Tickets",
            ("2 people: ¥50.00 · ¥30.00 = ¥80.00",),
            ("¥80.00 in set amounts, collected by Lin", "0/2 · ¥0.00 of ¥80.00"),
        ),
        (
            "zh_CN",
            "收款 定额 @Anna 30 @小王 50",
            ("2 人：¥50.00 · ¥30.00 = ¥80.00",),
            ("共 ¥80.00，各人定额，Lin 收款",),
        ),
        (
            "en",
            "/collect self min 10 max 500 goal 2000 Gift",
            ("6 people, each with an amount of their own choice",),
            ("Everybody chooses their own amount, from ¥10.00 up to ¥500.00", "of ¥2,000.00 hoped for"),
        ),
        (
            "zh_CN",
            "收款 自愿 最少 10 目标 2000 礼物",
            ("6 人，金额各自决定",),
            ("金额自愿，最少 ¥10.00，Lin 收款", "目标 ¥2,000.00"),
        ),
    ],
)
async def test_what_was_understood_is_read_back_under_the_card(
    build: Build, locale: str, line: str, read_back: tuple[str, ...], card: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    heard = await house.say("lin", line)
    for words in read_back:
        assert words in heard.group
    for words in card:
        assert words in house.card()


async def test_options_say_who_until_when_and_in_which_currency(house: House) -> None:
    heard = await house.say("anna", '/collect 90 equal not @ben no-me EUR by "tomorrow 18:00" Museum')
    assert "4 people: 4 × €22.50 = €90.00" in heard.group
    assert "Deadline Wed 18:00" in heard.group
    assert "⏳ By Wed 18:00" in house.card()
    heard = await house.say("anna", "/collect 60 equal @ben @dora")
    assert "2 people: 2 × ¥30.00 = ¥60.00" in heard.group


async def test_each_collection_has_its_own_number_and_card(house: House) -> None:
    await house.say("lin", "/collect 200 equal Hotpot")
    await house.say("anna", "/collect 50 each Bus")
    assert "collected by Lin" in house.card(1)
    assert "collected by Anna" in house.card(2)


# -- undo ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "button", "said", "card"),
    [
        ("en", "/collect 200 equal", "Undo", "#1 is taken back. Nothing was collected.", "Called off"),
        ("zh_CN", "收款 200 均摊", "撤销", "#1 已撤销，没有收任何钱。", "已取消"),
    ],
)
async def test_a_minute_long_it_can_be_undone(
    build: Build, locale: str, line: str, button: str, said: str, card: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert said in (await house.press("lin", button)).answer
    assert card in house.card()
    assert (await house.advance(hours=80)).nothing


async def test_undo_can_be_typed_as_well(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    assert "#1 is taken back" in (await house.say("lin", "/undo")).group


@pytest.mark.parametrize(
    ("locale", "line", "undo", "said"),
    [
        ("en", "/collect 200 equal", "/undo", "It is too late to undo #1"),
        ("zh_CN", "收款 200 均摊", "/撤销", "#1 不能撤销了"),
    ],
)
async def test_after_a_minute_it_is_too_late_to_undo(
    build: Build, locale: str, line: str, undo: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.advance(seconds=61)
    assert said in (await house.say("lin", undo)).group
    assert "1/6" in house.card()


async def test_money_makes_undo_too_late(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.pay("anna")
    assert "It is too late to undo #1" in (await house.press("lin", "Undo")).answer


async def test_only_who_asked_can_undo(house: House) -> None:
    await house.say("anna", "/collect 200 equal")
    heard = await house.press("ben", "Undo")
    assert heard.answer == "Only Anna or an admin of this chat can do that."
    assert heard.alert
    assert not heard.group


# -- what is not understood -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "words"),
    [
        ("en", "/collect 12,34 equal", ("Is that a thousands comma or a decimal one?", "12,34")),
        ("en", "/collect 1e5 equal", ("write the amount in full, without e",)),
        ("en", "/collect -5 each", ("no plus or minus sign",)),
        ("en", "/collect 0 each", ("more than zero",)),
        ("en", "/collect 200", ("How shall it be split", "/collect 200 equal Hotpot")),
        ("en", "/collect 1.234 each", ("more decimals than the currency knows",)),
        ("en", "/colect 200 equal", ("I do not know that command", "/collect 200 equal Hotpot")),
        ("en", '/collect 200 equal by "2020-01-01"', ("That time is over already",)),
        ("zh_CN", "收款 12,34 均摊", ("这个逗号是千位还是小数点", "12,34")),
        ("zh_CN", "收款 两百 均摊", ("金额请用阿拉伯数字写",)),
        ("zh_CN", "/收款 2万 均摊", ("请把金额写全",)),
        ("zh_CN", "/收款 200", ("怎么分", "收款 200 均摊 火锅")),
    ],
)
async def test_what_is_unclear_is_asked_about_and_never_guessed(
    build: Build, locale: str, line: str, words: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    before = len(house.chat())
    heard = await house.say("lin", line)
    assert len(house.chat()) == before + 1
    for word in words:
        assert word in heard.group


async def test_ordinary_talk_is_left_alone(house: House, chinese: House) -> None:
    for line in ("who is coming on Friday?", "I paid 20 for parking", "/roll 2d6"):
        assert (await house.say("ben", line)).nothing
    for line in ("我付了好多次了，别再催", "状态不太好", "收款码在哪里"):
        assert (await chinese.say("ben", line)).nothing


async def test_nobody_of_that_name_is_said_so(house: House, chinese: House) -> None:
    assert "I know nobody called “zoe” here" in (await house.say("lin", "/collect fixed @zoe 30")).group
    assert "这里没有我认识的“小李”" in (await chinese.say("lin", "收款 定额 @小李 30")).group


async def test_collecting_needs_a_group(house: House, chinese: House) -> None:
    assert "That works in a group" in (await house.write("lin", "/collect 200 equal"))["lin"]
    assert "请在群里用" in (await chinese.write("lin", "收款 200 均摊"))["lin"]


# -- two of the same name -------------------------------------------------------------------------------------


async def test_of_two_with_the_same_name_a_button_chooses_one_who_then_is_asked(house: House) -> None:
    house.moves_in("other", "Anna")
    heard = await house.say("lin", "/collect fixed @anna 30 Ticket")
    assert "Several people are called “anna”. Whom do you mean?" in heard.group
    [second] = [label for label in house.buttons() if label != "Anna #2"]
    heard = await house.press("lin", second)
    assert "1 person: ¥30.00" in heard.group
    assert "#1 Ticket" in house.card()


async def test_nobody_else_can_choose_among_the_same_names(house: House) -> None:
    house.moves_in("other", "Anna")
    await house.say("lin", "/collect fixed @anna 30")
    heard = await house.press("ben", house.buttons()[0])
    assert heard.answer == "This one is for Lin only."
    assert not heard.group


async def test_names_that_look_alike_are_told_apart_in_chinese_too(chinese: House) -> None:
    chinese.moves_in("other", "小王")
    await chinese.say("lin", "收款 100 每人")
    heard = await chinese.say("lin", "/免收 @小王 生日")
    assert "有几位都叫“小王”，你指的是哪一位？" in heard.group
    assert "不再向 小王" in (await chinese.press("lin", chinese.buttons()[1])).group
