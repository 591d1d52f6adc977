"""``/payee`` while something is being collected: said before the group, waited for, stopped with one tap."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "old", "new", "collect", "told", "announced", "page", "changed"),
    [
        (
            "en",
            "/payee Alipay 111",
            "/payee Alipay 222",
            "/collect 200 equal",
            "1 running collection changes",
            "Lin wants the money to go elsewhere from Tue 22:00 on: Alipay 222. Until then nothing changes.",
            "on the money goes to another account of Lin. Until then this one.",
            "from now on the money goes to Lin: Alipay 222.",
        ),
        (
            "zh_CN",
            "/收款账号 支付宝 111",
            "/收款账号 支付宝 222",
            "收款 200 均摊",
            "进行中的 1 笔收款在",
            "Lin 想从 周二 22:00 起换收款账号：支付宝 222。在那之前不变。",
            "起 Lin 换收款账号，在那之前仍付这个。",
            "从现在起付给 Lin：支付宝 222。",
        ),
    ],
)
async def test_another_account_is_announced_and_waits(
    build: Build, locale: str, old: str, new: str, collect: str, told: str, announced: str, page: str, changed: str
) -> None:
    house = await build(locale=locale)
    await house.write("lin", old)
    await house.say("lin", collect)
    link = await house.link("anna")
    assert page not in await house.page(link)
    heard = await house.write("lin", new)
    assert told in heard["lin"]
    assert announced in heard.group
    shown = await house.page(link)
    assert "111" in shown
    assert "222" not in shown
    assert page in shown
    assert changed in (await house.advance(hours=12)).group
    shown = await house.page(link)
    assert "222" in shown
    assert page not in shown


@pytest.mark.parametrize(
    ("locale", "collect", "button", "held", "vouch", "no", "vouched"),
    [
        (
            "en",
            "/collect 200 equal",
            "I did not expect this",
            "Dora did not expect another account (B 2), so it does not happen.",
            "I vouch for it",
            "Only Anna or an admin",
            "Lin vouches for the other account of Anna.",
        ),
        (
            "zh_CN",
            "收款 200 均摊",
            "不对劲",
            "Dora 觉得换账号（B 2）不对劲，已停住。",
            "我确认",
            "只有 Anna 或群管理员可以",
            "Lin 确认了 Anna 的新账号",
        ),
    ],
)
async def test_anybody_may_say_that_they_did_not_expect_it(
    build: Build, locale: str, collect: str, button: str, held: str, vouch: str, no: str, vouched: str
) -> None:
    house = await build(locale=locale)
    await house.write("anna", "/payee A 1")
    await house.say("anna", collect)
    await house.write("anna", "/payee B 2")
    heard = await house.press("dora", button)
    assert held in heard.group
    assert held in heard["anna"]
    assert "B 2" not in (await house.advance(hours=13)).group
    assert no in (await house.press("ben", vouch)).answer
    heard = await house.press("lin", vouch)
    assert vouched in heard.group
    assert "B 2" in heard.group + (await house.advance(minutes=1)).group


async def test_the_first_account_is_said_at_once_and_announces_no_wait(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 200 equal")
    await chinese.say("lin", "收款 200 均摊")
    heard = await house.write("lin", "/payee Alipay 138")
    assert "unless somebody objects" not in heard["lin"]
    assert "除非有人反对" not in (await chinese.write("lin", "/收款账号 支付宝 138"))["lin"]
