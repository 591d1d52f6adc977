"""What the make-believe Alipay knows: orders, the trades that come of them, refunds, notices."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote_plus, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from bot.ports import Clock
from tests.channels.alipay.keys import APP_ID, SELLER_ID, key

BEIJING = timezone(timedelta(hours=8))


class No(Exception):
    """A refusal: ``code``, ``sub_code``; ``signed`` unless the gateway does not know who asks."""

    def __init__(self, code: str, sub_code: str, *, signed: bool = True) -> None:
        super().__init__(sub_code)
        self.code, self.sub_code, self.signed = code, sub_code, signed


@dataclass(slots=True)
class Order:
    """What was ordered, and the trade that came of it: ``status`` is empty until a payer scans or logs in."""

    number: str
    amount: str
    subject: str
    notify_url: str
    expires: datetime
    status: str = ""
    trade_no: str = ""
    paid_at: str = ""
    refunds: dict[str, str] = field(default_factory=dict)
    refunded: int = 0


class Trades:
    """``bills`` are the ZIPs of days."""

    host = ""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.orders: dict[str, Order] = {}
        self.bills: dict[str, bytes] = {}

    def _now(self) -> datetime:
        return self._clock.now().astimezone(BEIJING)

    # -- what payers do -----------------------------------------------------------------------------------------

    def scan(self, number: str) -> Order:
        """A payer scans the code, or logs in at the cashier."""
        order = self.orders[number]
        if not order.status and self._now() < order.expires:
            order.status, order.trade_no = "WAIT_BUYER_PAY", f"2026112422001{len(self.orders):015}"
        return order

    def pay(self, number: str) -> Order:
        order = self.scan(number)
        if order.status == "WAIT_BUYER_PAY":
            order.status, order.paid_at = "TRADE_SUCCESS", self._now().strftime("%Y-%m-%d %H:%M:%S")
        return order

    def notice(self, number: str, *, charset: str = "utf-8", with_type: bool = False, **changed: str) -> bytes:
        """A signed trade notice, as Alipay posts it. ``changed`` fields are signed too; an empty one is left out."""
        order = self.orders[number]
        fields = {
            "notify_time": self._now().strftime("%Y-%m-%d %H:%M:%S"),
            "notify_type": "trade_status_sync",
            "notify_id": f"2026112400222{order.trade_no[-21:]}{order.refunded}",
            "charset": charset,
            "version": "1.0",
            "sign_type": "RSA2",
            "app_id": APP_ID,
            "auth_app_id": APP_ID,
            "seller_id": SELLER_ID,
            "out_trade_no": order.number,
            "trade_no": order.trade_no,
            "trade_status": order.status,
            "subject": order.subject,
            "total_amount": order.amount,
            "receipt_amount": order.amount,
            "buyer_id": "2088102534368455",
            "fund_bill_list": '[{"amount":"' + order.amount + '","fundChannel":"ALIPAYACCOUNT"}]',
            "gmt_create": "2026-11-24 09:59:00",
            "gmt_payment": order.paid_at,
        }
        if order.refunds:
            last = list(order.refunds)[-1]
            fields |= {"gmt_refund": "2026-11-24 11:00:00.123", "refund_fee": _yuan(order.refunded), "out_biz_no": last}
        return signed_form({k: v for k, v in (fields | changed).items() if v}, charset, with_type=with_type)

    # -- what merchants ask ------------------------------------------------------------------------------------

    def answer(self, method: str, content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        if method in ("alipay.trade.precreate", "alipay.trade.wap.pay"):
            order = self._ordered(content, params)
            node = {"out_trade_no": order.number, "qr_code": f"https://qr.alipay.com/bax{order.number}"}
            return node if method.endswith("precreate") else {"out_trade_no": order.number}
        if method.startswith("alipay.data"):
            if content["bill_date"] not in self.bills:
                raise No("40004", "isp.bill_not_exist")
            return {"bill_download_url": f"{self.host}/bill/{content['bill_date']}?fileId=1"}
        found = self._found(content)
        if method == "alipay.trade.cancel":
            return self._cancelled(content, found)
        if found is None:
            raise No("40004", "ACQ.TRADE_NOT_EXIST")
        if method == "alipay.trade.refund":
            return self._refunded(content, found)
        if method == "alipay.trade.fastpay.refund.query":
            refund = content["out_request_no"]
            if refund not in found.refunds:
                return {}
            return {"trade_no": found.trade_no, "out_trade_no": found.number, "out_request_no": refund,
                    "refund_amount": found.refunds[refund], "refund_status": "REFUND_SUCCESS",
                    "total_amount": found.amount}  # fmt: skip
        if method == "alipay.trade.close":
            if found.status != "WAIT_BUYER_PAY":
                raise No("40004", "ACQ.TRADE_STATUS_ERROR")
            found.status = "TRADE_CLOSED"
            return {"trade_no": found.trade_no, "out_trade_no": found.number}
        paid = {"send_pay_date": found.paid_at} if found.paid_at else {}
        return {"trade_no": found.trade_no, "out_trade_no": found.number, "trade_status": found.status,
                "total_amount": found.amount, "buyer_logon_id": "159****5620"} | paid  # fmt: skip

    def _ordered(self, content: dict[str, Any], params: dict[str, str]) -> Order:
        until = content.get("time_expire")
        expires = self._now() + timedelta(days=1)
        if until:
            expires = datetime.strptime(until, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        known = self.orders.get(content["out_trade_no"])
        if known is None:
            if expires <= self._now():
                raise No("40004", "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR")
            known = Order(content["out_trade_no"], content["total_amount"], content["subject"],
                          params.get("notify_url", ""), expires)  # fmt: skip
            self.orders[known.number] = known
        if (known.amount, known.subject) != (content["total_amount"], content["subject"]):
            raise No("40004", "ACQ.CONTEXT_INCONSISTENT")
        if known.status in ("TRADE_SUCCESS", "TRADE_FINISHED"):
            raise No("40004", "ACQ.TRADE_HAS_SUCCESS")
        if known.status == "TRADE_CLOSED":
            raise No("40004", "ACQ.TRADE_HAS_CLOSE")
        return known

    def _found(self, content: dict[str, Any]) -> Order | None:
        for order in self.orders.values():
            if order.status and (
                order.trade_no == content.get("trade_no")
                or ("trade_no" not in content and order.number == content.get("out_trade_no"))
            ):
                return order
        return None

    def _cancelled(self, content: dict[str, Any], found: Order | None) -> dict[str, Any]:
        number = content.get("out_trade_no", "")
        if found is None:
            if number in self.orders:
                self.orders[number].expires = self._now()
            return {"out_trade_no": number, "retry_flag": "N"}
        if found.status == "TRADE_FINISHED":
            raise No("40004", "ACQ.TRADE_HAS_FINISHED")
        action = "refund" if found.status == "TRADE_SUCCESS" else "close"
        found.status = "TRADE_CLOSED"
        return {"trade_no": found.trade_no, "out_trade_no": number, "retry_flag": "N", "action": action}

    def _refunded(self, content: dict[str, Any], found: Order) -> dict[str, Any]:
        refund, wanted = content.get("out_request_no", found.number), _fen(content["refund_amount"])
        change = refund not in found.refunds
        if change:
            if found.status != "TRADE_SUCCESS":
                raise No("40004", "ACQ.TRADE_STATUS_ERROR")
            if wanted + found.refunded > _fen(found.amount):
                raise No("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            found.refunds[refund] = content["refund_amount"]
            found.refunded += wanted
        elif found.refunds[refund] != content["refund_amount"]:
            raise No("40004", "ACQ.DISCORDANT_REPEAT_REQUEST")
        if found.refunded == _fen(found.amount):
            found.status = "TRADE_CLOSED"
        return {"trade_no": found.trade_no, "out_trade_no": found.number, "fund_change": "Y" if change else "N",
                "refund_fee": _yuan(found.refunded)}  # fmt: skip


def _fen(amount: str) -> int:
    whole, _, part = amount.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def sign(content: bytes) -> str:
    """With Alipay's key."""
    return base64.b64encode(key("alipay").sign(content, PKCS1v15(), hashes.SHA256())).decode()


def signed_form(fields: Mapping[str, str], charset: str = "utf-8", *, with_type: bool = False) -> bytes:
    """A notice's body: signed without ``sign_type`` (trades) or with it (other services)."""
    counted = {k: v for k, v in fields.items() if with_type or k != "sign_type"}
    content = b"&".join(f"{k}={v}".encode(charset) for k, v in sorted(counted.items()))
    all_of_them = {**fields, "sign": sign(content)}
    return "&".join(f"{k}={quote_plus(v.encode(charset))}" for k, v in all_of_them.items()).encode()


def number_in(url: str) -> str:
    """Our number, in the code of ``_answer``."""
    return urlsplit(url).path.removeprefix("/bax")
