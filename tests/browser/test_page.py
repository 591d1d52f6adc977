"""The page and the cashier for everybody: keyboard, phone, odd text, reload, several tabs, a server that comes back."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.room import Room, demo

pytestmark = pytest.mark.browser
_OUTLINED = """() => {
  const here = document.activeElement;
  const drawn = (style) => style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  const around = here.closest('label') || here;
  return here === document.body || drawn(getComputedStyle(here)) || drawn(getComputedStyle(around));
}"""


def test_everything_can_be_done_with_the_keyboard(room: Room) -> None:
    page = room.page
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("/collect 60 each Bus")
    page.keyboard.press("Enter")
    room.card("Bus")
    page.locator("#people input[value=lin]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#people input[value=anna]")).to_be_checked()
    page.locator("#messages button", has_text="Pay").last.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("#frame")
    expect(frame.locator("button.main")).to_contain_text("¥60.00")
    frame.locator("button.main").focus()
    page.keyboard.press("Enter")
    frame.locator("button[value=success]").focus()
    page.keyboard.press("Enter")
    expect(frame.get_by_text("Paid. Thank you!")).to_be_visible()
    page.locator("#close").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#cashier")).to_be_hidden()
    room.card("2/6")


def test_where_the_focus_is_can_be_seen(room: Room) -> None:
    room.say("/collect 60 each Bus")
    for _ in range(30):
        room.page.keyboard.press("Tab")
        outline = room.page.evaluate(_OUTLINED)
        assert outline, room.page.evaluate("document.activeElement.outerHTML")


def test_nothing_hides_beyond_the_edge_of_a_phone(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    with demo(tmp_path, lang="zh") as url:
        room = Room(page, url).enter("?lang=zh")
        room.say("收款 200 均摊 " + "很长的标题" * 6)
        room.card("很长的标题")
        assert _overflow(page) == 0
        link = _link(room.be("anna"), "去付款")
        page.goto(link)
        assert _overflow(page) == 0
        expect(page.locator("button.main").first).to_be_in_viewport()
        small = page.evaluate(
            "[...document.querySelectorAll('button, input:not([type=hidden])')]"
            ".filter((e) => e.offsetParent && e.getBoundingClientRect().height < 24).map((e) => e.outerHTML)"
        )
        assert small == []
        context.close()


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _link(room: Room, pay: str) -> str:
    """The personal link behind the Pay button."""
    room.cashier(pay)
    link = room.page.locator("#newtab").get_attribute("href")
    assert link is not None
    room.page.click("#close")
    return link


@pytest.mark.parametrize(
    "title",
    [
        "<img src=x onerror=alert(1)>",
        "<script>document.title='x'</script>",
        "</li></ol><h1>big</h1>",
        "&lt;b&gt; {{ 7*7 }} {% raw %}",
        "'\"><svg/onload=alert(1)>",
    ],
)
def test_what_people_write_is_shown_as_they_wrote_it(room: Room, title: str) -> None:
    before = room.page.title()
    room.page.fill("#text", f"hello {title}")
    room.page.press("#text", "Enter")
    room.heard(title)
    room.say(f'/collect 60 each "{title}"')
    expect(room.page.locator("#messages img, #messages script, #messages svg, #messages h1")).to_have_count(0)
    assert room.page.title() == before


def test_after_a_reload_everything_is_there(room: Room) -> None:
    room.say("hello everybody")
    room.say("/collect 60 each Bus")
    room.card("1/6")
    said = room.messages.count()
    room.page.reload()
    expect(room.messages).to_have_count(said)
    room.heard("hello everybody")
    room.card("1/6")


def test_two_tabs_see_the_same(room: Room) -> None:
    other = Room(room.page.context.new_page(), room.url).enter()
    other.be("ben").say("I have no idea what this costs")
    room.heard("I have no idea")
    room.say("/collect 60 each Bus")
    other.card("Bus")


def test_the_page_finds_the_server_again_when_it_comes_back(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_context().new_page()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with demo(tmp_path, lang="en", port=port) as url:
        room = Room(page, url).enter()
        room.say("/collect 60 each Bus")
        room.card("1/6")
    expect(page.locator("#toast")).to_be_visible()
    with demo(tmp_path, lang="en", port=port):
        expect(page.locator("#toast")).to_be_hidden(timeout=30_000)
        room.say("/status")
        room.heard("#1 Bus")
    page.context.close()


def test_the_payment_page_works_on_its_own_and_in_a_second_tab(room: Room) -> None:
    room.say("/collect 60 each Bus")
    link = _link(room.be("anna"), "Pay")
    tabs = [room.page.context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.goto(link)
        expect(tab.locator(".amount .big")).to_have_text("¥60.00")
    tabs[0].locator("button.main", has_text="Test bank").click()
    tabs[0].locator("button[value=success]").click()
    expect(tabs[0].get_by_text("Paid. Thank you!")).to_be_visible()
    tabs[1].reload()
    expect(tabs[1].get_by_text("Paid. Thank you!")).to_be_visible()
    expect(tabs[1].locator("button.main")).to_have_count(0)


def test_a_part_can_be_paid_and_an_amount_that_makes_no_sense_is_explained(room: Room) -> None:
    room.say("/collect 60 each Bus")
    page = room.page.context.new_page()
    page.goto(_link(room.be("anna"), "Pay"))
    page.locator("summary").first.click()
    page.locator("#part-sandbox").fill("1.5e3")
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 422):
        page.locator("details button").click()
    expect(page.get_by_role("alert")).to_contain_text("1.5e3")
    page.locator("summary").first.click()
    page.locator("#part-sandbox").fill("25.50")
    page.locator("details button").click()
    page.locator("button[value=success]").click()
    expect(page.locator(".amount .big")).to_have_text("¥34.50")
    page.close()
    room.be("anna").on_phone("private", "¥25.50 received")


def test_a_link_that_was_changed_opens_nothing(room: Room) -> None:
    room.say("/collect 60 each Bus")
    link = _link(room.be("anna"), "Pay")
    forged = link[:-5] + ("A" if link[-5] != "A" else "B") + link[-4:]
    answer = room.page.request.get(forged)
    assert answer.status == 404
    assert "¥60" not in answer.text()


def test_the_examples_fill_the_line_and_help_can_be_copied_from(room: Room) -> None:
    room.page.locator("button.try").first.click()
    expect(room.page.locator("#text")).to_have_value(re.compile(r"^/"))
    room.page.press("#text", "Enter")
    room.heard("💰")
    room.say("/help")
    code = room.messages.last.locator("code").first
    code.click()
    expect(room.page.locator("#text")).to_have_value(code.inner_text())


def test_a_tap_on_pay_is_not_lost_when_something_changes_meanwhile(room: Room) -> None:
    """The page loads itself again when something has changed, but not while a form is on its way."""
    page, version, on_its_way = room.page, ["before"], list[Route]()
    room.say("/collect 60 each Bus")
    room.card("Bus")
    page.route("**/state", lambda route: route.fulfill(json={"version": version[0], "waiting": False, "go": ""}))
    page.route("**/start", lambda route: on_its_way.append(route))
    frame = room.be("anna").cashier("Pay")
    frame.locator("button.main").click(no_wait_after=True)
    page.wait_for_timeout(1_000)
    version[0] = "after"
    page.wait_for_timeout(6_000)
    page.unroute("**/state")
    on_its_way[0].continue_()
    expect(frame.locator("button[value=success]")).to_be_visible(timeout=5_000)
