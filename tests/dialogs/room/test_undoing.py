"""``/undo`` after a change: the same numbers as before, said to all; or why not."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "collect", "drop", "yes", "undo", "line", "to_ben", "history", "booked", "late"),
    [
        (
            "en",
            "/collect 200 equal not @dora",
            "/drop @anna",
            "Yes, do it",
            "Undo",
            "Lin took back the last change (taken off); 4 × ¥50.00 → ¥40.00, 1 × ¥0.00 → ¥40.00. ",
            "Lin took back the last change.\nYour share is ¥40.00 now",
            "/history",
            "took back (taken off)",
            "The last change of #1 (taken off) stays: more than 10 minutes have passed.",
        ),
        (
            "zh_CN",
            "收款 200 均摊 不含 @dora",
            "/移除 @anna",
            "是，就这样",
            "撤销",
            "Lin 撤回了上一个改动（移除）；4 人 ¥50.00 → ¥40.00，1 人 ¥0.00 → ¥40.00。",
            "Lin 撤回了上一个改动。\n你的份额现在是 ¥40.00",
            "/记录",
            "撤回（移除）",
            "#1 的上一个改动（移除）不能撤回：已过 10 分钟",
        ),
    ],
)
async def test_the_last_change_is_taken_back_with_its_button(
    build: Build,
    locale: str,
    collect: str,
    drop: str,
    yes: str,
    undo: str,
    line: str,
    to_ben: str,
    history: str,
    booked: str,
    late: str,
) -> None:
    house = await build(locale=locale)
    await house.say("lin", collect)
    before = house.card()
    await house.say("lin", drop)
    await house.press("lin", yes)
    heard = await house.press("lin", undo)
    assert line.strip() in heard.group
    assert to_ben in heard["xiaowang"]
    assert house.card() == before
    assert booked in (await house.say("ben", history)).group
    await house.say("lin", drop)
    await house.press("lin", yes)
    await house.advance(minutes=11)
    assert late in (await house.press("lin", undo)).answer


async def test_what_was_closed_by_mistake_goes_on(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.say("lin", "/close")
    assert "took back the last change (closed). It goes on." in (await house.say("lin", "/undo")).group
    assert "Next reminder" in house.card()
    assert "#1" in (await house.advance(hours=7)).group
    await chinese.say("lin", "收款 200 均摊")
    await chinese.say("lin", "/取消")
    await chinese.press("lin", "是，就这样")
    assert "撤回了上一个改动（取消）" in (await chinese.say("lin", "/撤销")).group
    assert "下次提醒" in chinese.card()


async def test_when_money_has_moved_since_it_says_so(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 50 each")
    await house.say("lin", "/adjust @anna 80")
    await house.press("lin", "Yes, do it")
    await house.pay("anna")
    assert "stays: money has moved since. /adjust, /add" in (await house.say("lin", "/undo")).group
    await chinese.say("lin", "收款 50 每人")
    await chinese.say("lin", "/调整 @anna 80")
    await chinese.press("lin", "是，就这样")
    await chinese.pay("anna")
    assert "不能撤回：之后有钱进出" in (await chinese.say("lin", "/撤销")).group
    assert "只有 Lin 或群管理员可以。" in (await chinese.say("ben", "/撤销")).group


async def test_what_was_called_off_by_mistake_goes_on_without_a_private_word_to_everybody(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.say("lin", "/cancel")
    await house.press("lin", "Yes, do it")
    assert "0/0" not in house.card()
    heard = await house.say("lin", "/undo")
    assert "It goes on." in heard.group
    assert heard.phones == {}


async def test_who_is_let_go_again_hears_that_and_no_sum(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await chinese.say("lin", "收款 200 均摊")
    for room, waive, adjust, yes, undo in (
        (house, "/waive @anna", "/adjust @anna 50", "Yes, do it", "/undo"),
        (chinese, "/免收 @anna", "/调整 @anna 50", "是，就这样", "/撤销"),
    ):
        await room.write("anna", "/start")
        for line in (waive, adjust):
            await room.say("lin", line)
            await room.press("lin", yes)
        said = (await room.say("lin", undo))["anna"]
        assert "asks you for nothing more" in said or "不再向你收款" in said
        assert "¥" not in said
