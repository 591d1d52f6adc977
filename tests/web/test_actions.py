"""What the payment page shows of a running attempt: a code to scan, an app to open, or where to go on."""

from __future__ import annotations

import re

import pytest

from adapters.channels.sandbox import Sandbox
from adapters.channels.sandbox.bank import Order
from bot.domain.model import IntentState
from bot.ports import ChannelAnswer
from tests.dialogs.house import House, seen

CODE = "weixin://wxpay/bizpayurl?pr=AbCdEf"


async def shown(house: House, monkeypatch: pytest.MonkeyPatch, action: dict[str, str]) -> str:
    """Anna's page after the bank has answered with ``action``."""

    def answered(bank: Sandbox, order: Order) -> ChannelAnswer:
        return ChannelAnswer(IntentState.PENDING, "SB1", action, expires_at=order.expires_at)

    monkeypatch.setattr(Sandbox, "_answer", answered)
    await house.say("lin", "/collect 60 each Bus")
    link = await house.link("anna")
    go = await house.start(link)
    assert go == (action["url"] if action["kind"] == "redirect" else "")
    return (await house.web.get(link)).text


async def test_a_code_is_drawn_on_white_and_says_what_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await shown(house, monkeypatch, {"kind": "qr", "url": CODE})
    assert re.search(
        r'<svg viewBox="0 0 (\d+) \1" role="img" aria-label="Payment code for Test bank"><path d="M4 4h7', page
    )
    assert "Scan this code with Test bank" in seen(page)
    assert CODE not in page
    assert "I am on that phone already" not in page


async def test_a_code_that_is_an_address_can_be_opened_on_the_phone_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await shown(house, monkeypatch, {"kind": "qr", "url": "https://qr.example/bax1"})
    assert 'href="https://qr.example/bax1"' in page


async def test_an_app_is_opened_by_a_link_and_never_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await shown(house, monkeypatch, {"kind": "deep_link", "url": "alipays://platformapi/startapp?a=1&b=2"})
    assert 'class="button main" href="alipays://platformapi/startapp?a=1&amp;b=2"' in page
    assert "Open Test bank" in page


@pytest.mark.parametrize(
    "action",
    [
        {"kind": "deep_link", "url": "javascript:alert(1)"},
        {"kind": "deep_link", "url": "JavaScript://x/%0aalert(1)"},
        {"kind": "deep_link", "url": "data:text/html,x"},
        {"kind": "deep_link", "url": "no scheme"},
    ],
)
async def test_what_a_browser_would_carry_out_is_no_app(
    house: House, monkeypatch: pytest.MonkeyPatch, action: dict[str, str]
) -> None:
    page = await shown(house, monkeypatch, action)
    assert "Waiting for your payment" in page
    assert action["url"] not in page


async def test_another_site_learns_where_a_payer_comes_from_but_never_their_address(house: House) -> None:
    """WeChat Pay's H5 page turns away who comes from nowhere; the path of a page is its key."""
    assert (await house.web.get("/nothing")).headers["referrer-policy"] == "strict-origin"
