"""The organiser's board in a real browser: it follows, keeps one's place, fits a phone, and needs no script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WAIT
from tests.browser.room import Room, demo

pytestmark = pytest.mark.browser


def _link(room: Room, manage: str, board: str) -> str:
    """The address that Manage brings onto the phone of who one is."""
    room.press(manage).press_on_phone(board)
    expect(room.page.locator("#page")).to_contain_text(board)
    link = room.page.locator("#newtab").get_attribute("href")
    assert link is not None
    room.page.click("#close")
    return link


def test_it_follows_what_happens_and_keeps_the_place_that_one_looks_at(room: Room) -> None:
    room.be("lin").say("/collect 60 each Bus")
    room.card("Bus")
    board = room.page.context.new_page()
    board.set_viewport_size({"width": 390, "height": 500})
    board.goto(_link(room, "Manage", "Board"))
    expect(board.get_by_text("1 of 6 settled")).to_be_visible()
    expect(board.get_by_text("Nobody has begun to pay here yet.")).to_have_count(1)
    board.evaluate("scrollTo(0, 300)")
    room.be("anna").pay("Pay", "Test bank", "Paid. Thank you!")
    expect(board.locator(".people li").filter(has_text="Anna")).to_contain_text("paid · Test bank")
    expect(board.locator(".steps li")).to_contain_text("the payer chose it")
    assert board.evaluate("scrollY") == 300
    board.get_by_role("link", name="Settled").click()
    expect(board.locator(".people li")).to_have_count(2)
    board.close()


def test_whoever_is_no_longer_in_charge_is_told_that_the_page_stands_still(room: Room) -> None:
    room.be("lin").say("/collect 60 each Bus")
    room.say("/helper @Anna")
    room.be("anna")
    board = room.page.context.new_page()
    board.goto(_link(room, "Manage", "Board"))
    expect(board.locator("#away")).to_be_hidden()
    room.be("lin").say("/helper off @Anna")
    expect(board.locator("#away")).to_be_visible()
    board.close()


@pytest.mark.parametrize(
    ("lang", "said", "manage", "words"),
    [
        ("en", "/collect 60 each " + "A_very_long_title_without_any_gap" * 2, "Manage", ("Board", "Who stands where")),
        ("zh", "收款 60 每人 " + "很长的标题" * 6, "管理", ("看板", "各人进度")),
    ],
)
def test_it_fits_a_phone_and_can_be_read_without_a_script(
    browser: Browser, page: Page, tmp_path: Path, lang: str, said: str, manage: str, words: tuple[str, str]
) -> None:
    with demo(tmp_path, lang=lang) as url:
        link = _link(Room(page, url).enter(f"?lang={lang}").say(said), manage, words[0])
        plain = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
        plain.set_default_timeout(WAIT)
        phone = plain.new_page()
        phone.goto(link)
        expect(phone.get_by_text(words[1])).to_be_visible()
        plain.close()
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(link)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
