"""What WeChat Pay remembers: orders, refunds, and the bill of a day."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha1
from typing import Any

from bot.ports import Clock

BEIJING = timezone(timedelta(hours=8))
_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
_FOOT = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


class Refused(Exception):
    """An answer that is a no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass
class Order:
    """``state`` as in ``trade_state``."""

    product: str
    sent: dict[str, Any]
    state: str = "NOTPAY"
    transaction: str = ""
    openid: str = ""
    paid_at: datetime | None = None
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def total(self) -> int:
        return int(self.sent["amount"]["total"])


@dataclass
class Ledger:
    """All of one merchant and app."""

    clock: Clock
    mchid: str
    appid: str
    orders: dict[str, Order] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    refund_status: str = "PROCESSING"
    """What the next refund comes out as."""
    bills: dict[str, str] = field(default_factory=dict)
    """Bills to give out instead of those made from the orders."""
    creating: bool = False
    quiet_close: bool = False
    """Closing says yes and does nothing, as the real one does for what it cannot find yet."""

    def ordered(self, number: str, total: int) -> None:
        """An order that is there without having been sent."""
        until = (self.clock.now() + timedelta(hours=1)).isoformat()
        sent = {"out_trade_no": number, "amount": {"total": total}, "time_expire": until, "description": "x"}
        self.orders[number] = Order("native", sent)

    def now_text(self) -> str:
        return self.clock.now().astimezone(BEIJING).isoformat(timespec="seconds")

    def order(self, product: str, sent: dict[str, Any]) -> dict[str, Any]:
        self._ours(sent)
        if product == "jsapi" and not sent["payer"]["openid"].startswith("oUpF8"):
            raise Refused(400, "PARAM_ERROR", "/payer/openid")
        known = self.orders.get(sent["out_trade_no"])
        if known is not None:
            if known.state == "SUCCESS":
                raise Refused(400, "INVALID_REQUEST", "该订单已支付")
            if known.state != "NOTPAY":
                raise Refused(400, "ORDER_CLOSED", "该订单已关闭")
            if (known.product, known.sent) != (product, sent):
                raise Refused(403, "OUT_TRADE_NO_USED", "商户订单号重复")
        order = self.orders.setdefault(sent["out_trade_no"], Order(product, sent))
        if product == "native":
            return {"code_url": f"weixin://wxpay/bizpayurl?pr={order.token}"}
        token = secrets.token_hex(8)
        prepay = f"wx{self.clock.now():%Y%m%d%H%M%S}{token}"
        if product == "h5":
            url = f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={prepay}&package=1037687096"
            return {"h5_url": url}
        return {"prepay_id": prepay}

    def _ours(self, sent: Mapping[str, Any]) -> None:
        if sent["mchid"] != self.mchid:
            raise Refused(400, "MCH_NOT_EXISTS", "商户号不存在")
        if sent.get("appid", self.appid) != self.appid:
            raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")

    def pay(self, number: str, openid: str) -> None:
        """``AssertionError`` when nobody could pay it."""
        order = self.orders[number]
        assert order.state == "NOTPAY"
        end = order.sent.get("time_expire")
        assert end is None or self.clock.now() < datetime.fromisoformat(end)
        order.state, order.openid, order.paid_at = "SUCCESS", openid, self.clock.now()
        order.transaction = f"42000{int(self.clock.now().timestamp())}{secrets.randbelow(10**12):012}"

    def transaction(self, order: Order) -> dict[str, Any]:
        """An order as it is told."""
        told: dict[str, Any] = {
            "appid": self.appid,
            "mchid": self.mchid,
            "out_trade_no": order.sent["out_trade_no"],
            "trade_state": order.state,
            "trade_state_desc": "",
            "attach": "",
        }
        if order.paid_at is None:
            return told
        amount = {"total": order.total, "payer_total": order.total, "currency": "CNY", "payer_currency": "CNY"}
        return told | {
            "transaction_id": order.transaction,
            "trade_type": {"h5": "MWEB"}.get(order.product, order.product.upper()),
            "bank_type": "OTHERS",
            "success_time": order.paid_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            "payer": {"openid": order.openid},
            "amount": amount,
        }

    def ask(self, number: str, query: Mapping[str, Any]) -> dict[str, Any]:
        self._ours(query)
        order = self.orders.get(number)
        if order is None:
            raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return self.transaction(order)

    def close(self, number: str, sent: Mapping[str, Any]) -> None:
        self._ours(sent)
        order = self.orders.get(number)
        if order is None or self.quiet_close:
            return
        if order.state == "SUCCESS":
            raise Refused(400, "ORDERPAID", "该订单已支付")
        order.state = "CLOSED"

    # -- refunds ----------------------------------------------------------------------------------------------

    def refund(self, sent: dict[str, Any]) -> dict[str, Any]:
        paid = [order for order in self.orders.values() if order.transaction == sent.get("transaction_id")]
        if not paid or not sent.get("transaction_id"):
            raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        known, amount = self.refunds.get(sent["out_refund_no"]), sent["amount"]
        if known is not None:
            if known["amount"]["refund"] != amount["refund"]:
                raise Refused(400, "INVALID_REQUEST", "退款金额与之前请求不一致")
            return known
        before = sum(
            refund["amount"]["refund"]
            for refund in self.refunds.values()
            if refund["transaction_id"] == sent["transaction_id"]
        )
        if amount["total"] != paid[0].total or before + amount["refund"] > paid[0].total:
            raise Refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        made = {
            "refund_id": f"50000{secrets.randbelow(10**20):020}",
            "out_refund_no": sent["out_refund_no"],
            "transaction_id": sent["transaction_id"],
            "out_trade_no": paid[0].sent["out_trade_no"],
            "channel": "ORIGINAL",
            "user_received_account": "招商银行信用卡0403",
            "create_time": self.now_text(),
            "status": self.refund_status,
            "funds_account": "UNSETTLED",
            "amount": {
                "total": amount["total"],
                "refund": amount["refund"],
                "payer_total": amount["total"],
                "payer_refund": amount["refund"],
                "settlement_refund": amount["refund"],
                "settlement_total": amount["total"],
                "discount_refund": 0,
                "currency": "CNY",
            },
        }
        self.refunds[sent["out_refund_no"]] = made
        return made

    def ask_refund(self, number: str) -> dict[str, Any]:
        if number not in self.refunds:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return self.refunds[number]

    def refund_notice(self, number: str) -> dict[str, Any]:
        refund = self.refunds[number]
        amount = refund["amount"]
        return {
            "mchid": self.mchid,
            "out_trade_no": refund["out_trade_no"],
            "transaction_id": refund["transaction_id"],
            "out_refund_no": number,
            "refund_id": refund["refund_id"],
            "refund_status": refund["status"],
            "success_time": self.now_text(),
            "user_received_account": refund["user_received_account"],
            "amount": {name: amount[name] for name in ("total", "refund", "payer_total", "payer_refund")},
        }

    # -- the bill ---------------------------------------------------------------------------------------------

    def bill(self, day: str) -> tuple[bytes, str]:
        """The bill of a day, and its SHA-1."""
        if self.creating:
            raise Refused(400, "STATEMENT_CREATING", "账单生成中")
        text = self.bills.get(day) or self._made(day)
        if not text:
            raise Refused(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在")
        raw = b"\xef\xbb\xbf" + text.encode()
        return raw, sha1(raw).hexdigest()

    def _made(self, day: str) -> str:
        paid = [o for o in self.orders.values() if o.paid_at and f"{o.paid_at.astimezone(BEIJING):%Y-%m-%d}" == day]
        given = [r for r in self.refunds.values() if r["create_time"].startswith(day)]
        if not paid and not given:
            return ""
        rows, fees = [], 0
        for order in paid:
            fee = (order.total * 6 + 500) // 1000
            fees += fee
            rows.append(self._row(order, {"手续费": f"{_yuan(fee)}000"}))
        for refund in given:
            order = self.orders[refund["out_trade_no"]]
            changed = {
                "交易状态": "REFUND", "微信退款单号": refund["refund_id"], "商户退款单号": refund["out_refund_no"],
                "退款金额": _yuan(refund["amount"]["refund"]), "退款类型": "ORIGINAL", "退款状态": refund["status"],
                "手续费": "0.00000", "订单金额": "0.00", "应结订单金额": "0.00",
                "申请退款金额": _yuan(refund["amount"]["refund"]),
            }  # fmt: skip
            rows.append(self._row(order, changed))
        total, back = sum(o.total for o in paid), sum(r["amount"]["refund"] for r in given)
        foot = (str(len(rows)), _yuan(total), _yuan(back), "0.00", f"{_yuan(fees)}000", _yuan(total), _yuan(back))
        return "\r\n".join([_HEAD, *rows, _FOOT, "`" + ",`".join(foot), ""])

    def _row(self, order: Order, changed: dict[str, str]) -> str:
        told = self.transaction(order)
        assert order.paid_at is not None
        values = {
            "交易时间": f"{order.paid_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}", "公众账号ID": self.appid,
            "商户号": self.mchid, "特约商户号": "0", "微信订单号": order.transaction,
            "商户订单号": told["out_trade_no"], "用户标识": order.openid, "交易类型": told["trade_type"],
            "交易状态": "SUCCESS", "付款银行": "OTHERS", "货币种类": "CNY", "应结订单金额": _yuan(order.total),
            "代金券金额": "0.00", "微信退款单号": "0", "商户退款单号": "0", "退款金额": "0.00",
            "充值券退款金额": "0.00", "商品名称": order.sent["description"], "费率": "0.60%",
            "订单金额": _yuan(order.total), "申请退款金额": "0.00",
        } | changed  # fmt: skip
        return "`" + ",`".join(values.get(name, "") for name in _HEAD.split(","))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"
