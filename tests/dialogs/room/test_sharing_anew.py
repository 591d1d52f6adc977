"""Adding, dropping, splitting anew: the whole of it is read before the yes, and whom it touches hears it in private."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "collect", "add", "preview", "yes", "line", "to_anna", "credit"),
    [
        (
            "en",
            "/collect 200 equal not @dora",
            "/add @dora came after all",
            "Add Dora to #1, asking for ¥33.33 (came after all)? Everybody will see it.\n"
            "· 3 people: ¥40.00 → ¥33.33\n· 2 people: ¥40.00 → ¥33.34\n"
            "💚 ¥6.66 of what they paid would be credit: it counts for a higher amount, or is given back.\n"
            "🔔 Reminders would begin for 1 person.",
            "Yes, do it",
            "Lin added Dora, ¥33.33: came after all; 3 × ¥40.00 → ¥33.33, 2 × ¥40.00 → ¥33.34.",
            "Lin changed your share: came after all.\nYour share is ¥33.34 now (it was ¥40.00).",
            "¥6.66 that you paid is your credit",
        ),
        (
            "zh_CN",
            "收款 200 均摊 不含 @dora",
            "/加人 @dora 也来了",
            "把 Dora 加进 #1，应付 ¥33.33（也来了）？群里会看到。\n· 3 人：¥40.00 → ¥33.33\n· 2 人：¥40.00 → ¥33.34\n"
            "💚 已付的 ¥6.66 会成为余额：以后可抵，或退回。\n🔔 会开始提醒 1 人。",
            "是，就这样",
            "Lin 加入了 Dora，应付 ¥33.33：也来了；3 人 ¥40.00 → ¥33.33，2 人 ¥40.00 → ¥33.34。",
            "Lin 改了你的份额：也来了。\n你的份额现在是 ¥33.34（之前是 ¥40.00）。",
            "你付的 ¥6.66 成为你的余额",
        ),
    ],
)
async def test_somebody_is_added_with_all_that_follows(
    build: Build, locale: str, collect: str, add: str, preview: str, yes: str, line: str, to_anna: str, credit: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", collect)
    await house.pay("anna")
    assert preview in (await house.say("lin", add)).group
    assert "2/5" in house.card()
    heard = await house.press("lin", yes)
    assert line in heard.group
    assert to_anna in heard["anna"]
    assert credit in heard["anna"]
    assert "¥33.33" in heard["xiaowang"]
    assert not heard["lin"], "she did it herself"
    assert "2/6 · " in house.card()


@pytest.mark.parametrize(
    ("locale", "collect", "drop", "preview", "yes", "line", "to_anna", "to_wang"),
    [
        (
            "en",
            "/collect 200 equal not @dora",
            "/drop @anna ill",
            "Take Anna off #1 (ill)? Everybody will see it.\n· 4 people: ¥40.00 → ¥50.00\n"
            "⬆️ 1 who had paid would be asked for ¥10.00 more.\n💚 ¥40.00 of what they paid would be credit",
            "Yes, do it",
            "Lin took Anna off the list: ill; 4 × ¥40.00 → ¥50.00.",
            "took you off the list; you need not pay: ill.\n💚 ¥40.00 that you paid is your credit",
            "Your share is ¥50.00 now (it was ¥40.00). You have paid ¥40.00; ¥10.00 is still to come.",
        ),
        (
            "zh_CN",
            "收款 200 均摊 不含 @dora",
            "/移除 @anna 病了",
            "把 Anna 移出 #1（病了）？群里会看到。\n· 4 人：¥40.00 → ¥50.00\n"
            "⬆️ 已付清的 1 人需要补 ¥10.00。\n💚 已付的 ¥40.00 会成为余额",
            "是，就这样",
            "Lin 移除了 Anna：病了；4 人 ¥40.00 → ¥50.00。",
            "把你移出了名单，你不用付了：病了。\n💚 你付的 ¥40.00 成为你的余额",
            "你的份额现在是 ¥50.00（之前是 ¥40.00）。你已付 ¥40.00，还差 ¥10.00。",
        ),
    ],
)
async def test_somebody_is_dropped_and_the_others_carry_it(
    build: Build, locale: str, collect: str, drop: str, preview: str, yes: str, line: str, to_anna: str, to_wang: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", collect)
    await house.pay("anna")
    await house.pay("xiaowang")
    assert preview in (await house.say("lin", drop)).group
    heard = await house.press("lin", yes)
    assert line in heard.group
    assert to_anna in heard["anna"]
    assert to_wang in heard["xiaowang"]
    assert "/4 · " in house.card()
    assert not (await house.advance(hours=7))["anna"], "nobody is reminded who is off the list"
    history = (await house.say("ben", "/history" if locale == "en" else "/记录")).group
    assert ("taken off Anna · ¥40.00: ill (by Lin)" if locale == "en" else "移除 Anna · ¥40.00：病了") in history


@pytest.mark.parametrize(
    ("locale", "collect", "adjust", "resplit", "preview", "everybody", "line"),
    [
        (
            "en",
            "/collect 200 equal not @dora",
            "/adjust @ben 20",
            "/resplit",
            "Split #1 anew? Everybody will see it.\n· 4 people: ¥40.00 → ¥45.00\n"
            "📌 1 set by hand or waived stays as they are.\nΣ ¥180.00 → ¥200.00",
            "/resplit all",
            "Lin split it anew; 4 × ¥45.00 → ¥40.00, 1 × ¥20.00 → ¥40.00.",
        ),
        (
            "zh_CN",
            "收款 200 均摊 不含 @dora",
            "/调整 @ben 20",
            "/重新分摊",
            "重新分摊 #1？群里会看到。\n· 4 人：¥40.00 → ¥45.00\n"
            "📌 1 人的金额是手动定的或已免收，保持不变。\nΣ ¥180.00 → ¥200.00",
            "/重新分摊 全部",
            "Lin 重新分摊；4 人 ¥45.00 → ¥40.00，1 人 ¥20.00 → ¥40.00。",
        ),
    ],
)
async def test_a_new_split_leaves_what_was_set_by_hand_until_told_otherwise(
    build: Build, locale: str, collect: str, adjust: str, resplit: str, preview: str, everybody: str, line: str
) -> None:
    house = await build(locale=locale)
    yes = "Yes, do it" if locale == "en" else "是，就这样"
    await house.say("lin", collect)
    said = (await house.say("lin", adjust)).group
    assert ("It then stays at that" if locale == "en" else "以后重新分摊时也保持这个金额") in said
    assert ("of the ¥200.00 wanted" if locale == "en" else "目标是 ¥200.00") in said
    await house.press("lin", yes)
    assert preview in (await house.say("lin", resplit)).group
    await house.press("lin", yes)
    await house.say("lin", everybody)
    assert line in (await house.press("lin", yes)).group


async def test_a_payment_between_the_preview_and_the_yes_is_read_back_first(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 200 equal not @dora")
    await house.say("lin", "/drop @anna")
    await house.pay("anna")
    heard = await house.press("lin", "Yes, do it")
    assert "The numbers have changed since you read them. Please look again:" in heard.group
    assert "¥40.00 of what they paid would be credit" in heard.group
    assert "/5 · " in house.card()
    assert "Lin took Anna off the list" in (await house.press("lin", "Yes, do it")).group
    await chinese.say("lin", "收款 200 均摊 不含 @dora")
    await chinese.say("lin", "/移除 @anna")
    await chinese.pay("anna")
    assert "你看过之后数字有变化，请再看一遍：" in (await chinese.press("lin", "是，就这样")).group


async def test_what_cannot_be_done_says_what_to_type_instead(house: House, chinese: House) -> None:
    await house.say("lin", "/collect fixed @anna 30 @ben 50")
    assert "How much for Dora? For example /add @name 30" in (await house.say("lin", "/add @dora")).group
    assert "Anna is in #1 already." in (await house.say("lin", "/add @anna 20")).group
    assert "No total is split here" in (await house.say("lin", "/resplit")).group
    await chinese.say("lin", "收款 200 均摊")
    assert "现在就是这样，不用改。" in (await chinese.say("lin", "/重新分摊")).group
    for line in ("/加人 @dora", "/移除 @dora", "/重新分摊 全部"):
        assert "只有 Lin 或群管理员可以。" in (await chinese.say("ben", line)).group


async def test_what_is_let_go_is_not_offered_to_the_others(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await chinese.say("lin", "收款 200 均摊")
    said = (await house.say("lin", "/waive @anna")).group
    assert "Σ ¥200.00 → ¥166.66" in said
    assert "/resplit" not in said
    said = (await chinese.say("lin", "/免收 @anna")).group
    assert "Σ ¥200.00 → ¥166.66" in said
    assert "/重新分摊" not in said
