"""Money that went back without the bot, in the chat: given at the bank's own desk, or taken by the payer's bank."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

WORDS = {
    "en": {
        "collect": "/collect 50 each",
        "refund": "¥50.00 went back to Anna on the pages of Test bank",
        "mine": "¥50.00 that you paid went back over Test bank",
        "taken": "the bank of Anna took ¥50.00 back over Test bank",
        "rests": "Lin looks at it; no reminders until then",
        "owes": "They owe it",
        "let_go": "Let go",
        "again": "the ¥50.00 that the bank of Anna had taken back came again",
        "bounced": "¥50.00 for Anna came back over Test bank",
        "history": "/history",
        "booked": "taken back by the payer's bank",
    },
    "zh_CN": {
        "collect": "收款 50 每人",
        "refund": "测试银行后台给 Anna 退了 ¥50.00",
        "mine": "你付的 ¥50.00 已经测试银行退回",
        "taken": "Anna 的银行经测试银行撤回了 ¥50.00",
        "rests": "Lin 会核实，期间不会提醒你",
        "owes": "还是要付",
        "let_go": "不用付了",
        "again": "Anna 的银行撤回的 ¥50.00 又经测试银行回来了",
        "bounced": "退给 Anna 的 ¥50.00 没能送达",
        "history": "/记录",
        "booked": "被付款银行撤回",
    },
}


async def _paid(house: House, words: dict[str, str]) -> str:
    """The bank's page of what Anna has paid."""
    await house.say("lin", words["collect"])
    order = await house.start(await house.link("anna"))
    await house.at_bank(order, "success")
    assert "2/6" in house.card()
    return order


async def _settle(house: House, order: str, play: str) -> None:
    (page,) = (
        part for part in (await house.web.get(order)).text.split('action="') if part.startswith("/sandbox/returns/")
    )
    await house.at_bank(page.partition('"')[0], play)


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
async def test_a_refund_at_the_banks_own_desk_is_booked_as_one(build: Build, locale: str) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    order = await _paid(house, words)
    heard = await house.at_bank(f"{order}/desk", "refund")
    assert words["refund"] in heard["lin"]
    assert words["mine"] in heard["anna"]
    assert "¥250.00" in house.card()
    await _settle(house, order, "failed")
    assert words["bounced"] in house.phone("lin")[-1]


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
async def test_what_the_payers_bank_takes_back_is_owed_again_when_the_organiser_says_so(
    build: Build, locale: str
) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    order = await _paid(house, words)
    heard = await house.at_bank(f"{order}/desk", "dispute")
    assert words["taken"] in heard["lin"]
    assert words["rests"] in heard["anna"]
    assert "1/6" in house.card()
    heard = await house.advance(hours=7)
    assert "¥50" not in heard["anna"]
    await house.press("lin", words["owes"])
    heard = await house.pay("anna")
    assert "2/6" in house.card()
    assert words["booked"] in (await house.write("lin", words["history"]))["lin"]


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
async def test_a_dispute_that_is_won_counts_as_before(build: Build, locale: str) -> None:
    house, words = await build(locale=locale), WORDS[locale]
    order = await _paid(house, words)
    await house.at_bank(f"{order}/desk", "dispute")
    await _settle(house, order, "failed")
    assert words["again"] in house.phone("lin")[-1]
    assert "2/6" in house.card()


async def test_what_was_taken_back_can_be_let_go(house: House) -> None:
    order = await _paid(house, WORDS["en"])
    await house.at_bank(f"{order}/desk", "dispute")
    await house.press("lin", "Let go")
    assert "2/6" in house.card()
