"""WeChat Pay, API v3: a code to scan, the browser on a phone, and the browser inside WeChat."""

from adapters.channels.wechatpay.adapter import WeChatPay

__all__ = ["WeChatPay"]
