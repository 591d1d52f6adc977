"""The bill of a day: a ZIP with a list of trades in GBK, read strictly.

Columns and marks: https://docs.open.alipay.com/204/106262. Refunds are negative, and so is what Alipay keeps.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

import structlog

from adapters.channels.alipay.yuan import BEIJING, money_of, time_of
from bot.domain.money import Money
from bot.ports import Settling, StatementLine

log = structlog.get_logger(__name__)

SETTLING: Final = Settling(ready=timedelta(hours=12), zone=BEIJING)
"""Alipay says 9 o'clock of the next day as a rule (alipay.data.dataservice.bill.downloadurl.query)."""
MOST_TEXT: Final = 256 * 1024 * 1024
MOST_FILES: Final = 16
_TRADE, _ORDER, _KIND, _DONE = "支付宝交易号", "商户订单号", "业务类型", "完成时间"
_AMOUNT, _REFUND, _FEE = "订单金额（元）", "退款批次号/请求号", "服务费（元）"
_KINDS: Final = {"交易": "charge", "退款": "refund"}


def lines_of(bill: bytes) -> Sequence[StatementLine]:
    """``ValueError`` for a file that is not wholly understood."""
    try:
        with zipfile.ZipFile(io.BytesIO(bill)) as archive:
            text = _list(archive)
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ValueError("no ZIP with a list of trades") from error
    return tuple(_rows(text))


def _list(archive: zipfile.ZipFile) -> str:
    """The one member that lists the trades; the other sums them up."""
    members = archive.infolist()
    found = [m for m in members if m.filename.endswith(".csv") and not _name(m).endswith("(汇总).csv")]
    if len(members) > MOST_FILES or len(found) != 1 or found[0].file_size > MOST_TEXT:
        raise ValueError("not one list of trades")
    with archive.open(found[0]) as file:
        data = file.read(MOST_TEXT + 1)
    if len(data) > MOST_TEXT:
        raise ValueError("too long")
    return data.decode("gb18030")


def _name(member: zipfile.ZipInfo) -> str:
    """Names are in GBK without saying so; Python has read them as cp437."""
    unicode_flag = 0x800
    if member.flag_bits & unicode_flag:
        return member.filename
    return member.filename.encode("cp437", "replace").decode("gb18030", "replace")


def _rows(text: str) -> Iterator[StatementLine]:
    header: list[str] = []
    for row in csv.reader(io.StringIO(text), strict=True):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if cells[0].startswith("#"):
            if header:
                if "列表结束" not in cells[0]:
                    raise ValueError("the list has no end")
                return
        elif not header:
            header = cells
            if missing := {_TRADE, _ORDER, _KIND, _DONE, _AMOUNT, _REFUND, _FEE} - set(header):
                raise ValueError(f"the list lacks {sorted(missing)}")
        elif len(cells) != len(header):
            raise ValueError("a line is longer or shorter than its heading")
        elif (line := _line(dict(zip(header, cells, strict=True)))) is not None:
            yield line
    raise ValueError("the list has no end")


def _line(cells: dict[str, str]) -> StatementLine | None:
    kind = _KINDS.get(cells[_KIND])
    if kind is None:
        log.warning("alipay.line_of_another_kind", kind=cells[_KIND][:20])
        return None
    amount, fee = money_of(cells[_AMOUNT]), money_of(cells[_FEE] or "0")
    refund = kind == "refund"
    if (amount.minor < 0) is not refund or not cells[_TRADE]:
        raise ValueError("an amount has the wrong sign, or a trade has no number")
    ours = cells[_REFUND] if refund else cells[_ORDER]
    return StatementLine(
        kind="refund" if refund else "charge",
        reference=(ours or cells[_TRADE]) if refund else cells[_TRADE],
        intent=ours,
        amount=Money(abs(amount.minor), amount.currency),
        at=time_of(cells[_DONE]),
        fee=Money(-fee.minor, fee.currency),
        charge=cells[_TRADE] if refund else "",
    )
