"""Names in the config → adapter classes. A class is imported only when it is configured."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

CHATS: Final = {
    "room": "adapters.chats.room:Room",
    "telegram": "adapters.chats.telegram:Telegram",
    "wechat": "adapters.chats.wechat:WeChat",
}
CHANNELS: Final = {
    "alipay": "adapters.channels.alipay:Alipay",
    "manual": "adapters.channels.manual:Manual",
    "paypal": "adapters.channels.paypal:PayPal",
    "sandbox": "adapters.channels.sandbox:Sandbox",
    "stripe": "adapters.channels.stripe:Stripe",
    "telegram_payments": "adapters.channels.telegram_invoice:TelegramPayments",
    "telegram_stars": "adapters.channels.telegram_invoice:TelegramStars",
    "unionpay": "adapters.channels.unionpay:UnionPay",
    "wechatpay": "adapters.channels.wechatpay:WeChatPay",
}
NOTIFIERS: Final = {
    "sms.log": "adapters.notifiers.log:LogSms",
    "sms.twilio": "adapters.notifiers.twilio:TwilioSms",
    "service_notice": "adapters.notifiers.service_notice:ServiceNotice",
    "call": "adapters.notifiers.call:CallStub",
}


def load(address: str) -> Any:
    """The class at ``module:Class``."""
    module, _, name = address.partition(":")
    return getattr(import_module(module), name)
