"""What banks do to payers, from the first silence to money that comes late: the payer, the group and the books."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House

BANK = "/sandbox/bank"


@pytest.fixture
async def order(house: House) -> str:
    """Anna is at the bank with 60.00."""
    await house.say("lin", "/collect 60 each Bus")
    return await house.start(await house.link("anna"))


async def test_a_decline_tells_the_payer_and_another_try_counts(house: House, order: str) -> None:
    await house.at_bank(order, "decline")
    assert "⚡" in await house.page(await house.link("anna"))
    assert "1/6" in house.card()
    heard = await house.pay("anna")
    assert "¥60.00 received" in heard["anna"]
    assert "2/6" in house.card()


async def test_a_bank_that_breaks_down_is_a_technical_stall(house: House, order: str) -> None:
    await house.at_bank(order, "error")
    assert "1/6" in house.card()
    assert "1 stopped by trouble" in (await house.say("lin", "/status")).group


async def test_after_silence_nobody_decides_until_the_bank_has_spoken(house: House, order: str) -> None:
    await house.at_bank(order, "silence")
    assert "1/6" in house.card()
    heard = await house.advance(minutes=30)
    assert "received" not in heard["anna"]
    assert "1/6" in house.card()
    heard = await house.advance(days=2)
    assert heard["anna"].count("¥60.00 received") == 1
    assert "2/6" in house.card()


async def test_money_that_was_on_its_way_when_the_attempt_ended_arrives(house: House, order: str) -> None:
    await house.at_bank(order, "late")
    assert "1/6" in house.card()
    heard = await house.advance(minutes=20)
    assert heard["anna"].count("¥60.00 received") == 1
    assert "2/6" in house.card()


async def test_who_walks_away_is_followed_up(house: House, order: str) -> None:
    await house.at_bank(order, "leave")
    assert "1 started, not finished" in (await house.say("lin", "/status")).group
    heard = await house.advance(minutes=16)
    assert "service_notice" in heard["anna"]


async def test_a_bank_that_is_down_says_so_at_once(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    link = await house.link("anna")
    assert (await house.web.post(BANK, data={"play": "down"})).status_code == 303
    assert await house.start(link) == ""
    assert "⚡" in await house.page(link)
    await house.pay("anna")
    assert "2/6" in house.card()


async def test_a_bank_that_never_answered_is_asked_until_it_does(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.web.post(BANK, data={"play": "mute"})
    assert await house.start(await house.link("anna")) == ""
    heard = await house.advance(days=3)
    assert heard["anna"].count("¥60.00 received") == 1


async def test_the_bank_plays_only_what_it_offers(house: House, order: str) -> None:
    assert (await house.web.post(order, data={"play": "rob"})).status_code == 404
    assert (await house.web.post(f"{BANK}/nobody", data={"play": "success"})).status_code == 404
    assert (await house.web.post(BANK, data={"play": "rob"})).status_code == 404
    shown = await house.page(order)
    assert "¥60.00" in shown
