"""The page inside WeChat: who looks is found out, the order is made for them, WeChat's payment is called."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette

from adapters.channels.wechatpay import WeChatPay
from adapters.channels.wechatpay.orders import LASTING
from bot.domain.model import IntentState
from bot.ports import FakeClock, Unavailable
from tests.channels.wechatpay.merchant import BACK, DESK, PHONE, URL, WECHAT, channel_for, intent
from tests.channels.wechatpay.server import APPID, WeChatPayServer

NUMBER = "ABCDEFGH23456789"


class Phone:
    """Somebody's WeChat: keeps cookies, follows redirects between the page and WeChat."""

    def __init__(self, channel: WeChatPay, pay: WeChatPayServer) -> None:
        app = Starlette(routes=list(channel.routes()))
        self.browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)
        self.outside = httpx.AsyncClient()
        self._pay = pay

    async def open(self, url: str) -> httpx.Response:
        """Until there is a page."""
        for _ in range(8):
            client = self.outside if url.startswith(self._pay.url) else self.browser
            answer = await client.get(url.partition("#")[0])
            if not answer.is_redirect or answer.headers["location"] == BACK:
                return answer
            url = answer.headers["location"]
        raise AssertionError("redirected for ever")

    async def aclose(self) -> None:
        await self.browser.aclose()
        await self.outside.aclose()


@pytest.fixture
async def phone(channel: WeChatPay, pay: WeChatPayServer) -> AsyncIterator[Phone]:
    phone = Phone(channel, pay)
    yield phone
    await phone.aclose()


@pytest.fixture
async def link(channel: WeChatPay) -> str:
    """Anna's page inside WeChat."""
    answer = await channel.create(intent(surface="wechat"), title="周五火锅", return_url=BACK, payer=WECHAT)
    assert answer.state is IntentState.PENDING
    assert answer.action["kind"] == "redirect"
    return answer.action["url"]


def carried(page: str, name: str) -> str:
    found = re.search(f'data-{name}="([^"]*)"', page)
    assert found is not None
    return found[1]


async def test_the_page_calls_wechats_payment_with_our_signature(phone: Phone, link: str, pay: WeChatPayServer) -> None:
    assert link.startswith(f"{URL}/wechatpay/")
    assert pay.ledger.orders == {}
    answer = await phone.open(link)
    assert answer.status_code == 200
    order = pay.ledger.orders[NUMBER]
    assert (order.product, order.sent["payer"]) == ("jsapi", {"openid": pay.openids["code-anna"]})
    assert (order.total, order.sent["description"]) == (3333, "周五火锅")
    page = answer.text
    assert "正在打开微信支付" in page
    assert "¥33.33" in page
    assert carried(page, "back") == BACK
    stamp, nonce, package = (carried(page, name) for name in ("time-stamp", "nonce-str", "package"))
    assert re.fullmatch(r"prepay_id=wx\w+", package)
    assert (carried(page, "app-id"), carried(page, "sign-type")) == (APPID, "RSA")
    signature = base64.b64decode(carried(page, "pay-sign"))
    right = pay.merchant.suite.public_key(pay.merchant.public)
    assert right(signature, f"{APPID}\n{stamp}\n{nonce}\n{package}\n".encode())


async def test_the_page_can_be_loaded_again(phone: Phone, link: str, pay: WeChatPayServer) -> None:
    """WeChat's code is good once: it is asked for another."""
    answer = await phone.open(link)
    again = await phone.open(str(answer.url))
    assert again.status_code == 200
    assert list(pay.ledger.orders) == [NUMBER]


async def test_a_code_that_is_never_good_ends_somewhere(phone: Phone, link: str, pay: WeChatPayServer) -> None:
    for _ in range(2):
        pay.plan("access_token", "fail", (200, "40029"))
    answer = await phone.open(link)
    assert answer.status_code == 503
    assert 'role="alert"' in answer.text
    assert f'href="{link}"' in answer.text


@pytest.mark.parametrize("errcode", ["-1", "40125", "45011", "50002"])
async def test_trouble_with_who_looks_is_said(phone: Phone, link: str, pay: WeChatPayServer, errcode: str) -> None:
    pay.plan("access_token", "fail", (200, errcode))
    answer = await phone.open(link)
    assert answer.status_code == 503
    assert "微信支付暂时没有回应" in answer.text
    assert (await phone.open(link)).status_code == 200


@pytest.mark.parametrize("what", ["fail", "lost", "unsigned", "probe"])
async def test_trouble_with_the_order_is_said_and_it_can_be_tried_again(
    phone: Phone, link: str, pay: WeChatPayServer, what: str
) -> None:
    pay.plan("/jsapi", what)
    assert (await phone.open(link)).status_code == 503
    assert (await phone.open(link)).status_code == 200


async def test_a_code_that_somebody_else_brings_is_not_taken(phone: Phone, link: str, pay: WeChatPayServer) -> None:
    """Without the cookie of this browser the way begins anew."""
    for query in ("code=code-anna", "code=code-anna&state=0", "code=%3Cscript%3E&state=x", f"code={'x' * 200}"):
        answer = await phone.browser.get(f"{link}?{query}")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"{pay.url}/connect/oauth2/authorize?")
    assert pay.used_codes == set()
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/wechatpay"))


async def test_a_link_that_was_changed_leads_nowhere(phone: Phone, link: str, pay: WeChatPayServer) -> None:
    for changed in (link[:-1], link + "x", link.replace("wechatpay/", "wechatpay/x"), f"{URL}/wechatpay/a.b"):
        answer = await phone.open(changed)
        assert answer.status_code == 404
        assert "33.33" not in answer.text
    assert pay.calls == []


async def test_a_link_grows_old_with_its_order(phone: Phone, link: str, clock: FakeClock) -> None:
    clock.at += LASTING
    assert (await phone.open(link)).status_code == 404


@pytest.mark.parametrize("state", ["SUCCESS", "CLOSED"])
async def test_what_is_over_leads_back(phone: Phone, link: str, pay: WeChatPayServer, state: str) -> None:
    await phone.open(link)
    pay.ledger.orders[NUMBER].state = state
    if state == "SUCCESS":
        pay.ledger.orders[NUMBER].state = "NOTPAY"
        pay.pay(NUMBER)
    answer = await phone.open(link)
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)


# -- an order that is not made until the page is opened -----------------------------------------------------------


async def test_until_the_page_is_opened_the_attempt_is_pending(channel: WeChatPay, link: str, clock: FakeClock) -> None:
    assert link
    assert (await channel.query(intent(surface="wechat"))).state is IntentState.PENDING
    clock.at += LASTING
    assert (await channel.query(intent(surface="wechat"))).state is IntentState.CLOSED


async def test_a_closed_attempt_cannot_be_paid_on_its_page(
    channel: WeChatPay, phone: Phone, link: str, pay: WeChatPayServer
) -> None:
    """Its number is used up, though the order had never been made."""
    assert (await channel.close(intent(surface="wechat"))).state is IntentState.CLOSED
    answer = await phone.open(link)
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    assert pay.ledger.orders[NUMBER].state == "CLOSED"


async def test_what_is_open_on_the_page_can_be_closed(
    channel: WeChatPay, phone: Phone, link: str, pay: WeChatPayServer
) -> None:
    await phone.open(link)
    assert (await channel.close(intent(surface="wechat"))).state is IntentState.CLOSED
    assert pay.ledger.orders[NUMBER].state == "CLOSED"


async def test_what_could_not_be_used_up_is_not_closed(channel: WeChatPay, link: str, pay: WeChatPayServer) -> None:
    assert link
    pay.plan("/native", "fail", (403, "NO_AUTH"))
    with pytest.raises(Unavailable):
        await channel.close(intent(surface="wechat"))


async def test_who_is_not_in_wechat_gets_no_page(pay: WeChatPayServer) -> None:
    channel = channel_for(pay)
    assert "/wechatpay/" not in (await channel.create(intent(), title="", return_url=BACK, payer=DESK)).action["url"]
    await channel.aclose()


# -- on a phone, outside of WeChat --------------------------------------------------------------------------------


async def test_on_a_phone_the_page_leads_on_with_a_fresh_address(
    channel: WeChatPay, phone: Phone, pay: WeChatPayServer, clock: FakeClock
) -> None:
    answer = await channel.create(intent(), title="Bus", return_url=BACK, payer=PHONE)
    seen = set()
    for _ in range(3):
        clock.at += timedelta(minutes=10)
        led = await phone.browser.get(answer.action["url"])
        assert led.status_code == 303
        assert led.headers["location"].startswith("https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx")
        assert led.headers["location"].endswith("&redirect_url=https%3A%2F%2Fpay.example%2Fpay%2Ftoken")
        seen.add(led.headers["location"])
    assert len(seen) == 3
    assert list(pay.ledger.orders) == [NUMBER]
    pay.pay(NUMBER)
    assert (await phone.browser.get(answer.action["url"])).headers["location"] == BACK


async def test_on_a_phone_trouble_is_said_too(channel: WeChatPay, phone: Phone, pay: WeChatPayServer) -> None:
    answer = await channel.create(intent(), title="Bus", return_url=BACK, payer=PHONE)
    pay.plan("/h5", "fail")
    troubled = await phone.browser.get(answer.action["url"])
    assert troubled.status_code == 503
    assert f'href="{answer.action["url"]}"' in troubled.text


async def test_a_page_of_one_merchant_is_worth_nothing_at_another(phone: Phone, pay: WeChatPayServer) -> None:
    other = channel_for(pay, secret="another merchant's secret")
    answer = await other.create(intent(surface="wechat"), title="", return_url=BACK, payer=WECHAT)
    assert (await phone.open(answer.action["url"])).status_code == 404
    await other.aclose()


async def test_the_order_ends_when_the_link_does(
    phone: Phone, link: str, pay: WeChatPayServer, clock: FakeClock
) -> None:
    clock.at += timedelta(minutes=30)
    await phone.open(link)
    assert pay.ledger.orders[NUMBER].sent["time_expire"] == "2026-11-24T11:00:00+08:00"
