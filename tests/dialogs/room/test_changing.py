"""Changing while it runs: joining, waiving, adjusting, closing, calling off. Read back first, seen by all."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

# -- joining --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "button", "said", "again"),
    [
        ("en", "/collect 200 equal not @dora", "I'm in", "Dora is in: ¥33.33.", "You are in #1 already."),
        ("zh_CN", "/收款 200 均摊 不含 @dora", "算我一个", "Dora 加入了，应付 ¥33.33。", "你已经在 #1 里了。"),
    ],
)
async def test_before_the_first_payment_a_newcomer_splits_it_anew_at_once(
    build: Build, locale: str, line: str, button: str, said: str, again: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert "/5" in house.card()
    assert said in (await house.press("dora", button)).answer
    assert "1/6" in house.card()
    assert again in (await house.press("dora", button)).answer


@pytest.mark.parametrize(
    ("locale", "line", "join", "asked", "preview", "yes", "said"),
    [
        (
            "en",
            "/collect 200 equal not @dora",
            "/in",
            "Asked Lin: money has already come in",
            "Dora wants to join #1.\nSomebody has already paid, so this would change everybody's share: 6 people, "
            "about ¥33.33 each.",
            "Yes, do it",
            "Dora is in: ¥33.33.",
        ),
        (
            "zh_CN",
            "/收款 200 均摊 不含 @dora",
            "算我一个",
            "已问 Lin：已经有人付款",
            "Dora 想加入 #1。\n已有人付款，加入后会重新均摊：6 人，每人约 ¥33.33",
            "是，就这样",
            "Dora 加入了，应付 ¥33.33。",
        ),
    ],
)
async def test_after_the_first_payment_the_organiser_decides_with_a_preview(
    build: Build, locale: str, line: str, join: str, asked: str, preview: str, yes: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.pay("anna")
    heard = await house.say("dora", join)
    assert asked in heard.group
    assert preview in heard["lin"]
    assert "/5" in house.card()
    heard = await house.press("lin", yes)
    assert said in heard.group
    assert "¥6.66" in heard["anna"], "what she paid above her new share is hers"
    assert "2/6" in house.card()


@pytest.mark.parametrize(
    ("locale", "line", "join", "no", "said"),
    [
        ("en", "/collect 200 equal not @dora", "/join", "No", "All right, nothing was changed."),
        ("zh_CN", "/收款 200 均摊 不含 @dora", "/参加", "不", "好的，没有任何改动。"),
    ],
)
async def test_the_organiser_may_leave_it_as_it_is(
    build: Build, locale: str, line: str, join: str, no: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.pay("anna")
    await house.say("dora", join)
    yes = house.data("lin", "Yes, do it" if locale == "en" else "是，就这样")
    assert said in (await house.press("lin", no)).answer
    assert "/5" in house.card()
    assert (await house.forge("lin", yes, private=True)).answer in ("That is no longer on offer.", "这个已经失效了。")


async def test_the_same_from_everyone_is_the_same_from_a_newcomer(house: House) -> None:
    await house.say("lin", "/collect 50 each @anna @ben")
    await house.pay("anna")
    assert "Emil is in: ¥50.00." in (await house.press("emil", "I'm in")).answer
    assert "1/3 · ¥50.00 of ¥150.00" in house.card()


async def test_where_amounts_are_set_one_asks_the_organiser(house: House, chinese: House) -> None:
    await house.say("lin", "/collect fixed @anna 30 @ben 50")
    assert "Lin sets the amounts here: please ask them." in (await house.press("dora", "I'm in")).answer
    await chinese.say("lin", "/收款 定额 @anna 30")
    assert "金额由 Lin 来定" in (await chinese.press("dora", "算我一个")).answer


# -- waiving --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "waive", "preview", "yes", "said"),
    [
        (
            "en",
            "/collect 200 equal",
            "/waive @ben he brought the cake",
            "Ask Ben for nothing more in #1? That lets go of ¥33.34 (he brought the cake).",
            "Yes, do it",
            "#1: Lin waived ¥33.34 for Ben: he brought the cake.",
        ),
        (
            "zh_CN",
            "收款 200 均摊",
            "/免收 @ben 蛋糕是他买的",
            "#1 不再向 Ben 收款，免去 ¥33.34（蛋糕是他买的）？",
            "是，就这样",
            "#1：Lin 免去 Ben 的 ¥33.34：蛋糕是他买的。",
        ),
    ],
)
async def test_waiving_is_read_back_and_then_seen_by_all(
    build: Build, locale: str, line: str, waive: str, preview: str, yes: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert preview in (await house.say("lin", waive)).group
    assert "1/6" in house.card()
    assert said in (await house.press("lin", yes)).group
    assert "2/6" in house.card()
    assert "Ben" not in (await house.advance(hours=6)).group


@pytest.mark.parametrize(
    ("locale", "line", "waive", "no", "with_reason", "preview"),
    [
        (
            "en",
            "/collect 50 each",
            "/waive @me",
            "Lowering your own share needs a reason",
            "/waive @me the deposit",
            "Ask Lin for nothing more in #1?",
        ),
        ("zh_CN", "收款 50 每人", "/免收 @我", "减少自己的份额需要写明原因", "/免收 @我 定金", "不再向 Lin 收款"),
    ],
)
async def test_in_ones_own_favour_one_says_why(
    build: Build, locale: str, line: str, waive: str, no: str, with_reason: str, preview: str
) -> None:
    house = await build(locale=locale, organiser_pays=True)
    await house.say("lin", line)
    assert no in (await house.say("lin", waive)).group
    assert preview in (await house.say("lin", with_reason)).group


async def test_only_the_organiser_or_an_admin_can_change_it(house: House, chinese: House) -> None:
    await house.say("anna", "/collect 200 equal")
    for line in ("/waive @ben", "/adjust @ben 10", "/close", "/cancel", "/confirm @dora"):
        assert "Only Anna or an admin of this chat can do that." in (await house.say("ben", line)).group
    assert "Ask Ben for nothing more" in (await house.say("lin", "/waive @ben")).group, "Lin is an admin"
    await chinese.say("anna", "收款 200 均摊")
    assert "只有 Anna 或群管理员可以。" in (await chinese.say("ben", "/结束")).group


async def test_a_preview_is_answered_by_whom_it_was_put_to_and_once(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.say("lin", "/waive @ben")
    yes = house.data("lin", "Yes, do it")
    heard = await house.forge("ben", yes)
    assert heard.answer == "This one is for Lin only."
    assert heard.alert
    await house.forge("lin", yes)
    assert (await house.forge("lin", yes)).answer == "That is no longer on offer."
    assert "2/6" in house.card()


async def test_what_was_agreed_to_is_done_whatever_else_is_open_by_then(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.say("lin", "/waive @ben")
    await house.say("anna", "/collect 50 each")
    assert "#1: Lin waived ¥33.34 for Ben." in (await house.press("lin", "Yes, do it")).group


async def test_a_preview_holds_for_ten_minutes(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.say("lin", "/cancel")
    await house.advance(minutes=10)
    assert (await house.press("lin", "Yes, do it")).answer == "That is no longer on offer."
    assert "1/6" in house.card()


# -- adjusting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "adjust", "preview", "yes", "said"),
    [
        (
            "en",
            "/collect 50 each",
            "/adjust @ben 80",
            "Change Ben's share in #1 from ¥50.00 to ¥80.00?",
            "Yes, do it",
            "#1: Lin changed Ben's share from ¥50.00 to ¥80.00.",
        ),
        (
            "zh_CN",
            "收款 50 每人",
            "/调整 @ben 80 多吃了",
            "把 Ben 在 #1 的份额从 ¥50.00 改为 ¥80.00（多吃了）？",
            "是，就这样",
            "#1：Lin 把 Ben 的份额从 ¥50.00 改为 ¥80.00：多吃了。",
        ),
        ("en", "/collect 50 each", "/adjust @ben -20", "from ¥50.00 to ¥30.00?", "Yes, do it", "to ¥30.00."),
    ],
)
async def test_adjusting_is_read_back_and_then_seen_by_all(
    build: Build, locale: str, line: str, adjust: str, preview: str, yes: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert preview in (await house.say("lin", adjust)).group
    assert "¥300.00" in house.card()
    assert said in (await house.press("lin", yes)).group
    assert "¥300.00" not in house.card()


async def test_what_was_paid_above_the_new_amount_is_credit_and_said_so(house: House) -> None:
    await house.say("lin", "/collect 50 each")
    await house.pay("anna")
    assert "¥20.00 of what they paid would be credit" in (await house.say("lin", "/adjust @anna 30")).group
    heard = await house.press("lin", "Yes, do it")
    assert "Lin changed your share.\nYour share is ¥30.00 now (it was ¥50.00)." in heard["anna"]
    assert "¥20.00 that you paid is your credit" in heard["anna"]
    assert "¥20.00 arrived beyond what was asked" in house.card()


async def test_no_share_is_less_than_nothing(house: House) -> None:
    await house.say("lin", "/collect 50 each")
    assert "less than nothing; it is ¥50.00 now" in (await house.say("lin", "/adjust @ben -80")).group


async def test_a_choice_among_the_same_names_still_shows_the_preview(house: House) -> None:
    house.moves_in("other", "Anna")
    await house.say("lin", "/collect 50 each")
    await house.say("lin", "/adjust @anna 80")
    heard = await house.press("lin", "Anna #2")
    assert "Change Anna's share in #1 from ¥50.00 to ¥80.00?" in heard.group
    assert "Lin changed Anna's share" in (await house.press("lin", "Yes, do it")).group


# -- closing and calling off ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "close", "said", "card", "late"),
    [
        (
            "en",
            "/collect 200 equal Hotpot",
            "/close",
            "#1 Hotpot is closed by Lin: 2 of 6 settled, ¥66.67 received. No more reminders.",
            "Closed. Thank you",
            "#1 is closed already.",
        ),
        (
            "zh_CN",
            "收款 200 均摊 火锅",
            "/结束",
            "#1 火锅 由 Lin 结束：2/6 已结清，共收 ¥66.67。不再提醒。",
            "已结束，谢谢大家",
            "#1 已结束。",
        ),
    ],
)
async def test_closing_stops_asking(
    build: Build, locale: str, line: str, close: str, said: str, card: str, late: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.pay("anna")
    pay = house.data("ben", "Pay" if locale == "en" else "去付款")
    assert said in (await house.say("lin", close)).group
    assert card in house.card()
    assert (await house.forge("ben", pay)).answer == late
    assert (await house.advance(hours=80)).nothing


@pytest.mark.parametrize(
    ("locale", "line", "cancel", "preview", "yes", "said", "list_"),
    [
        (
            "en",
            "/collect 200 equal",
            "/cancel",
            "Call off #1?\n1 person has paid ¥33.34; you would get the list to give it back.",
            "Yes, do it",
            "#1 is called off by Lin. Nobody needs to pay; Lin gives back what 1 person paid.",
            "#1 was called off. To give back, ¥33.34 in all:\n· Anna ¥33.34",
        ),
        (
            "zh_CN",
            "收款 200 均摊",
            "/取消",
            "取消 #1？\n已有 1 人付了 ¥33.34，取消后你会收到待退清单。",
            "是，就这样",
            "#1 已由 Lin 取消，不用再付；已付的 1 人由 Lin 退回。",
            "#1 已取消。需要退回，共 ¥33.34：\n· Anna ¥33.34",
        ),
    ],
)
async def test_calling_off_asks_first_and_lists_what_to_give_back(
    build: Build, locale: str, line: str, cancel: str, preview: str, yes: str, said: str, list_: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.pay("anna")
    assert preview in (await house.say("lin", cancel)).group
    heard = await house.press("lin", yes)
    assert said in heard.group
    assert list_ in heard["lin"]
    assert "🚫" in house.card()
    assert (await house.advance(hours=80)).nothing


async def test_called_off_from_the_tools_it_asks_first_as_well(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await house.press("lin", "Manage")
    heard = await house.press("lin", "Call off")
    assert "Call off #1?\nNobody has paid yet." in heard["lin"]
    assert heard.answer == "👀 Please read what would happen, then say yes or no."
    assert "#1 is called off by Lin. Nobody needs to pay." in (await house.press("lin", "Yes, do it")).group
