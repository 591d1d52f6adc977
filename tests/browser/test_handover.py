"""The form that hands a payer over to UnionPay, in a real Chromium: it goes, and nowhere but where the page says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from adapters.channels.unionpay import UnionPay
from adapters.web.guard import SecurityHeaders
from bot.app.build import templates_folder
from bot.ports import FakeClock, Payer
from tests.channels.loopback import Standing
from tests.channels.unionpay.conftest import NOW, intent, made
from tests.channels.unionpay.server import UnionPayGateway

pytestmark = pytest.mark.browser


@contextmanager
def _standing() -> Iterator[tuple[UnionPayGateway, str]]:
    """The gateway, and our page for an order: both in a thread of their own, as the browser waits in this one."""
    ready, over = threading.Event(), asyncio.Event()
    found: list[tuple[UnionPayGateway, str]] = []
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with AsyncExitStack() as stack:
            clock = FakeClock(NOW)
            gateway = await stack.enter_async_context(UnionPayGateway(clock))
            channel: UnionPay = made(gateway, clock)
            static = Mount("/static", StaticFiles(directory=templates_folder() / "web" / "static"))
            ours = Starlette(routes=[*channel.routes(), static], middleware=[Middleware(SecurityHeaders)])
            site = await stack.enter_async_context(Standing(ours))
            answer = await channel.create(
                intent(), title="Hotpot", return_url="https://pay.example/pay/x", payer=Payer(locale="en")
            )
            found.append((gateway, answer.action["url"].replace("https://pay.example", site.base_url)))
            ready.set()
            await over.wait()
            await channel.aclose()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert ready.wait(20)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def test_the_form_goes_by_itself(page: Page) -> None:
    with _standing() as (gateway, url):
        page.goto(url)
        expect(page.locator("body")).to_have_text(f"00 {intent().id}")
        assert gateway.of(intent().id).fields["txnAmt"] == "3333"
        assert gateway.violations == []


def test_without_scripts_there_is_a_button(browser: Browser) -> None:
    with _standing() as (gateway, url), browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(url)
        page.get_by_role("button", name="Go on to UnionPay").click()
        expect(page.locator("body")).to_have_text(f"00 {intent().id}")
        assert gateway.violations == []
