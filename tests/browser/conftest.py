"""A real Chromium, and the demo it looks at. Without Chromium these tests fail: they are never skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.room import Room, demo

ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT = 15_000
"""Milliseconds until something that should come has not come."""


def chromium() -> str:
    """Where Chromium is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError("these tests need Chromium: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1280 x 800 on which nothing goes wrong unseen: console errors, refused resources, other hosts."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Asia/Shanghai")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if _own(asked.url) else wrong.append(asked.url))
    yield page
    context.close()
    assert wrong == []


def _own(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "about:", "data:", "blob:"))


@pytest.fixture
def room(page: Page, tmp_path: Path) -> Iterator[Room]:
    with demo(tmp_path, lang="en") as url:
        yield Room(page, url).enter()


@pytest.fixture
def room_zh(page: Page, tmp_path: Path) -> Iterator[Room]:
    """The same in Chinese."""
    with demo(tmp_path, lang="zh") as url:
        yield Room(page, url).enter("?lang=zh")
