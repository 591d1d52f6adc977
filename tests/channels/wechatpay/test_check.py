"""For the operator: whether the credentials work, and which settings cannot."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.channels.wechatpay import WeChatPay
from bot.ports import FakeClock
from tests.channels.wechatpay import keys
from tests.channels.wechatpay.merchant import channel_for
from tests.channels.wechatpay.server import WeChatPayServer


async def test_credentials_that_work_are_fine(channel: WeChatPay, pay: WeChatPayServer) -> None:
    assert await channel.check() == ""
    assert pay.ledger.orders == {}


async def test_what_is_wrong_is_said_with_what_to_do(clock: FakeClock) -> None:
    other = keys.rsa_pair("other")
    async with WeChatPayServer(clock) as pay:
        for changed, advice in (
            ({"private_key": other.private}, "private_key"),
            ({"serial": "00" * 16}, "certificate_serial"),
            ({"mchid": "1900000110"}, "mchid"),
            ({"public_keys": {pay.public_key_id: other.public}}, "public_key_id"),
            ({"hook_url": "http://pay.example/hooks/wechatpay"}, "https"),
            ({"base_url": "http://127.0.0.1:1"}, "network"),
            ({"public_keys": {}}, "set public_key_id"),
        ):
            channel = channel_for(pay, **changed)
            assert advice in await channel.check(), changed
            await channel.aclose()
    async with WeChatPayServer(clock, public_key_id="") as pay:
        channel = channel_for(pay, apiv3_key="x" * 32)
        assert "apiv3_key" in await channel.check()
        await channel.aclose()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"apiv3_key": "short"}, "32 bytes"),
        ({"app_secret": ""}, "app_secret"),
        ({"algorithm": "guomi"}, "jsapi"),
        ({"private_key": b"no key"}, "PEM"),
        ({"public_keys": {"PUB_KEY_ID_1": b"no key"}}, "PEM"),
    ],
)
async def test_settings_that_do_not_fit_are_refused_at_once(
    pay: WeChatPayServer, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        channel_for(pay, **changed)
