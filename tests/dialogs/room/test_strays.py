"""Money that could not be booked, in the chat: counted, credited, given back, or dealt with elsewhere."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build
from tests.web.bank import event, order, tell

WORDS = {
    "en": {
        "collect": "/collect 50 each",
        "money": "/money",
        "yes": "Yes, do it",
        "count": "Count it as ¥50.00",
        "credit": "¥50.00 as their credit",
        "back": "Give it back",
        "settled": "Dealt with",
        "theirs": "From Anna #1",
    },
    "zh_CN": {
        "collect": "收款 50 每人",
        "money": "/款项",
        "yes": "是，就这样",
        "count": "按 ¥50.00 入账",
        "credit": "按 ¥50.00 记为余额",
        "back": "退回",
        "settled": "已处理",
        "theirs": "来自 Anna #1",
    },
}


async def _euros(house: House) -> None:
    """Anna pays as many euros as were asked for in yuan."""
    await house.at_bank(await house.start(await house.link("anna")), "foreign")


@pytest.mark.parametrize(
    ("locale", "answer", "said"),
    [
        ("en", "count", "¥50.00 received. Thank you!"),
        ("zh_CN", "count", "收到 ¥50.00，谢谢！"),
        ("en", "credit", "¥50.00 is now credit of Anna"),
        ("zh_CN", "credit", "¥50.00 已转为 Anna 的余额"),
    ],
)
async def test_another_currency_counts_as_what_was_asked_for(build: Build, locale: str, answer: str, said: str) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    await house.say("lin", words["collect"])
    await _euros(house)
    assert "€50.00" in house.phone("lin")[-1]
    assert "€50.00" in house.phone("anna")[-1]
    heard = await house.press("lin", words[answer])
    assert said in heard["anna"]
    assert ("2/6" if answer == "count" else "1/6") in house.card()


@pytest.mark.parametrize(
    ("locale", "asked", "gone", "mine"),
    [
        (
            "en",
            "Give all of €50.00 from Anna back over Test bank?",
            "€50.00 from Anna went back over Test bank",
            "€50.00 that could not be counted went back to you",
        ),
        (
            "zh_CN",
            "把 Anna 的 €50.00 全部经测试银行原路退回？",
            "Anna 的 €50.00 已经测试银行退回",
            "没能入账的 €50.00 已经测试银行退给你",
        ),
    ],
)
async def test_another_currency_goes_back_the_way_it_came(
    build: Build, locale: str, asked: str, gone: str, mine: str
) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    await house.say("lin", words["collect"])
    await _euros(house)
    assert asked in (await house.press("lin", words["back"]))["lin"]
    heard = await house.press("lin", words["yes"])
    assert gone in heard["lin"]
    assert mine in heard["anna"]
    assert "€" not in (await house.write("lin", words["money"]))["lin"]


@pytest.mark.parametrize(("locale", "settled"), [("en", "is off the list"), ("zh_CN", "已从清单划掉")])
async def test_what_was_dealt_with_elsewhere_is_off_the_list_and_its_payer_still_owes(
    build: Build, locale: str, settled: str
) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    await house.say("lin", words["collect"])
    await _euros(house)
    assert settled in (await house.press("lin", words["settled"])).answer
    assert "¥50.00" in await house.page(await house.link("anna"))


@pytest.mark.parametrize(("locale", "thanks"), [("en", "¥50.00 received"), ("zh_CN", "收到 ¥50.00")])
async def test_the_operator_says_whose_money_of_nobody_is(build: Build, locale: str, thanks: str) -> None:
    house, words = await build(locale=locale, admins=frozenset({"room:xiaowang"})), WORDS[locale]
    await house.say("lin", words["collect"])
    await order(house, "anna")
    await tell(house, event(house, "nobodys", 5000))
    assert "SB-nobodys" in house.phone("xiaowang")[-1]
    assert house.phone("lin")[-1] != house.phone("xiaowang")[-1]
    heard = await house.press("xiaowang", words["theirs"])
    assert thanks in heard["anna"]
    assert "2/6" in house.card()


async def test_money_for_an_order_that_nobody_made_goes_back_to_where_it_came_from(build: Build) -> None:
    house = await build(admins=frozenset({"room:xiaowang"}))
    await house.say("lin", "/collect 50 each")
    await house.at_bank(await house.start(await house.link("anna")), "stranger")
    assert "1/6" in house.card()
    heard = await house.press("xiaowang", "Give it back")
    assert "If you use this account for other things" in heard["xiaowang"]
    heard = await house.press("xiaowang", "Yes, do it")
    assert "¥50.00 went back over Test bank" in heard["xiaowang"]
    assert "All money is where it belongs" in (await house.write("xiaowang", "/money"))["xiaowang"]


async def test_the_operator_sees_on_the_list_what_the_bank_refused_to_give_back(build: Build) -> None:
    house = await build(admins=frozenset({"room:xiaowang"}))
    await house.say("lin", "/collect 50 each")
    await tell(house, event(house, "nobodys", 5000))
    heard = await house.press("xiaowang", "Give it back")
    assert "If you use this account for other things" in heard["xiaowang"]
    heard = await house.press("xiaowang", "Yes, do it")
    assert "did not go back; Test bank says no (no_such_charge)" in heard["xiaowang"]
    assert "SB-nobodys" in (await house.write("xiaowang", "/money"))["xiaowang"]
