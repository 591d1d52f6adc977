"""Money that fits no due: listed in private, answered with one tap; too much is the payer's to decide on."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build
from tests.web.bank import event, order, tell

WORDS = {
    "en": {
        "collect": "/collect 50 each",
        "confirm": "/confirm @anna 60",
        "cancel": "/cancel",
        "money": "/money",
        "yes": "Yes, do it",
        "keep": "Keep it for next time",
        "back": "Give it back to me",
        "give": "Give it back",
        "by_hand": "By hand",
        "count": "Count it",
        "credit": "Their credit",
        "later": "Later",
    },
    "zh_CN": {
        "collect": "收款 50 每人",
        "confirm": "/确认 @anna 60",
        "cancel": "/取消",
        "money": "/款项",
        "yes": "是，就这样",
        "keep": "留着下次用",
        "back": "退给我",
        "give": "退回",
        "by_hand": "亲自退",
        "count": "算数",
        "credit": "转为余额",
        "later": "以后再说",
    },
}


@pytest.mark.parametrize(
    ("locale", "kept", "asked", "wanted"),
    [
        (
            "en",
            "¥10.00 stay here as your credit for next time",
            "Lin has been asked to give you ¥10.00 back",
            "Anna would like the ¥10.00 back",
        ),
        ("zh_CN", "¥10.00 留作你的余额", "已请 Lin 把 ¥10.00 退给你", "Anna 希望退回多付的 ¥10.00"),
    ],
)
async def test_who_paid_too_much_keeps_it_here_or_has_it_back(
    build: Build, locale: str, kept: str, asked: str, wanted: str
) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    await house.say("lin", words["collect"])
    await house.say("lin", words["confirm"])
    assert kept in (await house.press("anna", words["keep"])).answer
    heard = await house.press("anna", words["back"])
    assert asked in heard.answer
    assert wanted in heard["lin"]
    assert "¥10.00" in (await house.press("lin", words["give"]))["lin"]
    await house.press("lin", words["yes"])
    listed = await house.write("lin", words["money"])
    assert "¥10.00" not in listed["lin"]


@pytest.mark.parametrize(
    ("locale", "what", "line"),
    [
        ("en", "came from Anna, not the ¥50.00 that were to be paid", "¥60.00 not the amount that was to be paid"),
        ("zh_CN", "付来 ¥60.00，与应付的 ¥50.00 不符", "¥60.00 金额与应付的不符"),
    ],
)
async def test_another_amount_is_held_listed_and_counted_when_the_organiser_says_so(
    build: Build, locale: str, what: str, line: str
) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    await house.say("lin", words["collect"])
    await tell(house, event(house, await order(house, "anna"), 6000))
    assert what in house.phone("lin")[-1]
    assert "1/6" in house.card()
    await house.press("lin", words["later"])
    assert line in (await house.write("lin", words["money"]))["lin"]
    heard = await house.press("lin", words["count"])
    assert "2/6" in house.card()
    assert "¥60.00" in heard["anna"]
    assert "¥10.00" in heard["anna"]


@pytest.mark.parametrize("answer", ["give", "by_hand", "credit"])
@pytest.mark.parametrize("locale", ["en", "zh_CN"])
async def test_what_came_too_late_goes_back_or_becomes_credit(build: Build, locale: str, answer: str) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    await house.say("lin", words["collect"])
    intent = await order(house, "anna")
    await house.say("lin", words["cancel"])
    await house.press("lin", words["yes"])
    await tell(house, event(house, intent, 5000))
    assert "¥50.00" in house.phone("lin")[-1]
    heard = await house.press("lin", words[answer])
    if answer != "credit":
        heard = await house.press("lin", words["yes"])
    assert "¥50.00" in heard["anna"]


async def test_the_list_is_the_organisers_alone_and_private(house: House) -> None:
    await house.say("lin", "/collect 50 each")
    await house.say("lin", "/confirm @anna 60")
    heard = await house.say("lin", "/money")
    assert "¥" not in heard.group
    assert "Anna\n· ¥10.00 paid too much (their credit)" in heard["lin"]
    assert "All money is where it belongs" in (await house.say("anna", "/money"))["anna"]
    forged = await house.forge("anna", house.data("lin", "Give it back"), private=True)
    assert "Lin" in forged.answer
    assert forged.alert
