"""The made-up merchant: its channel, its attempts, its refunds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from adapters.channels.wechatpay import WeChatPay
from bot.app.build import pages
from bot.domain.model import Charge, CollectionId, Intent, IntentId, MemberId, Refund, RefundId
from bot.ports import ChargeFact, Payer
from tests.channels.wechatpay import keys
from tests.channels.wechatpay.server import APP_SECRET, APPID, MCHID, WeChatPayServer

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
URL = "https://pay.example"
BACK = "https://pay.example/pay/token"
DESK, PHONE, WECHAT = Payer("web"), Payer("mobile", ip="203.0.113.7"), Payer("wechat", locale="zh_CN")


def channel_for(pay: WeChatPayServer, **changed: Any) -> WeChatPay:
    """As ``bot.app.channels`` makes it, pointed at ``pay``."""
    settings = {
        "mchid": MCHID,
        "appid": APPID,
        "serial": keys.MERCHANT_SERIAL,
        "private_key": pay.merchant.private,
        "apiv3_key": keys.APIV3_KEY,
        "public_keys": {pay.public_key_id: pay.platform.public} if pay.public_key_id else {},
        "products": ("native", "h5", "jsapi"),
        "app_secret": APP_SECRET,
        "algorithm": "rsa",
        "base_url": pay.url,
        "oauth_url": pay.url,
        "authorize_url": pay.url,
        "public_url": URL,
        "hook_url": f"{URL}/hooks/wechatpay",
        "secret": "a merchant keeps no secrets",
        "clock": pay.clock,
        "page": pages().page,
        "timeout": 5.0,
    }
    return WeChatPay(**(settings | changed))


def intent(number: str = "ABCDEFGH23456789", amount: int = 3333, **changed: Any) -> Intent:
    settings = {
        "id": IntentId(number),
        "collection": CollectionId("c1"),
        "member": MemberId(1),
        "channel": "wechatpay",
        "amount": amount,
        "currency": "CNY",
        "created_at": NOW,
    }
    return Intent(**(settings | changed))


def charge_of(fact: ChargeFact) -> Charge:
    return Charge(
        channel="wechatpay",
        reference=fact.reference,
        collection=CollectionId("c1"),
        member=MemberId(1),
        amount=fact.amount.minor,
        currency=fact.amount.currency,
        at=fact.at,
        intent=IntentId("ABCDEFGH23456789"),
    )


def refund_of(charge: Charge, amount: int, number: str = "REFUND23456789AB") -> Refund:
    return Refund(
        id=RefundId(number),
        channel="wechatpay",
        charge=charge.reference,
        collection=CollectionId("c1"),
        member=MemberId(1),
        amount=amount,
        currency="CNY",
        created_at=NOW,
    )
