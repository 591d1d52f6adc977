"""«I have paid»: claims, on whichever way, and what the organiser makes of them."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "line", "paid", "noted", "asked", "arrived", "receipt", "said"),
    [
        (
            "en",
            "/collect 200 equal",
            "/paid",
            "Noted for #1: ¥33.34. Lin will check; no more reminders until then.",
            "#1: Anna says ¥33.34 is paid.\nDid it arrive?",
            "It arrived",
            "¥33.34 received",
            "#1: ¥33.34 from Anna confirmed.",
        ),
        (
            "zh_CN",
            "收款 200 均摊",
            "我付了",
            "#1 记下了：¥33.34。等 Lin 确认",
            "#1：Anna 说已付 ¥33.34。\n收到了吗？",
            "收到了",
            "收到 ¥33.34",
            "#1：已确认收到 Anna 的 ¥33.34。",
        ),
    ],
)
async def test_who_says_paid_rests_until_the_organiser_has_looked(
    build: Build, locale: str, line: str, paid: str, noted: str, asked: str, arrived: str, receipt: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    heard = await house.say("anna", paid)
    assert noted in heard.group
    assert asked in heard["lin"]
    assert "🕓 1" in house.card()
    assert "anna" not in (await house.advance(hours=6)).phones
    heard = await house.press("lin", arrived)
    assert heard.answer == f"✅ {said}"
    assert receipt in heard["anna"]
    assert "2/6" in house.card()
    assert "🕓" not in house.card()


@pytest.mark.parametrize(
    ("locale", "line", "button", "no", "told", "said"),
    [
        (
            "en",
            "/collect 200 equal",
            "I've paid",
            "Not there",
            "Anna, Lin could not find your payment for #1 yet.",
            "#1: Anna is told that it has not arrived yet.",
        ),
        (
            "zh_CN",
            "收款 200 均摊",
            "我付了",
            "没收到",
            "Anna，Lin 还没有看到你 #1 的付款。",
            "#1：已告诉 Anna 还没有到账。",
        ),
    ],
)
async def test_a_claim_that_is_not_found_runs_on(
    build: Build, locale: str, line: str, button: str, no: str, told: str, said: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.press("anna", button)
    heard = await house.press("lin", no)
    assert told in heard["anna"]
    assert said in heard.answer
    assert "🕓" not in house.card()
    assert "#1" in (await house.advance(hours=6))["anna"]


async def test_the_answers_to_a_claim_can_be_typed(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 50 each")
    await house.say("anna", "/paid")
    assert "Anna is told" in (await house.say("lin", "/reject @anna")).group
    await house.say("anna", "/paid")
    assert "¥50.00 from Anna confirmed" in (await house.say("lin", "/confirm @anna")).group
    await chinese.say("lin", "收款 50 每人")
    await chinese.say("xiaowang", "我付了")
    assert "已告诉 小王" in (await chinese.say("lin", "/没收到 @小王")).group
    await chinese.say("xiaowang", "我付了")
    assert "已确认收到 小王 的 ¥50.00" in (await chinese.say("lin", "/收到 @小王")).group


async def test_a_claim_answered_twice_counts_once(house: House) -> None:
    await house.say("lin", "/collect 50 each")
    await house.press("anna", "I've paid")
    yes = house.data("lin", "It arrived")
    await house.press("lin", "It arrived")
    assert (await house.forge("lin", yes, private=True)).answer == "Nothing is left to pay there: paid. Thank you!"
    assert "2/6 · ¥100.00" in house.card()


async def test_a_claim_on_the_page_reaches_the_organiser(house: House) -> None:
    await house.say("lin", "/collect 50 each")
    link = await house.link("anna")
    await house.web.post(f"{link}/claim", data={})
    await house.advance(seconds=4)
    assert "Anna says ¥50.00 is paid" in house.phone("lin")[-1]
    assert "Lin is checking your payment" in await house.page(link)
