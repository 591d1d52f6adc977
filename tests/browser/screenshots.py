"""``python -m tests.browser.screenshots``: draws the pictures of the README anew."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS, WAIT, chromium
from tests.browser.room import ROOT, Room, demo

IMAGES = ROOT / ".github" / "images"
MOST_BYTES = 250_000


def main() -> int:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        _story(browser, Path(folder), "en", "/collect 200 equal Hotpot", ("Pay", "Test bank", "Paid. Thank you!"))
        _story(browser, Path(folder), "zh", "收款 200 均摊 火锅", ("去付款", "测试银行", "已付清"))
        browser.close()
    return 0


def _story(browser: Browser, folder: Path, lang: str, said: str, words: tuple[str, str, str]) -> None:
    """The group after one reminder, with half of the money in."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 860}, device_scale_factor=1.5, timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(WAIT)
    (folder / lang).mkdir()
    with demo(folder / lang, lang=lang) as url:
        room = Room(context.new_page(), url).enter(f"?lang={lang}")
        room.be("lin").say(said)
        room.card("1/6")
        room.be("anna").pay(*words)
        room.be("ben").pay(*words)
        room.wait(360)
        room.card("3/6")
        if lang == "en":
            room.be("dora").cashier(words[0])
            room.page.frame_locator("#frame").locator("button.main").first.wait_for()
            _keep(room, "cashier", room.page.locator("#cashier").screenshot())
            room.page.click("#close")
        room.be("xiaowang")
        room.page.locator("#screen > li").last.wait_for()
        room.page.wait_for_timeout(500)
        _keep(room, f"room-{lang}", room.page.screenshot())
        _board(room, lang, words, *(("I've paid", "Manage", "Board") if lang == "en" else ("我付了", "管理", "看板")))
    context.close()


def _board(room: Room, lang: str, words: tuple[str, str, str], paid: str, manage: str, board: str) -> None:
    """The organiser's board, after somebody has stopped at the bank, which then breaks down for the next one."""
    pay, bank, _ = words
    frame = room.be("xiaowang").cashier(pay)
    frame.locator(f"button.main:has-text({bank!r})").click()
    frame.locator("button[value=down]").click()
    frame.get_by_role("status").wait_for()
    room.page.click("#close")
    frame = room.be("emil").cashier(pay)
    frame.locator(f"button.main:has-text({bank!r})").click()
    frame.get_by_role("status").first.wait_for()
    room.page.click("#close")
    room.be("dora").press(paid)
    room.card("1")
    room.be("lin").press(manage).press_on_phone(board)
    link = room.page.locator("#newtab").get_attribute("href")
    assert link is not None
    room.page.goto(link)
    room.page.wait_for_timeout(500)
    _keep(room, f"board-{lang}", room.page.screenshot())


def _keep(room: Room, name: str, png: bytes) -> None:
    file = IMAGES / f"{name}.png"
    file.write_bytes(png)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}: {size / 1000:.0f} kB")
    assert size < MOST_BYTES, f"{name} is too large for a README"


if __name__ == "__main__":
    sys.exit(main())
