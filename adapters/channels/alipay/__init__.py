"""Alipay: a QR code at a desk, its cashier on a phone; refunds, and the daily bill."""

from adapters.channels.alipay.adapter import Alipay
from adapters.channels.alipay.sign import Keys

__all__ = ["Alipay", "Keys"]
