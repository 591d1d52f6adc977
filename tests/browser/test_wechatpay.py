"""The page inside WeChat, in a real browser with a WeChat that is made up: it calls the payment, and goes back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bot.app.build import pages, templates_folder
from bot.domain.money import Money

pytestmark = pytest.mark.browser
SITE = "http://127.0.0.1:9"
CALL = {
    "app-id": "wxd678efh567hg6787",
    "time-stamp": "1763949600",
    "nonce-str": "nonce",
    "package": "prepay_id=wx1",
    "sign-type": "RSA",
    "pay-sign": "c2lnbmVk+/==",
}
WECHAT = """
window.called = [];
const bridge = { invoke(name, order, told) { window.called.push([name, order]); window.told = told; } };
"""
READY = WECHAT + "window.WeixinJSBridge = bridge;"
LATER = (
    WECHAT
    + "const come = () => { window.WeixinJSBridge = bridge; document.dispatchEvent(new Event('WeixinJSBridgeReady')) };"
    + "setTimeout(come, 50);"
)


def _page(locale: str) -> bytes:
    context = {
        "title": "周五火锅",
        "amount": Money(3333, "CNY"),
        "return_url": f"{SITE}/pay/x",
        "again": "",
        "call": CALL,
    }
    return bytes(pages().page("wechatpay.html", locale, "UTC", **context).body)


@pytest.fixture(params=[READY, LATER], ids=["ready", "later"])
def inside(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A phone on which WeChat is there from the beginning, or comes a little later."""
    context = browser.new_context(viewport={"width": 390, "height": 780}, is_mobile=True, has_touch=True)
    context.add_init_script(request.param)
    page = context.new_page()

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            route.fulfill(path=templates_folder() / "web" / path[1:])
        elif path == "/wechatpay/x":
            route.fulfill(body=_page("zh"), content_type="text/html")
        else:
            route.fulfill(body="back", content_type="text/html")

    page.route("**/*", answer)
    page.goto(f"{SITE}/wechatpay/x")
    page.wait_for_function("window.called.length == 1")
    yield page
    context.close()


def _told(page: Page, outcome: str) -> None:
    page.evaluate(f"window.told({{err_msg: 'get_brand_wcpay_request:{outcome}'}})")


def test_the_payment_is_called_with_what_the_page_carries_and_leads_back(inside: Page) -> None:
    name, order = inside.evaluate("window.called[0]")
    assert name == "getBrandWCPayRequest"
    assert order == {
        "appId": CALL["app-id"],
        "timeStamp": CALL["time-stamp"],
        "nonceStr": CALL["nonce-str"],
        "package": CALL["package"],
        "signType": CALL["sign-type"],
        "paySign": CALL["pay-sign"],
    }
    expect(inside.get_by_role("status")).to_contain_text("正在打开微信支付")
    _told(inside, "ok")
    inside.wait_for_url(f"{SITE}/pay/x")


@pytest.mark.parametrize(("outcome", "words"), [("cancel", "随时可以继续"), ("fail", "可以重试")])
def test_who_did_not_pay_can_go_on(inside: Page, outcome: str, words: str) -> None:
    _told(inside, outcome)
    expect(inside.get_by_role("status")).to_contain_text(words)
    inside.get_by_role("button", name="微信支付").click()
    inside.wait_for_function("window.called.length == 2")
    assert inside.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
