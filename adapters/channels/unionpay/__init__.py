"""UnionPay's gateway (version 5.1.0): its own payment page for every Chinese bank card, refunds, the daily file."""

from adapters.channels.unionpay.adapter import UnionPay
from adapters.channels.unionpay.sign import Keys

__all__ = ["Keys", "UnionPay"]
