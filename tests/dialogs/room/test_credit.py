"""Credit that pays for the next collection, and receipts that can be printed."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House, seen
from tests.dialogs.room.conftest import Build

EN = ("/collect 50 each Bus", "/confirm @anna 60", "/collect 30 each Tea")
ZH = ("收款 50 每人 包车", "/确认 @anna 60", "收款 30 每人 茶")
"""Anna paid 10 too much in the first; the second asks 30 of her."""


@pytest.mark.parametrize(
    ("locale", "lines", "pay", "has", "button", "used"),
    [
        (
            "en",
            EN,
            "/pay #2",
            "You have ¥10.00 of credit here",
            "Use my credit",
            "¥10.00 of your credit is used. ¥20.00 is left.",
        ),
        ("zh_CN", ZH, "/付款 #2", "你在这里还有 ¥10.00 余额", "用余额抵扣", "已用余额抵扣 ¥10.00，还差 ¥20.00。"),
    ],
)
async def test_one_tap_in_private_pays_with_it(
    build: Build, locale: str, lines: tuple[str, ...], pay: str, has: str, button: str, used: str
) -> None:
    house = await build(locale=locale)
    for line in lines:
        await house.say("lin", line)
    assert has in (await house.say("anna", pay))["anna"]
    assert used in (await house.press("anna", button)).answer
    assert has not in (await house.say("anna", pay))["anna"]


@pytest.mark.parametrize(
    ("locale", "lines", "button"), [("en", EN, "Use my credit of ¥10.00"), ("zh_CN", ZH, "用我的余额 ¥10.00 抵扣")]
)
async def test_one_tap_on_the_page_pays_with_it(build: Build, locale: str, lines: tuple[str, ...], button: str) -> None:
    house = await build(locale=locale)
    for line in lines:
        await house.say("lin", line)
    link = await house.link("anna")
    assert button in await house.page(link)
    assert (await house.web.post(f"{link}/credit", data={})).status_code == 303
    page = await house.page(link)
    assert "¥20.00" in page
    assert button not in page


async def test_credit_with_one_organiser_is_none_with_another(house: House) -> None:
    await house.say("lin", EN[0])
    await house.say("lin", EN[1])
    await house.say("ben", EN[2])
    assert "credit" not in await house.page(await house.link("anna"))


@pytest.mark.parametrize(
    ("locale", "line", "ask", "facts", "button"),
    [
        (
            "en",
            "/collect 50 each Bus",
            "/receipt",
            ("Anna paid ¥50.00 to Lin", "¥50.00 over Test bank (SB", "−¥20.00 gone back, over Test bank (SR"),
            "Open my receipt",
        ),
        (
            "zh_CN",
            "收款 50 每人 包车",
            "/收据",
            ("Anna 付给 Lin ¥50.00", "¥50.00，测试银行（SB", "−¥20.00 已退，测试银行（SR"),
            "打开我的收据",
        ),
    ],
)
async def test_a_receipt_tells_what_came_and_what_went_back(
    build: Build, locale: str, line: str, ask: str, facts: tuple[str, ...], button: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    assert "#1" in (await house.say("anna", ask)).group
    await house.pay("anna")
    await house.say("lin", "/refund @anna 20")
    await house.press("lin", "Yes, do it" if locale == "en" else "是，就这样")
    heard = await house.say("anna", ask)
    assert "¥" not in heard.group
    for fact in facts:
        assert fact in heard["anna"]
    assert any(button in label for label in house.buttons("anna"))


@pytest.mark.parametrize(
    ("lang", "word", "total"), [("en", "Receipt", "Paid in all ¥50.00"), ("zh", "收据", "共付 ¥50.00")]
)
async def test_the_receipt_has_a_page_in_both_languages_and_nobody_can_forge_it(
    house: House, lang: str, word: str, total: str
) -> None:
    await house.say("lin", "/collect 50 each Bus")
    link = await house.link("anna")
    assert "/receipts/" not in (await house.web.get(link)).text
    await house.at_bank(await house.start(link), "success")
    address = (await house.web.get(link)).text.partition("/receipts/")[2].partition('"')[0]
    page = await house.web.get(f"/receipts/{address}?lang={lang}")
    assert page.status_code == 200
    words = " ".join(seen(page.text.replace("<", " <")).split())
    for fact in (word, total, "Anna", "Lin", "SB", "2026", "Asia/Shanghai"):
        assert fact in words
    token = link.rpartition("/")[2]
    for forged in (token, address[:-1], "x", address + "x"):
        assert (await house.web.get(f"/receipts/{forged}")).status_code == 404
    assert (await house.web.get(f"/pay/{address}")).status_code == 404
