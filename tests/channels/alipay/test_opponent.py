"""``python-alipay-sdk`` against our gateway, and against our notices: so that both are not only our reading."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

from adapters.channels.alipay import Keys
from bot.ports import FakeClock, Payer
from tests.channels.alipay.conftest import NOW, intent, keys, made
from tests.channels.alipay.keys import APP_ID, certificate, private_pem, public_pem, roots
from tests.channels.alipay.server import AlipayGateway

pytestmark = pytest.mark.opponents


def _sdk(gateway: AlipayGateway) -> Any:
    from alipay import AliPay

    made = AliPay(
        appid=APP_ID,
        app_notify_url="https://pay.example/hooks/alipay",
        app_private_key_string=private_pem("app").decode(),
        alipay_public_key_string=public_pem("alipay").decode(),
    )
    made._gateway = gateway.url
    return made


async def test_the_sdk_orders_asks_refunds_and_closes_at_our_gateway(gateway: AlipayGateway) -> None:
    sdk = _sdk(gateway)

    async def ask(method: str, **arguments: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await asyncio.to_thread(getattr(sdk, f"api_alipay_trade_{method}"), **arguments)
        return found

    made = await ask("precreate", subject="火锅", out_trade_no="SDK1", total_amount="33.33")
    assert made["qr_code"] == "https://qr.alipay.com/baxSDK1"
    assert (await ask("query", out_trade_no="SDK1"))["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    gateway.pay("SDK1")
    assert (await ask("query", out_trade_no="SDK1"))["trade_status"] == "TRADE_SUCCESS"
    back = await ask("refund", out_trade_no="SDK1", refund_amount="11.11", out_request_no="R1")
    assert back["fund_change"] == "Y"
    found = await ask("fastpay_refund_query", out_trade_no="SDK1", out_request_no="R1")
    assert found["refund_status"] == "REFUND_SUCCESS"
    await ask("precreate", subject="x", out_trade_no="SDK2", total_amount="1")
    gateway.scan("SDK2")
    assert (await ask("close", out_trade_no="SDK2"))["code"] == "10000"
    await ask("precreate", subject="x", out_trade_no="SDK3", total_amount="1.5")
    assert (await ask("cancel", out_trade_no="SDK3"))["retry_flag"] == "N"
    link = sdk.api_alipay_trade_wap_pay(
        subject="火锅", out_trade_no="SDK4", total_amount="2.00", return_url="https://pay.example/x"
    )
    assert (await gateway.open(f"{gateway.url}?{link}")).amount == "2.00"


async def test_the_sdk_believes_our_notices(gateway: AlipayGateway) -> None:
    sdk, clock = _sdk(gateway), FakeClock(NOW)
    ours = made(gateway, clock)
    await ours.create(intent(), title="火锅 Grüße", return_url="https://pay.example/x", payer=Payer())
    gateway.pay(intent().id)
    body = gateway.notice(intent().id)
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    signature = fields.pop("sign")
    assert sdk.verify(dict(fields), signature)
    assert not sdk.verify(fields | {"total_amount": "9.00"}, signature)
    assert len(ours.verify({}, body, NOW)) == 1
    await ours.aclose()


def test_the_sdk_and_we_sign_alike(clock: FakeClock) -> None:
    from alipay import AliPay

    sdk = AliPay(
        appid=APP_ID,
        app_private_key_string=private_pem("app").decode(),
        alipay_public_key_string=public_pem("alipay").decode(),
    )
    params = {"app_id": APP_ID, "biz_content": '{"subject":"火锅 & =/"}', "z": "1", "a": "2"}
    text = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    assert keys().sign(params) == sdk._sign(text)


@pytest.mark.filterwarnings("ignore:X509:DeprecationWarning")
def test_the_sdk_and_we_number_certificates_alike() -> None:
    from alipay import DCAliPay

    sdk = DCAliPay(
        appid=APP_ID,
        app_private_key_string=private_pem("app").decode(),
        app_public_key_cert_string=certificate("app").decode(),
        alipay_public_key_cert_string=certificate("alipay").decode(),
        alipay_root_cert_string=roots().decode(),
    )
    own = Keys.certified(private_pem("app"), app=certificate("app"), alipay=certificate("alipay"), root=roots())
    assert own.numbers == {"app_cert_sn": sdk.app_cert_sn, "alipay_root_cert_sn": sdk.alipay_root_cert_sn}
