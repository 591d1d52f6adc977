"""The bill of a day, as Alipay packs it."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.channels.alipay import Alipay
from adapters.channels.alipay.statement import lines_of
from bot.domain.money import Money
from bot.ports import Declined, FakeClock, StatementLine, Unavailable
from tests.channels.alipay.server import AlipayGateway

DAY = date(2026, 11, 23)
HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


def row(
    kind: str = "交易", amount: str = "33.33", fee: str = "-0.20", refund: str = "", trade: str = "2026112322"
) -> str:
    zeros = ",".join(["0.00"] * 5)
    return (
        f"{trade}\t,INTENT234567ABC1\t,{kind},火锅,2026-11-23 10:00:00,2026-11-23 10:00:30,,,,,mei***@example.com,"
        f"{amount},{amount},{zeros},,0.00,0.00,{refund}\t,{fee},0.00,"
    )


def listing(*rows: str, header: str = HEADER, end: str = "#-------业务明细列表结束-------") -> str:
    top = ["#支付宝业务明细查询", "#账号：[20880000000000010156]", "#-------业务明细列表-------"]
    return "\r\n".join([*top, header, *rows, end, "#交易合计：2笔", "#导出时间：[2026年11月24日 06:27:10]", ""])


def packed(text: str, *, name: str = "20880000000000010156_20261123_业务明细", more: int = 0) -> bytes:
    """Names in GBK that ZIP readers take for cp437."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in ((f"{name}.csv", text), (f"{name}(汇总).csv", "#汇总")):
            plain = "x" * (len(member.encode("gbk")) - 4)
            archive.writestr(f"{plain}.csv", content.encode("gbk"))
        for number in range(more):
            archive.writestr(f"{number}.csv", b"")
    raw = out.getvalue()
    for wanted in (f"{name}(汇总).csv".encode("gbk"), f"{name}.csv".encode("gbk")):  # the longer one first
        raw = raw.replace(b"x" * (len(wanted) - 4) + b".csv", wanted)
    return raw


def test_trades_and_refunds_are_read_to_the_fen() -> None:
    text = listing(row(), row("退款", "-11.11", "0.07", "REFUND234567ABC1"))
    at = datetime(2026, 11, 23, 2, 0, 30, tzinfo=UTC)
    assert lines_of(packed(text)) == (
        StatementLine("charge", "2026112322", "INTENT234567ABC1", Money(3333, "CNY"), at, Money(20, "CNY")),
        StatementLine(
            "refund",
            "REFUND234567ABC1",
            "REFUND234567ABC1",
            Money(1111, "CNY"),
            at,
            Money(-7, "CNY"),
            charge="2026112322",
        ),
    )


def test_lines_of_kinds_that_are_not_ours_are_left_out() -> None:
    assert lines_of(packed(listing(row("红包退回")))) == ()


@pytest.mark.parametrize(
    "text",
    [
        listing(row(), end="#交易合计：1笔"),
        listing(row()).partition("#-------业务明细列表结束")[0],
        listing(row(), header=HEADER.replace("服务费（元）", "手续费")),
        listing(row() + ",one more"),
        listing(row(amount="-33.33")),
        listing(row("退款", "11.11")),
        listing(row(amount="33,33")),
        listing(row(amount="1e3")),
        listing(row(trade="")),
        listing(row().replace("10:00:30", "soon")),
        "",
    ],
    ids=range(11),
)
def test_a_bill_that_is_not_wholly_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        lines_of(packed(text))


@pytest.mark.parametrize("bill", [b"", b"PK", b"<html>", packed(listing(row()))[:-60], packed(listing(), more=20)])
def test_what_is_no_bill_is_refused(bill: bytes) -> None:
    with pytest.raises(ValueError):
        lines_of(bill)


async def test_the_bill_of_a_day_is_fetched(alipay: Alipay, gateway: AlipayGateway) -> None:
    gateway.bills[DAY.isoformat()] = packed(listing(row()))
    assert len(await alipay.statement(DAY)) == 1
    gateway.bills[DAY.isoformat()] = b"something else"
    with pytest.raises(Declined, match="bill_unreadable"):
        await alipay.statement(DAY)


async def test_no_bill_means_no_trades_once_it_should_be_there(alipay: Alipay, clock: FakeClock) -> None:
    with pytest.raises(Unavailable) as early:
        await alipay.statement(DAY)
    assert early.value.retry_after == 2 * 3600
    clock.at += timedelta(hours=2)
    assert await alipay.statement(DAY) == ()


async def test_a_bill_elsewhere_is_not_fetched(alipay: Alipay, gateway: AlipayGateway) -> None:
    gateway.bills[DAY.isoformat()] = b""
    gateway.host = "http://169.254.169.254"
    with pytest.raises(Declined, match="bill_elsewhere"):
        await alipay.statement(DAY)
