"""The opponent: ``wechatpayv3``, an SDK that is not ours, against our server and as a judge of what it says.

    .venv/bin/pip install -c constraints.txt -e '.[opponents]' && .venv/bin/python -m pytest -m opponents

Its time is the real one, and so is the server's here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.app.clock import SystemClock
from tests.channels.wechatpay import keys
from tests.channels.wechatpay.merchant import URL
from tests.channels.wechatpay.server import APPID, MCHID, WeChatPayServer

pytestmark = pytest.mark.opponents
NUMBER = "ABCDEFGH23456789"


def opponent(pay: WeChatPayServer, **changed: Any) -> Any:
    """The SDK in the merchant's place; the address that it hides is ours."""
    from wechatpayv3 import WeChatPay, WeChatPayType

    settings = {
        "wechatpay_type": WeChatPayType.NATIVE,
        "mchid": MCHID,
        "private_key": pay.merchant.private.decode(),
        "cert_serial_no": keys.MERCHANT_SERIAL,
        "appid": APPID,
        "apiv3_key": keys.APIV3_KEY,
        "notify_url": f"{URL}/hooks/wechatpay",
        "public_key": pay.platform.public.decode(),
        "public_key_id": pay.public_key_id,
    }
    made = WeChatPay(**(settings | changed))
    made._core._gate_way = pay.url
    return made


@pytest.fixture
async def pay() -> AsyncIterator[WeChatPayServer]:
    async with WeChatPayServer(SystemClock()) as server:
        yield server
    assert server.violations == []


async def said(call: Any, *args: Any, **kwargs: Any) -> Any:
    """What the SDK got for an answer (it has verified its signature)."""
    status, body = await asyncio.to_thread(call, *args, **kwargs)
    assert status in (200, 204), body
    return json.loads(body) if body else None


async def test_it_orders_asks_and_closes(pay: WeChatPayServer) -> None:
    from wechatpayv3 import WeChatPayType

    sdk, amount = opponent(pay), {"total": 3333, "currency": "CNY"}
    answer = await said(sdk.pay, description="火锅", out_trade_no=NUMBER, amount=amount)
    assert answer["code_url"].startswith("weixin://")
    scene = {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
    h5 = {"description": "h5", "out_trade_no": NUMBER + "H", "amount": amount, "scene_info": scene}
    assert (await said(sdk.pay, **h5, pay_type=WeChatPayType.H5))["h5_url"].startswith("https://wx.tenpay.com/")
    jsapi = {"description": "j", "out_trade_no": NUMBER + "J", "amount": amount, "payer": {"openid": "oUpF8x"}}
    assert (await said(sdk.pay, **jsapi, pay_type=WeChatPayType.JSAPI))["prepay_id"]
    assert (await said(sdk.query, out_trade_no=NUMBER))["trade_state"] == "NOTPAY"
    assert await said(sdk.close, out_trade_no=NUMBER) is None
    assert (await said(sdk.query, out_trade_no=NUMBER))["trade_state"] == "CLOSED"
    status, body = await asyncio.to_thread(sdk.query, out_trade_no="NOBODY23456789AB")
    assert (status, json.loads(body)["code"]) == (404, "ORDER_NOT_EXIST")


async def test_it_gives_back_and_reads_the_bill(pay: WeChatPayServer) -> None:
    sdk, amount = opponent(pay), {"total": 3333, "currency": "CNY"}
    await said(sdk.pay, description="火锅", out_trade_no=NUMBER, amount=amount)
    pay.pay(NUMBER)
    paid = await said(sdk.query, out_trade_no=NUMBER)
    back = {"refund": 1000, "total": 3333, "currency": "CNY"}
    refund = await said(sdk.refund, out_refund_no="R1", amount=back, transaction_id=paid["transaction_id"])
    assert await said(sdk.query_refund, "R1") == refund
    day = paid["success_time"][:10]
    bill = await said(sdk.trade_bill, day)
    pay.ledger.bills[day] = ""
    url = bill["download_url"].removeprefix("https://api.mch.weixin.qq.com")
    status, file = await asyncio.to_thread(sdk.download_bill, url)
    assert status == 200
    assert hashlib.sha1(file).hexdigest() == bill["hash_value"]


async def test_it_believes_our_notices(pay: WeChatPayServer) -> None:
    sdk = opponent(pay)
    pay.ledger.ordered(NUMBER, 3333)
    pay.pay(NUMBER)
    headers, body = pay.notice(NUMBER)
    told = sdk.callback(headers, body)
    assert told["resource"] == pay.ledger.transaction(pay.ledger.orders[NUMBER])
    assert not sdk.callback(headers, body.replace(b"encrypt", b"Encrypt"))


async def test_it_fetches_opens_and_uses_our_certificates(pay: WeChatPayServer, tmp_path: Path) -> None:
    pay.public_key_id, pay.certificates = "", [keys.certificate("old"), keys.certificate("platform")]
    (tmp_path / "any.pem").write_bytes(keys.pem(keys.certificate("old")))
    sdk = opponent(pay, public_key=None, public_key_id=None, cert_dir=str(tmp_path))
    answer = await said(sdk.pay, description="x", out_trade_no=NUMBER, amount={"total": 1, "currency": "CNY"})
    assert answer["code_url"]
    assert (tmp_path / f"{keys.serial(keys.certificate('platform'))}.pem").exists()


async def test_it_signs_the_call_of_the_payment_as_we_do(pay: WeChatPayServer) -> None:
    from adapters.channels.wechatpay.sign import Signer

    parts = [APPID, "1763949600", "nonce", "prepay_id=wx1"]
    ours = Signer(pay.merchant.suite, MCHID, keys.MERCHANT_SERIAL).text(("\n".join(parts) + "\n").encode())
    assert opponent(pay).sign(parts) == ours
