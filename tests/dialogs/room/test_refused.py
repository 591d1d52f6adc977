"""A payment that stops: its payer hears why and what is best now, and the organiser of what needs a person."""

from __future__ import annotations

import pytest

from adapters.causes import catalogue
from bot.domain.command import ChannelAnswered
from bot.domain.model import IntentId, IntentState
from tests.dialogs.house import Heard, House
from tests.dialogs.room.conftest import Build
from tests.dialogs.ways import Scripted

WORDS = {
    "en": {
        "declined": "⚡ #1 Bus, ¥60.00 by Alipay: The payment did not go through.",
        "best": "👉 Best just now: Card or wallet.",
        "page": "Another card or another way usually works. Card or wallet works best just now.",
        "broken": "🧰 #1 Bus: Alipay does not take payments as it should (ACQ.INVALID_PARAMETER)",
        "instead": "Alipay does not answer just now. Card or wallet is ready instead:",
        "confirm": "It arrived",
    },
    "zh_CN": {
        "declined": "⚡ #1 车费，支付宝 ¥60.00：这次没付成。",
        "best": "👉 现在推荐用银行卡或钱包。",
        "page": "现在推荐用银行卡或钱包。",
        "broken": "🧰 #1 车费：支付宝 收款不正常（ACQ.INVALID_PARAMETER），需要人来处理。",
        "instead": "支付宝 暂时没有响应，已为你准备好 银行卡或钱包：",
        "confirm": "收到了",
    },
}


@pytest.fixture
def alipay() -> Scripted:
    return Scripted("alipay", fee_basis_points=60)


@pytest.fixture
def stripe() -> Scripted:
    return Scripted("stripe", fee_basis_points=290)


@pytest.fixture(params=["en", "zh_CN"])
async def here(request: pytest.FixtureRequest, build: Build, alipay: Scripted, stripe: Scripted) -> House:
    house = await build(
        locale=request.param,
        extra={"alipay": alipay, "stripe": stripe},
        channels=("stripe", "alipay"),
        causes=catalogue(),
    )
    await house.say("lin", "/collect 60 each Bus" if request.param == "en" else "收款 60 每人 车费")
    return house


def words(house: House, key: str) -> str:
    return WORDS[house.locale][key]


async def _choose(house: House, link: str, channel: str = "") -> str:
    """Taps on the page; which channel it leads to."""
    await house.web.post(f"{link}/start", data={"channel": channel})
    await house.app.settle()
    going = str((await house.web.get(f"{link}/state")).json()["go"])
    return going.removeprefix("https://").partition(".")[0]


async def _declined(house: House, order: str, code: str) -> Heard:
    """The channel's webhook says that the payer's bank refused."""
    before = len(house.phone("anna"))
    said = ChannelAnswered(intent=IntentId(order), state=IntentState.FAILED, cause=code)
    house.app.handler.submit(said).result()
    await house.app.settle()
    return Heard(phones={"anna": "\n".join(house.phone("anna")[before:])})


async def test_who_is_refused_hears_why_and_the_other_way_is_the_best_from_then_on(
    here: House, alipay: Scripted
) -> None:
    link = await here.link("anna")
    assert await _choose(here, link) == "alipay"
    (order,) = alipay.orders
    heard = await _declined(here, order, "ACQ.BUYER_BALANCE_NOT_ENOUGH")
    assert words(here, "declined") in heard["anna"]
    assert words(here, "best") in heard["anna"]
    page = await here.page(link)
    assert words(here, "page") in page
    assert await _choose(here, link) == "stripe"


async def test_the_way_that_refused_can_still_be_chosen_and_is_as_good_as_ever_for_others(
    here: House, alipay: Scripted
) -> None:
    link = await here.link("anna")
    await _choose(here, link)
    await _declined(here, next(iter(alipay.orders)), "ACQ.BUYER_BALANCE_NOT_ENOUGH")
    assert await _choose(here, link, "alipay") == "alipay"
    assert await _choose(here, await here.link("ben")) == "alipay"


async def test_after_an_hour_it_is_offered_first_again(here: House, alipay: Scripted) -> None:
    link = await here.link("anna")
    await _choose(here, link)
    await _declined(here, next(iter(alipay.orders)), "ACQ.BUYER_BALANCE_NOT_ENOUGH")
    await here.advance(minutes=61)
    assert await _choose(here, link) == "alipay"


async def test_what_only_a_person_can_mend_is_told_to_the_organiser_once_and_the_payer_goes_on(
    here: House, alipay: Scripted
) -> None:
    alipay.mood, alipay.code = "no", "ACQ.INVALID_PARAMETER"
    link = await here.link("anna")
    before = len(here.phone("lin"))
    assert await _choose(here, link, "alipay") == ""
    assert words(here, "instead") in await here.page(link)
    (told,) = here.phone("lin")[before:]
    assert words(here, "broken") in told
    assert "Anna" in told
    await _choose(here, await here.link("ben"), "alipay")
    assert len(here.phone("lin")) == before + 1
    assert "✅ ¥60.00" not in await here.page(link)
    await here.press("lin", words(here, "confirm"))
    assert "✅ ¥60.00" in await here.page(link)
