"""When every word of a vendor is lost: its statement brings the books to what it knows, and never twice.

Each vendor is a server of ours that speaks its wire; the whole product stands before it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.channels.paypal import PayPal
from adapters.channels.sandbox import Sandbox
from adapters.channels.stripe import Stripe
from bot.domain.model import IntentId, Match
from bot.ports import ChannelAnswer, PaymentChannel, RefundAnswer, Unknown
from bot.service.hooks import command_of
from bot.store import Work
from tests.channels.alipay import test_statement as alipay_bill
from tests.channels.alipay.conftest import made as alipay_made
from tests.channels.alipay.server import AlipayGateway
from tests.channels.paypal.server import CLIENT, SECRET, WEBHOOK, PayPalServer
from tests.channels.stripe.server import HOOK_SECRET, KEY, StripeServer
from tests.channels.unionpay import test_statement as unionpay_file
from tests.channels.unionpay.conftest import brought, made as unionpay_made
from tests.channels.unionpay.server import UnionPayGateway
from tests.channels.wechatpay.merchant import channel_for as wechatpay_made
from tests.channels.wechatpay.server import WeChatPayServer
from tests.dialogs.house import House

VENDORS = ("alipay", "paypal", "sandbox", "stripe", "unionpay", "wechatpay")


@dataclass
class Vendor:
    """A channel, and what its payer does at the vendor: nobody is told."""

    channel: PaymentChannel
    pay: Callable[[House], Awaitable[None]]
    closes_books: Callable[[date], None] = lambda day: None
    """Make the statement of a day, where the server does not do so by itself."""
    finishes: Callable[[], None] = lambda: None
    """Refunds that were taken in are carried out."""
    currency: str = ""
    tells_fee: bool = False


@asynccontextmanager
async def _alipay(house: House) -> AsyncIterator[Vendor]:
    async with AlipayGateway(house.clock) as server:
        channel = alipay_made(server, house.clock)  # type: ignore[arg-type]

        async def pay(house: House) -> None:
            server.pay(next(iter(server.orders)))

        def closes(day: date) -> None:
            rows = []
            for order in server.orders.values():
                if order.paid_at.startswith(f"{day}"):
                    rows.append(
                        _alipay_row(order.number, alipay_bill.row("交易", order.amount, trade=order.trade_no), day)
                    )
                for number, amount in order.refunds.items():
                    back = alipay_bill.row("退款", f"-{amount}", "0.00", number, trade=order.trade_no)
                    rows.append(_alipay_row(order.number, back, day))
            server.bills[day.isoformat()] = alipay_bill.packed(alipay_bill.listing(*rows))

        yield Vendor(channel, pay, closes, tells_fee=True)
        await channel.aclose()
        assert server.violations == []


def _alipay_row(number: str, row: str, day: date) -> str:
    return row.replace("INTENT234567ABC1", number).replace("2026-11-23", f"{day}")


@asynccontextmanager
async def _unionpay(house: House) -> AsyncIterator[Vendor]:
    async with UnionPayGateway(house.clock) as server:
        channel = unionpay_made(server, house.clock)  # type: ignore[arg-type]

        async def pay(house: House) -> None:
            where = (await house.web.get(f"{await house.link('anna')}/state")).json()["go"]
            await brought(channel, where)
            server.end(next(number for number, _ in server.found))

        def closes(day: date) -> None:
            rows = []
            for (number, _), one in server.found.items():
                refund = one.fields["txnType"] == "04"
                rows.append(
                    unionpay_file.row(
                        _4=one.trace_time, _6=f"{one.amount:012}", _9=one.query_id, _11=number,
                        _19=one.fields["txnType"], _26=one.fields["origQryId"] if refund else "",
                    )
                )  # fmt: skip
            server.files[f"{day:%m%d}"] = unionpay_file.packed(*rows)

        def finishes() -> None:
            for number, _ in server.found:
                server.end(number)

        yield Vendor(channel, pay, closes, finishes)
        await channel.aclose()
        assert server.violations == []


@asynccontextmanager
async def _wechatpay(house: House) -> AsyncIterator[Vendor]:
    async with WeChatPayServer(house.clock) as server:
        channel = wechatpay_made(server)
        server.ledger.refund_status = "SUCCESS"

        async def pay(house: House) -> None:
            server.pay(next(iter(server.ledger.orders)))

        yield Vendor(channel, pay, tells_fee=True)
        await channel.aclose()
        assert server.violations == []


@asynccontextmanager
async def _stripe(house: House) -> AsyncIterator[Vendor]:
    async with StripeServer(house.clock) as server:  # type: ignore[arg-type]
        channel = Stripe(secret_key=KEY, hook_secrets=[HOOK_SECRET], base_url=server.base_url)

        async def pay(house: House) -> None:
            server.pay(next(iter(server.sessions)))

        def finishes() -> None:
            for given in server.refunds.values():
                given["status"] = "succeeded"

        yield Vendor(channel, pay, finishes=finishes, currency=" EUR", tells_fee=True)
        await channel.aclose()
        assert server.violations == []


@asynccontextmanager
async def _paypal(house: House) -> AsyncIterator[Vendor]:
    async with PayPalServer(house.clock) as server:  # type: ignore[arg-type]
        facts = {"client_id": CLIENT, "client_secret": SECRET, "webhook_id": WEBHOOK}
        channel = PayPal(clock=house.clock, base_url=server.base_url, **facts)

        async def pay(house: House) -> None:
            server.take(next(iter(server.orders)))

        yield Vendor(channel, pay, currency=" EUR", tells_fee=True)
        await channel.aclose()
        assert server.violations == []


@asynccontextmanager
async def _sandbox(house: House) -> AsyncIterator[Vendor]:
    channel = house.channels["sandbox"]
    assert isinstance(channel, Sandbox)

    async def pay(house: House) -> None:
        for order in channel.bank._orders.values():
            channel.bank._take_money(order)

    yield Vendor(channel, pay)


_MADE: Mapping[str, Any] = {
    "alipay": _alipay,
    "paypal": _paypal,
    "sandbox": _sandbox,
    "stripe": _stripe,
    "unionpay": _unionpay,
    "wechatpay": _wechatpay,
}


@pytest.fixture(params=VENDORS)
async def at(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[House, Vendor]]:
    """The house, and the vendor that it uses."""
    house = await House.build(tmp_path, channels=(request.param, "manual"))
    async with _MADE[request.param](house) as vendor:
        house.channels[request.param] = vendor.channel
        house._door.open(house.app)
        yield house, vendor
        assert house.verify() == ()
        await house.leave()


async def _silent(*_: object) -> ChannelAnswer:
    raise Unknown("timeout")


def _answers_nothing(channel: PaymentChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions run into the void, and what is asked for happens without an answer."""
    give = channel.refund

    async def refund(*asked: Any) -> RefundAnswer:
        await give(*asked)
        raise Unknown("timeout")

    for name, answer in (("query", _silent), ("close", _silent), ("query_refund", _silent), ("refund", refund)):
        monkeypatch.setattr(channel, name, answer)


def _charges(house: House) -> list[Any]:
    def look(work: Work) -> list[Any]:
        return list(work.connection.execute(sa.text("SELECT channel, reference, amount, fee, intent_id FROM charge")))

    return house.store.run(look)


async def _until_read(house: House, vendor: Vendor, day: date) -> None:
    assert vendor.channel.traits.settling is not None
    vendor.closes_books(day)
    ready = vendor.channel.traits.settling.ready_at(day) + timedelta(minutes=1)
    await house.advance(seconds=(ready - house.clock.now()).total_seconds())


async def test_a_statement_makes_up_for_every_lost_word_and_later_ones_change_nothing(
    at: tuple[House, Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, vendor = at
    channel, settling = vendor.channel, vendor.channel.traits.settling
    assert settling is not None
    await house.say("lin", f"/collect 50 each{vendor.currency} Hotpot @anna @ben")
    link = await house.link("anna")
    await house.web.post(f"{link}/start", data={"channel": channel.name, "amount": ""})
    await house.app.settle()
    with monkeypatch.context() as lost:
        _answers_nothing(channel, lost)
        await vendor.pay(house)
        day = settling.day_of(house.clock.now())
        await house.advance(hours=1)
        assert "0/2" in house.card(), "nobody has told"
        await _until_read(house, vendor, day)
        assert "1/2" in house.card()
        ((name, reference, amount, fee, intent),) = _charges(house)
        assert (name, amount, fee is not None) == (channel.name, 5000, vendor.tells_fee)

        given_on = settling.day_of(house.clock.now())
        await house.say("lin", "/refund @anna 20")
        await house.press("lin", "Yes, do it")
        await house.app.settle()
        vendor.finishes()
        assert not any("went back to you" in words for words in house.phone("anna"))
        await _until_read(house, vendor, given_on)
        assert sum("20.00 went back to you" in words for words in house.phone("anna")) == 1
    again = await house.app.statements.read(channel.name, day)
    assert (again.counts.get(Match.KNOWN, 0) >= 1, again.differences) == (True, ())

    attempt = house.store.run(lambda work: work.attempt(IntentId(intent)))
    assert attempt is not None
    said = await channel.query(attempt)
    assert said.charge is not None
    assert said.charge.reference == reference, "a webhook and an answer name it as the statement does"
    await _apply(house, channel.name, attempt.id, said)
    assert len(_charges(house)) == 1


async def _apply(house: House, channel: str, intent: IntentId, said: ChannelAnswer) -> None:
    house.app.handler.submit(command_of(channel, intent, said, "query")).result()
    await house.app.settle()
