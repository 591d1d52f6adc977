"""WeChat Pay's bill of a day → lines. A table of texts, each behind a backtick, and a row of totals, which must agree.

https://pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from adapters.channels.wechatpay.facts import BEIJING
from adapters.channels.wechatpay.strict import CURRENCY
from bot.domain.money import Money, exponent
from bot.ports import Settling, StatementLine

SETTLING: Final = Settling(ready=timedelta(hours=10), zone=BEIJING)
"""Made from 9 o'clock of the next day on; WeChat Pay advises to fetch it after 10."""
_TOTALS: Final = "总交易单数"
_AMOUNTS: Final = {"charge": ("订单金额", "总金额"), "refund": ("申请退款金额", "退款金额")}
"""The columns, and what they were called in bills of the oldest kind, which some merchants still get."""
_SUMS: Final = {"charge": ("订单总金额", "总交易额"), "refund": ("申请退款总金额", "总退款金额")}
_NOT_GONE: Final = ("FAIL", "PROCESSING")
"""Refunds that came to nothing, or to nothing yet: they are in the bill and its totals as well."""
_DECIMAL: Final = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,8}))?", re.ASCII)


def parse(bill: str, appid: str) -> Sequence[StatementLine]:
    """The lines of orders and refunds of ``appid``; the totals are of all apps of the merchant. ``ValueError`` when
    the bill is not whole, or not understood."""
    table, totals = _tables(bill)
    sums = {"charge": 0, "refund": 0}
    lines = []
    for row in table:
        line = _line(row)
        sums[line.kind] += line.amount.minor
        if row["公众账号ID"] == appid and row.get("退款状态") not in _NOT_GONE:
            lines.append(line)
    if int(totals[_TOTALS]) != len(table):
        raise ValueError("the bill is not whole")
    for kind, names in _SUMS.items():
        if fen(_named(totals, names)).minor != sums[kind]:
            raise ValueError("the bill does not add up")
    return lines


def _line(row: Mapping[str, str]) -> StatementLine:
    if row["货币种类"] != CURRENCY:
        raise ValueError("another currency")
    at = datetime.strptime(row["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    fee = fen(row["手续费"]) if row.get("手续费") else None
    if row["交易状态"] == "SUCCESS":
        amount = fen(_named(row, _AMOUNTS["charge"]))
        return StatementLine("charge", row["微信订单号"], row["商户订单号"], amount, at, fee)
    if row["交易状态"] not in ("REFUND", "REVOKED"):
        raise ValueError("no such state")
    amount = fen(_named(row, _AMOUNTS["refund"]))
    return StatementLine("refund", row["微信退款单号"], row["商户退款单号"], amount, at, fee, row["微信订单号"])


def _tables(bill: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The rows, and the row of totals, by the names of their columns."""
    rows = [line for line in bill.lstrip("\ufeff").splitlines() if line]
    ends = [at for at, line in enumerate(rows) if line.startswith(_TOTALS)]
    if len(ends) != 1 or ends[0] != len(rows) - 2 or not ends[0]:
        raise ValueError("not a bill")
    head, foot = rows[0].split(","), rows[-2].split(",")
    return [_row(head, line) for line in rows[1 : ends[0]]], _row(foot, rows[-1])


def _row(names: Sequence[str], line: str) -> dict[str, str]:
    values = list(_values(line))
    if len(values) != len(names):
        raise ValueError("a row that does not fit its head")
    return dict(zip(names, values, strict=True))


def _values(line: str) -> Iterator[str]:
    """A comma within a text is no end: the next text begins with a backtick."""
    if not line.startswith("`"):
        raise ValueError("a row without backticks")
    yield from (value.strip() for value in line[1:].split(",`"))


def _named(row: Mapping[str, str], names: Sequence[str]) -> str:
    for name in names:
        if name in row:
            return row[name]
    raise ValueError(f"no column {names[0]}")


def fen(text: str) -> Money:
    """Yuan as the bill writes them (``12.30``, fees ``-0.01000``) → Money, exactly. ``ValueError`` for a part of a
    fen."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError("no amount")
    places = exponent(CURRENCY)
    fraction = (match[3] or "").rstrip("0").ljust(places, "0")
    if len(fraction) > places:
        raise ValueError("a part of a fen")
    minor = int(match[2]) * 10**places + int(fraction)
    return Money(-minor if match[1] else minor, CURRENCY)
