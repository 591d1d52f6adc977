"""Several ways to pay: the best comes first, and one that does not answer hands the payer on, charging nobody twice."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build
from tests.dialogs.ways import Scripted

WORDS = {
    "en": {
        "best": ("Pay · ¥60.00", "By Alipay, unless you choose another way below"),
        "instead": "Card or wallet does not answer just now. Alipay is ready instead:",
        "switching": "We are making sure that the way you chose before can no longer be charged.",
        "failed": "This way of paying does not work just now.",
        "whole": "Pay · ¥90.00",
        "in_two": "Alipay · ¥45.00\nThis way takes it in 2 payments, one after the other.",
        "too_large": "That way does not take so much at once. Please choose another one.",
    },
    "zh_CN": {
        "best": ("付款 · ¥60.00", "将用支付宝，也可以在下面另选"),
        "instead": "银行卡或钱包 暂时没有响应，已为你准备好 支付宝：",
        "switching": "正在确认之前选的付法不会再扣款，马上就能继续。",
        "failed": "这种方式暂时付不了",
        "whole": "付款 · ¥90.00",
        "in_two": "支付宝 · ¥45.00\n这种方式要分 2 笔付。",
        "too_large": "单笔金额太大，这种付法不支持，请换一种。",
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
    house = await build(locale=request.param, extra={"alipay": alipay, "stripe": stripe}, channels=("stripe", "alipay"))
    await house.say("lin", "/collect 60 each Bus" if request.param == "en" else "收款 60 每人 车费")
    return house


def words(house: House, key: str) -> str:
    return WORDS[house.locale][key]  # type: ignore[return-value]


async def _start(house: House, link: str, channel: str = "", amount: str = "") -> str:
    """Choose on the page; what the page says then."""
    answer = await house.web.post(f"{link}/start", data={"channel": channel, "amount": amount})
    await house.app.settle()
    return await house.page(link) if answer.status_code == 303 else answer.text


async def _go(house: House, link: str) -> str:
    return str((await house.web.get(f"{link}/state")).json()["go"])


async def test_one_button_takes_the_best_way_and_the_others_are_there_for_who_wants_them(here: House) -> None:
    link = await here.link("anna")
    page = await here.page(link)
    for part in words(here, "best"):
        assert part in page
    await _start(here, link)
    assert (await _go(here, link)).startswith("https://alipay.example/")


async def test_a_slow_or_silent_way_is_not_the_best_any_more(here: House, alipay: Scripted) -> None:
    alipay.mood = "down"
    for person in ("anna", "ben", "dora"):
        link = await here.link(person)
        await _start(here, link)
        assert (await _go(here, link)).startswith("https://stripe.example/")
    alipay.asked.clear()
    link = await here.link("xiaowang")
    await _start(here, link)
    assert (await _go(here, link)).startswith("https://stripe.example/")
    assert alipay.asked == []


async def test_a_way_that_was_chosen_and_does_not_answer_offers_another_and_goes_nowhere_by_itself(
    here: House, stripe: Scripted
) -> None:
    stripe.mood = "down"
    link = await here.link("anna")
    assert words(here, "instead") in await _start(here, link, "stripe")
    assert await _go(here, link) == ""


async def test_nobody_is_led_on_before_the_way_they_chose_before_is_closed_for_sure(
    here: House, alipay: Scripted, stripe: Scripted
) -> None:
    link = await here.link("anna")
    await _start(here, link, "alipay")
    (first,) = alipay.orders
    alipay.mood = "mute"
    assert words(here, "switching") in await _start(here, link, "stripe")
    assert (stripe.asked, await _go(here, link)) == ([], "")
    alipay.mood = "well"
    await here.advance(seconds=30)
    assert alipay.asked[-2:] == ["close", "query"]
    assert (await _go(here, link)).startswith("https://stripe.example/")
    with pytest.raises(AssertionError, match="nobody can pay"):
        alipay.pays(first)


async def test_what_was_paid_meanwhile_counts_and_the_other_way_is_not_opened(
    here: House, alipay: Scripted, stripe: Scripted
) -> None:
    link = await here.link("anna")
    await _start(here, link, "alipay")
    alipay.pays(next(iter(alipay.orders)))
    await _start(here, link, "stripe")
    await here.advance(seconds=5)
    assert stripe.asked == []
    assert "¥60.00" in here.phone("anna")[-1]
    assert "2/6" in here.card()


async def test_where_no_other_way_is_left_the_page_says_that_it_failed(
    here: House, alipay: Scripted, stripe: Scripted
) -> None:
    alipay.mood = stripe.mood = "down"
    assert words(here, "failed") in await _start(here, await here.link("anna"))
    assert (alipay.asked, stripe.asked) == (["create"], ["create"])


async def test_ways_that_cannot_take_the_amount_are_not_offered_and_refused_kindly(build: Build) -> None:
    for locale, said in (("en", "/collect 60 each Bus"), ("zh_CN", "收款 60 每人 车费")):
        small = Scripted("alipay", maximum=5000, fee_basis_points=1)
        foreign = Scripted("stripe", currencies=frozenset({"USD"}))
        house = await build(locale=locale, extra={"alipay": small, "stripe": foreign})
        await house.say("lin", said)
        link = await house.link("anna")
        page = await house.page(link)
        assert ("Card or wallet" if locale == "en" else "银行卡") not in page
        assert words(house, "too_large") in await _start(house, link, "alipay", "60")


async def test_a_way_that_takes_less_at_once_takes_it_in_parts_that_fit_it(build: Build) -> None:
    for locale, said in (("en", "/collect 90 each Bus"), ("zh_CN", "收款 90 每人 车费")):
        small = Scripted("alipay", maxima={"CNY": 5000})
        house = await build(locale=locale, extra={"alipay": small, "stripe": Scripted("stripe")})
        await house.say("lin", said)
        link = await house.link("anna")
        page = await house.page(link)
        assert words(house, "whole") in page
        assert words(house, "in_two") in page
        for _ in range(2):
            await _start(house, link, "alipay")
            small.pays(list(small.orders)[-1])
            await house.advance(minutes=2)
        assert "2/6" in house.card()


async def test_metrics_tell_how_the_ways_do(here: House, alipay: Scripted) -> None:
    alipay.mood = "down"
    await _start(here, await here.link("anna"))
    text = here.app.metrics.render().decode()
    assert 'qunshou_channel_answered_ratio{channel="alipay",operation="create"} 0.0' in text
    assert 'qunshou_channel_breaker{channel="stripe",operation="create",state="closed"} 1.0' in text
