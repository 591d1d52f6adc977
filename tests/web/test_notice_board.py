"""A collection's page for everybody in its chat."""

from __future__ import annotations

from bot.domain.model import CollectionId
from tests.dialogs.house import House


async def _board(house: House) -> str:
    (collection,) = house.store.run(lambda work: tuple(work.collections()))
    return house.app.parts.links.notice_board(CollectionId(collection))


async def test_it_shows_amounts_progress_and_where_to_pay_but_no_member(house: House) -> None:
    await house.write("lin", "/payee Alipay 138 0013 8000")
    await house.say("lin", "/collect 200 equal Hotpot")
    await house.pay("anna")
    page = await house.page(await _board(house))
    for words in ("#1 Hotpot", "¥33.34", "× 2", "¥33.33", "2/6 · ¥66.67", "Alipay 138 0013 8000", "Lin"):
        assert words in page
    assert not any(name in page for name in ("Anna", "Ben", "Dora", "Emil"))


async def test_it_counts_why_people_have_not_paid_without_naming_them(house: House) -> None:
    await house.say("lin", "/collect 200 equal Hotpot")
    await house.start(await house.link("anna"))
    assert "4 not opened yet · 1 have begun" in await house.page(await _board(house))


async def test_where_nothing_is_known_one_asks(house: House) -> None:
    await house.say("lin", "/collect self Gift")
    page = await house.page(await _board(house))
    assert "You choose the amount" in page
    assert "/pay" in page


async def test_when_it_is_over_the_page_says_so(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.say("lin", "/close")
    assert "over" in await house.page(await _board(house))


async def test_links_of_one_kind_are_worth_nothing_as_another(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    board, pay = await _board(house), await house.link("anna")
    assert (await house.web.get(board.replace("/c/", "/pay/"))).status_code == 404
    assert (await house.web.get(pay.replace("/pay/", "/c/"))).status_code == 404
    assert (await house.web.get(board[:-3])).status_code == 404
    assert (await house.web.get(f"{board}/payee")).status_code == 404
    assert (await house.web.post(f"{board}/start")).status_code == 404
