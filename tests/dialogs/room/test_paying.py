"""Paying: the page, parts, too much, too late, and amounts of one's own choice."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

# -- the page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "receipt", "page", "again"),
    [
        (
            "en",
            "/collect 200 equal Hotpot",
            "#1 Hotpot: ¥33.34 received. Thank you!",
            "Paid. Thank you!",
            "Nothing is left to pay there: paid. Thank you!",
        ),
        ("zh_CN", "收款 200 均摊 火锅", "#1 火锅：收到 ¥33.34，谢谢！", "谢谢", "不用付了：已付。谢谢！"),
    ],
)
async def test_a_tap_leads_to_ones_own_page_and_the_banks_yes_to_a_receipt(
    build: Build, locale: str, line: str, receipt: str, page: str, again: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    link = await house.link("anna")
    assert "¥33.34" in await house.page(link)
    heard = await house.at_bank(await house.start(link), "success")
    assert receipt in heard["anna"]
    assert heard.group == ""
    assert page in await house.page(link)
    assert "2/6" in house.card()
    assert (await house.press("anna", "Pay" if locale == "en" else "去付款")).answer == again


@pytest.mark.parametrize(
    ("locale", "line", "pay"), [("en", "/collect 200 equal", "/pay"), ("zh_CN", "收款 200 均摊", "怎么付")]
)
async def test_pay_can_be_typed_and_is_answered_in_private(build: Build, locale: str, line: str, pay: str) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    heard = await house.say("anna", pay)
    assert "¥33.34" in heard["anna"]
    assert heard.group == ""
    assert house.buttons("anna") == ["💳 Open my payment page" if locale == "en" else "💳 打开我的付款页"]


@pytest.mark.parametrize(
    ("locale", "line", "pay", "said"),
    [
        ("en", "/collect 200 equal", "/pay", "Ben, that is for your eyes only. Please open a private chat with me"),
        ("zh_CN", "收款 200 均摊", "/付款", "Ben，这个只能私下给你看。请先和我私聊一次"),
    ],
)
async def test_who_never_wrote_to_the_bot_is_told_how(
    build: Build, locale: str, line: str, pay: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    heard = await house.say("ben", pay)
    assert said in heard.group
    assert "¥" not in heard.group


async def test_everybody_paid_is_said_once_to_all(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 50 each @anna @lin Bus")
    assert "#1 Bus: everybody has paid (2), ¥100.00 in all." in (await house.pay("anna")).group
    assert "Everybody has paid" in house.card()
    assert (await house.advance(hours=80)).nothing
    await chinese.say("lin", "收款 50 每人 @anna @lin")
    assert "#1：2 人全部付清，共 ¥100.00。谢谢大家！" in (await chinese.pay("anna")).group


async def test_a_decline_is_no_payment_and_another_try_is(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    link = await house.link("anna")
    await house.at_bank(await house.start(link), "decline")
    assert "does not work just now" in await house.page(link)
    assert "1/6" in house.card()
    assert "¥33.34 received" in (await house.at_bank(await house.start(link), "success"))["anna"]


async def test_the_banks_second_word_counts_nothing_twice(house: House) -> None:
    await house.say("lin", "/collect 200 equal")
    heard = await house.at_bank(await house.start(await house.link("anna")), "twice")
    assert heard["anna"].count("received") == 1
    assert "2/6 · ¥66.67" in house.card()


# -- parts, too much, too late ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "left", "share", "words"),
    [
        (
            "en",
            "/collect 50 each",
            "¥30.00 is left.",
            "My share",
            "#1: your share is ¥50.00 · paid ¥20.00 · left ¥30.00 · partly paid",
        ),
        (
            "zh_CN",
            "收款 50 每人",
            "还差 ¥30.00。",
            "我的金额",
            "#1：你的份额 ¥50.00 · 已付 ¥20.00 · 还差 ¥30.00 · 部分已付",
        ),
    ],
)
async def test_a_part_is_counted_and_the_rest_is_asked_for(
    build: Build, locale: str, line: str, left: str, share: str, words: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert left in (await house.pay("anna", "20"))["anna"]
    heard = await house.press("anna", share)
    assert heard.answer == words
    assert heard.alert
    assert "1/6 " in house.card()
    assert "¥70.00" in house.card()
    assert "¥30.00" in (await house.advance(hours=6))["anna"]
    await house.pay("anna")
    assert "2/6 " in house.card()


async def test_more_than_is_owed_is_not_taken(house: House) -> None:
    await house.say("lin", "/collect 50 each")
    link = await house.link("anna")
    answer = await house.web.post(f"{link}/start", data={"channel": "sandbox", "amount": "80"})
    assert answer.status_code == 422
    assert "That is too much: at most ¥50.00." in answer.text
    assert "at most ¥50.00" in (await house.say("anna", "/pay 80"))["anna"] + house.chat()[-1]


@pytest.mark.parametrize(
    ("locale", "line", "confirm", "payer", "organiser", "card"),
    [
        (
            "en",
            "/collect 50 each",
            "/confirm @anna 60",
            "That is ¥10.00 more than asked. It is yours",
            "¥60.00 came from Anna.\n¥10.00 of it fits no due.",
            "¥10.00 arrived beyond what was asked",
        ),
        (
            "zh_CN",
            "收款 50 每人",
            "/确认 @anna 60",
            "多付了 ¥10.00，这是你的钱",
            "其中 ¥10.00 没有对应的应付款",
            "多收到 ¥10.00",
        ),
    ],
)
async def test_what_came_above_is_listed_and_said_to_both(
    build: Build, locale: str, line: str, confirm: str, payer: str, organiser: str, card: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    heard = await house.say("lin", confirm)
    assert payer in heard["anna"]
    assert organiser in heard["lin"]
    assert card in house.card()


@pytest.mark.parametrize(
    ("locale", "line", "close", "said"),
    [
        ("en", "/collect 50 each", "/close", "#1: ¥50.00 came from Anna after it was over."),
        ("zh_CN", "收款 50 每人", "/结束", "#1：收到 Anna 的 ¥50.00，但收款已结束。"),
    ],
)
async def test_money_that_comes_after_the_end_is_counted_and_told(
    build: Build, locale: str, line: str, close: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    order = await house.start(await house.link("anna"))
    await house.say("lin", close)
    heard = await house.at_bank(order, "success")
    assert said in heard["lin"]
    assert "¥50.00" in heard["anna"]
    assert "2/6" in house.card()


async def test_money_for_what_was_called_off_is_listed_to_be_given_back(house: House) -> None:
    await house.say("lin", "/collect 50 each")
    order = await house.start(await house.link("anna"))
    await house.say("lin", "/cancel")
    await house.press("lin", "Yes, do it")
    heard = await house.at_bank(order, "success")
    assert "¥50.00 came from Anna after it was over.\n¥50.00 of it fits no due." in heard["lin"]


# -- where the money goes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "payee", "noted", "line", "account", "off", "removed"),
    [
        (
            "en",
            "/payee Alipay 138 0013 8000",
            "Noted. What you collect from now on says where to pay: Alipay 138",
            "/collect 50 each",
            "Alipay 138 0013 8000",
            "/payee off",
            "Removed.",
        ),
        (
            "zh_CN",
            "/收款账号 支付宝 138 0013 8000",
            "记下了。以后你发起的收款会写明付到哪里：支付宝 138",
            "收款 50 每人",
            "支付宝 138 0013 8000",
            "/收款账号 关",
            "已删除。",
        ),
    ],
)
async def test_where_the_money_goes_stands_on_the_page(
    build: Build, locale: str, payee: str, noted: str, line: str, account: str, off: str, removed: str
) -> None:
    house = await build(locale=locale)
    assert noted in (await house.write("lin", payee))["lin"]
    await house.say("lin", line)
    assert account in await house.page(await house.link("anna"))
    assert removed in (await house.write("lin", off))["lin"]
    assert account in await house.page(await house.link("anna")), "running collections keep what they said"


async def test_where_the_money_goes_is_told_in_private(house: House, chinese: House) -> None:
    heard = await house.say("ben", "/payee Alipay 139")
    assert "Please tell me in a private message where your money goes" in heard.group
    await house.say("ben", "/collect 50 each")
    assert "139" not in await house.page(await house.link("anna"))
    assert "收款账号请私下发给我" in (await chinese.say("ben", "/收款账号 支付宝 139")).group


# -- amounts of one's own choice ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "first", "give", "noted", "least", "most"),
    [
        (
            "en",
            "/collect self min 10 max 500 Gift",
            "Please choose your amount first",
            "/give 50",
            "Noted: ¥50.00 for #1.",
            "That is too little: at least ¥10.00.",
            "That is too much: at most ¥500.00.",
        ),
        (
            "zh_CN",
            "收款 自愿 最少 10 最多 500 礼物",
            "请先定金额",
            "我出 50",
            "记下了：#1 你出 ¥50.00。",
            "太少了，至少 ¥10.00。",
            "太多了，最多 ¥500.00。",
        ),
    ],
)
async def test_everybody_says_their_own_amount(
    build: Build, locale: str, line: str, first: str, give: str, noted: str, least: str, most: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert first in (await house.say("anna", "/paid")).group
    assert least in (await house.say("anna", give.replace("50", "5"))).group
    assert most in (await house.say("anna", give.replace("50", "5000"))).group
    assert noted in (await house.say("anna", give)).group
    await house.pay("anna")
    assert "1/6 " in house.card()
    assert "¥50.00" in house.card()


async def test_ones_amount_can_be_chosen_on_the_page(house: House) -> None:
    await house.say("lin", "/collect self")
    heard = await house.press("anna", "Pay")
    assert heard.answer == "#1: you choose the amount on your page. Opening it …"
    assert "How much would you like to give?" in await house.page(heard.url)
    await house.web.post(f"{heard.url}/declare", data={"amount": "25"})
    assert "¥25.00" in await house.page(heard.url)
    assert "¥25.00 received" in (await house.at_bank(await house.start(heard.url), "success"))["anna"]


async def test_where_amounts_are_given_none_is_chosen(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 50 each")
    assert "Lin sets the amounts here" in (await house.say("anna", "/give 20")).group
    await chinese.say("lin", "收款 50 每人")
    assert "金额由 Lin 来定" in (await chinese.say("anna", "我出 20")).group


async def test_who_is_not_on_the_list_is_told_how_to_get_there(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 50 each @anna")
    assert (await house.press("ben", "Pay")).answer == "Ben is not on this list. Tap “I'm in” to join."
    await chinese.say("lin", "收款 50 每人 @anna")
    assert (await chinese.press("ben", "去付款")).answer == "Ben 不在名单上，点“算我一个”加入。"
