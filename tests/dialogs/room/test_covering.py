"""One member pays for others: one sum, one payment, every due settled, everybody told kindly."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build
from tests.web.bank import event, order, tell


@pytest.mark.parametrize(
    ("locale", "opening", "line", "read_back", "offered", "on_page", "thanks", "for_anna"),
    [
        (
            "en",
            "/collect 150 equal Hotpot @anna @小王 @dora",
            "/pay @小王 @dora",
            "#1 Hotpot: ¥150.00 altogether, ¥50.00 of it your own share.\n· for 小王: ¥50.00\n· for Dora: ¥50.00",
            "Anna would like to pay your ¥50.00 for you. You need do nothing.",
            ("¥150.00", "Your own share · ¥50.00", "For 小王 · ¥50.00", "For Dora · ¥50.00"),
            "Anna paid ¥50.00 for you. Nothing is left for you to do.",
            "¥150.00 received. Thank you!\n· for 小王: ¥50.00\n· for Dora: ¥50.00",
        ),
        (
            "zh_CN",
            "收款 150 均摊 火锅 @anna @小王 @dora",
            "付款 @小王 @dora",
            "#1 火锅：合计 ¥150.00，其中你自己的份额 ¥50.00。\n· 代 小王 付 ¥50.00\n· 代 Dora 付 ¥50.00",
            "Anna 想替你付 ¥50.00，你什么都不用做。",
            ("¥150.00", "你自己的份额 · ¥50.00", "代 小王 付 · ¥50.00", "代 Dora 付 · ¥50.00"),
            "Anna 替你付了 ¥50.00。你什么都不用做了。",
            "收到 ¥150.00，谢谢！\n· 代 小王 付 ¥50.00\n· 代 Dora 付 ¥50.00",
        ),
    ],
)
async def test_one_payment_settles_them_all(
    build: Build,
    locale: str,
    opening: str,
    line: str,
    read_back: str,
    offered: str,
    on_page: tuple[str, ...],
    thanks: str,
    for_anna: str,
) -> None:
    house = await build(locale=locale)
    await house.say("lin", opening)
    heard = await house.say("anna", line)
    assert read_back in heard["anna"]
    assert offered in heard["xiaowang"]
    assert "小王" not in heard.group
    link = await house.link("anna")
    page = await house.page(link)
    assert all(words in page for words in on_page)
    heard = await house.at_bank(await house.start(link), "success")
    assert thanks in heard["xiaowang"]
    assert for_anna in heard["anna"]
    assert "3/3" in house.card()
    assert (await house.advance(hours=100)).nothing


@pytest.mark.parametrize(
    ("locale", "opening", "line", "read_back", "offered", "thanks", "status", "shown", "free"),
    [
        (
            "en",
            "/collect 100 equal Hotpot @anna @小王 no-me",
            "/pay @小王",
            "for 小王: ¥50.00",
            "Emil would like to pay your ¥50.00",
            "Emil paid ¥50.00 for you",
            "/status",
            "🙌 Emil – · pays for others",
            "You need not pay anything here.",
        ),
        (
            "zh_CN",
            "收款 100 均摊 火锅 @anna @小王 不含我",
            "代小王付",
            "代 小王 付 ¥50.00",
            "Emil 想替你付 ¥50.00",
            "Emil 替你付了 ¥50.00",
            "状态",
            "🙌 Emil – · 替别人付",
            "你不用付",
        ),
    ],
)
async def test_who_owes_nothing_may_pay_for_others(
    build: Build,
    locale: str,
    opening: str,
    line: str,
    read_back: str,
    offered: str,
    thanks: str,
    status: str,
    shown: str,
    free: str,
) -> None:
    house = await build(locale=locale)
    await house.say("lin", opening)
    await house.write("emil", "/start")
    heard = await house.say("emil", line)
    assert read_back in heard["emil"]
    assert offered in heard["xiaowang"]
    link = await house.link("emil")
    heard = await house.at_bank(await house.start(link), "success")
    assert thanks in heard["xiaowang"]
    assert "1/2" in house.card()
    assert shown in (await house.say("lin", status))["lin"]
    assert free in await house.page(link)


async def test_not_needed_is_heard_and_the_page_asks_for_the_rest(house: House) -> None:
    await house.say("lin", "/collect 150 equal Hotpot @anna @小王 @dora")
    await house.say("anna", "/pay @小王")
    heard = await house.press("xiaowang", "Not needed")
    assert "Anna will not pay for you." in heard.answer + heard["xiaowang"]
    assert "小王 thanks you and would rather pay themselves." in heard["anna"]
    page = await house.page(await house.link("anna"))
    assert "¥50.00" in page
    assert "小王" not in page
    heard = await house.pay("anna")
    assert not heard["xiaowang"]


async def test_a_part_settles_the_own_due_first(house: House) -> None:
    await house.say("lin", "/collect 150 equal Hotpot @anna @小王 @dora")
    await house.say("anna", "/pay @小王 @dora")
    heard = await house.pay("anna", "70")
    assert "Anna paid ¥20.00 for you. ¥30.00 is left." in heard["xiaowang"]
    assert "¥80.00 is left." in heard["anna"]
    heard = await house.pay("anna")
    assert "Anna paid ¥30.00 for you." in heard["xiaowang"]
    assert "3/3" in house.card()


async def test_the_page_pays_only_ones_own_again(house: House) -> None:
    await house.say("lin", "/collect 150 equal Hotpot @anna @小王 @dora")
    await house.say("anna", "/pay @dora")
    link = await house.link("anna")
    assert "¥100.00" in await house.page(link)
    assert (await house.web.post(f"{link}/only")).status_code == 303
    assert "¥100.00" not in await house.page(link)


async def test_what_was_paid_for_another_goes_back_to_who_paid(house: House) -> None:
    await house.say("lin", "/collect 150 equal Hotpot @anna @小王 @dora")
    await house.say("anna", "/pay @小王")
    await house.pay("anna")
    heard = await house.say("lin", "/refund @小王")
    assert "The money goes to Anna, who paid it." in heard.group
    heard = await house.press("lin", "Yes, do it")
    assert "Lin gives you ¥50.00 back that you paid for 小王." in heard["anna"]
    assert "¥50.00 went back to you over Test bank." in heard["anna"]
    assert "¥50.00 of your share goes back to Anna" in heard["xiaowang"]


async def test_cash_for_several_is_confirmed_at_once(house: House) -> None:
    await house.say("lin", "/collect 150 equal Hotpot @anna @小王 @dora")
    await house.say("anna", "/pay @小王")
    heard = await house.say("anna", "/paid")
    assert "Anna says ¥100.00 is paid" in heard["lin"]
    heard = await house.press("lin", "It arrived")
    assert "Anna paid ¥50.00 for you." in heard["xiaowang"]
    assert "2/3" in house.card()


async def test_nothing_is_paid_for_who_owes_nothing(house: House) -> None:
    await house.say("lin", "/collect 150 equal Hotpot @anna @小王 @dora")
    await house.pay("anna")
    heard = await house.say("xiaowang", "/pay @anna")
    assert "nothing is asked of Anna just now" in heard["xiaowang"]
    assert not heard["anna"]


@pytest.mark.parametrize(
    ("locale", "opening", "line", "count", "thanks", "for_anna"),
    [
        (
            "en",
            "/collect 150 equal Hotpot @anna @小王 @dora",
            "/pay @dora @小王",
            "Count it",
            "Anna paid ¥20.00 for you. ¥30.00 is left.",
            "¥120.00 received. Thank you!\n· for Dora: ¥50.00\n· for 小王: ¥20.00\n¥30.00 is left.",
        ),
        (
            "zh_CN",
            "收款 150 均摊 火锅 @anna @小王 @dora",
            "付款 @dora @小王",
            "算数",
            "Anna 替你付了 ¥20.00。还差 ¥30.00。",
            "收到 ¥120.00，谢谢！\n· 代 Dora 付 ¥50.00\n· 代 小王 付 ¥20.00\n还差 ¥30.00。",
        ),
    ],
)
async def test_another_amount_than_was_to_be_paid_settles_theirs_too_once_it_is_accepted(
    build: Build, locale: str, opening: str, line: str, count: str, thanks: str, for_anna: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", opening)
    await house.say("anna", line)
    await tell(house, event(house, await order(house, "anna"), 12000))
    assert "0/3" in house.card()
    heard = await house.press("lin", count)
    assert thanks in heard["xiaowang"]
    assert for_anna in heard["anna"]
    assert "2/3" in house.card()
