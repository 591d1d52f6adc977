"""The bill of a day: read to the fen, and not at all when anything in it does not fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from adapters.channels.wechatpay import WeChatPay
from adapters.channels.wechatpay.statement import fen, parse
from bot.domain.money import Money
from bot.ports import Declined, StatementLine, Unavailable, Unknown
from tests.channels.wechatpay.ledger import Ledger
from tests.channels.wechatpay.merchant import BACK, DESK, NOW, charge_of, intent, refund_of
from tests.channels.wechatpay.server import APPID, WeChatPayServer

TODAY = date(2026, 11, 24)


async def a_day(channel: WeChatPay, pay: WeChatPayServer) -> None:
    """Two payments, one of them partly given back."""
    for number, amount in (("ABCDEFGH23456789", 3333), ("BCDEFGH23456789A", 100)):
        await channel.create(intent(number, amount), title="火锅,`鸳鸯", return_url=BACK, payer=DESK)
        pay.pay(number)
    answer = await channel.query(intent())
    assert answer.charge is not None
    charge, pay.ledger.refund_status = charge_of(answer.charge), "SUCCESS"
    await channel.refund(refund_of(charge, 1000), charge)


async def test_all_that_moved_on_a_day_is_there(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await a_day(channel, pay)
    orders, refund = pay.ledger.orders, pay.ledger.refunds["REFUND23456789AB"]
    assert list(await channel.statement(TODAY)) == [
        StatementLine(
            "charge", orders[number].transaction, number, Money(amount, "CNY"), NOW, Money(fee, "CNY")
        )
        for number, amount, fee in (("ABCDEFGH23456789", 3333, 20), ("BCDEFGH23456789A", 100, 1))
    ] + [
        StatementLine(
            "refund", refund["refund_id"], "REFUND23456789AB", Money(1000, "CNY"), NOW, Money(0, "CNY"),
            orders["ABCDEFGH23456789"].transaction,
        )
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["PROCESSING", "FAIL"])
async def test_what_has_not_gone_back_is_no_line(channel: WeChatPay, pay: WeChatPayServer, status: str) -> None:
    await a_day(channel, pay)
    pay.ledger.refunds["REFUND23456789AB"]["status"] = status
    assert [line.kind for line in await channel.statement(TODAY)] == ["charge", "charge"]


async def test_a_day_without_anything_is_empty(channel: WeChatPay) -> None:
    assert await channel.statement(date(2026, 11, 23)) == ()


async def test_a_bill_that_is_not_made_yet_is_asked_for_later(channel: WeChatPay, pay: WeChatPayServer) -> None:
    pay.ledger.creating = True
    with pytest.raises(Unavailable) as caught:
        await channel.statement(TODAY)
    assert caught.value.retry_after > 0


async def test_a_file_that_is_not_the_one_that_was_promised_is_refused(
    channel: WeChatPay, pay: WeChatPayServer
) -> None:
    await a_day(channel, pay)
    pay.plan("billdownload", "garbage")
    with pytest.raises(Unavailable, match="BILL_DAMAGED"):
        await channel.statement(TODAY)
    assert len(await channel.statement(TODAY)) == 3


async def test_trouble_with_the_bill_is_trouble(channel: WeChatPay, pay: WeChatPayServer) -> None:
    pay.plan("tradebill", "fail", (401, "SIGN_ERROR"))
    with pytest.raises(Declined):
        await channel.statement(TODAY)
    pay.plan("tradebill", "lost")
    with pytest.raises(Unknown):
        await channel.statement(TODAY)
    pay.ledger.bills["2026-11-24"] = "nothing that one could read"
    with pytest.raises(Declined, match="BILL_NOT_UNDERSTOOD"):
        await channel.statement(TODAY)


def made(clock_ledger: Ledger) -> str:
    """The bill of a day with one payment and one refund, without HTTP."""
    for number in ("ABCDEFGH23456789", "BCDEFGH23456789A"):
        clock_ledger.ordered(number, 3333)
        clock_ledger.pay(number, "oUpF8")
    amount = {"refund": 1000, "total": 3333, "currency": "CNY"}
    clock_ledger.refund_status = "SUCCESS"
    transaction = clock_ledger.orders["ABCDEFGH23456789"].transaction
    clock_ledger.refund({"transaction_id": transaction, "out_refund_no": "R1", "amount": amount})
    return clock_ledger.bill("2026-11-24")[0].decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda bill: "",
        lambda bill: bill[: bill.index("总交易单数")],
        lambda bill: bill + bill,
        lambda bill: bill.replace("`3,`66.66", "`2,`66.66"),
        lambda bill: bill.replace(",`66.66,`10.00\r", ",`66.65,`10.00\r"),
        lambda bill: bill.replace("`66.66,`10.00\r", "`66.66,`10.01\r"),
        lambda bill: bill.replace("`CNY", "`USD", 1),
        lambda bill: bill.replace("`SUCCESS", "`HOPED", 1),
        lambda bill: bill.replace("`33.33", "`33.331"),
        lambda bill: bill.replace("`33.33", "`3e1"),
        lambda bill: bill.replace("`33.33", "`３３.３３"),
        lambda bill: bill.replace("2026-11-24 10:00:00", "24.11.2026", 1),
        lambda bill: bill.replace(",订单金额,", ",金额,", 1),
        lambda bill: bill.replace("货币种类,", "", 1),
        lambda bill: bill.replace("`", "", 1),
        lambda bill: bill.replace("\r\n`", "\r\n`x,`", 1),
    ],
)
def test_a_bill_that_does_not_fit_is_not_read(pay: WeChatPayServer, change: Callable[[str], str]) -> None:
    bill = made(pay.ledger)
    assert len(parse(bill, APPID)) == 3
    assert change(bill) != bill
    with pytest.raises((ValueError, KeyError)):
        parse(change(bill), APPID)


def test_other_apps_of_the_merchant_are_not_ours(pay: WeChatPayServer) -> None:
    assert parse(made(pay.ledger), "wx0000000000000000") == []


def test_bills_of_the_oldest_kind_are_read_too(pay: WeChatPayServer) -> None:
    bill = made(pay.ledger)
    for new, old in (
        (",订单金额,", ",总金额,"),
        ("申请退款金额,", "退款金额2,"),
        ("订单总金额,申请", "总交易额,申请"),
        ("申请退款总金额", "总退款金额"),
    ):
        bill = bill.replace(new, old)
    assert len(parse(bill, APPID)) == 3


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0", 0),
        ("0.01", 1),
        ("12.3", 1230),
        ("-0.01000", -1),
        ("33.33000", 3333),
        ("0.00000", 0),
        ("1000000.00", 10**8),
    ],
)
def test_yuan_are_read_to_the_fen(text: str, minor: int) -> None:
    assert fen(text) == Money(minor, "CNY")


@pytest.mark.parametrize("text", ["", ".5", "1.", "0.001", "1,000.00", "1e2", "NaN", "--1", "٢", " 1", "9" * 13])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        fen(text)
