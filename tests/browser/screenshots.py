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
    context.close()


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
