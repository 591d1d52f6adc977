"""Money that went back without us, on real wires with the whole product behind them: lost, doubled, in any order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.channels.stripe import Stripe
from tests.channels.alipay.conftest import made as alipay_made
from tests.channels.alipay.server import AlipayGateway
from tests.channels.stripe.server import HOOK_SECRET, KEY, StripeServer
from tests.dialogs.house import House

Hook = tuple[dict[str, str], bytes]


@dataclass(frozen=True)
class Vendor:
    """A vendor's server at which Anna is about to pay 50, and what it then tells us."""

    name: str
    house: House
    paid: Callable[[], Hook]
    given_back: Callable[[], Hook]
    """All of it, on the vendor's own pages."""

    async def tell(self, hook: Hook) -> int:
        answer = await self.house.web.post(f"/hooks/{self.name}", content=hook[1], headers=hook[0])
        await self.house.advance(seconds=10)
        return answer.status_code


async def _about_to_pay(house: House, name: str, currency: str) -> None:
    await house.say("lin", f"/collect 50 each {currency} Bus @anna @ben")
    await house.web.post(f"{await house.link('anna')}/start", data={"channel": name, "amount": ""})
    await house.app.settle()


@pytest.fixture
async def stripe(tmp_path: Path) -> AsyncIterator[Vendor]:
    house = await House.build(tmp_path, channels=("stripe", "manual"))
    async with StripeServer(house.clock) as server:  # type: ignore[arg-type]  # it is only read
        house.channels["stripe"] = Stripe(secret_key=KEY, hook_secrets=[HOOK_SECRET], base_url=server.base_url)
        await _about_to_pay(house, "stripe", "EUR")

        def paid() -> Hook:
            (session,) = server.sessions.values()
            return server.event("checkout.session.completed", server.pay(session["id"]))

        def given_back() -> Hook:
            (payment,) = server.payments
            return server.event("refund.created", server.refund_by_hand(payment, 5000))

        yield Vendor("stripe", house, paid, given_back)
        assert house.verify() == ()
        await house.leave()
        assert server.violations == []


@pytest.fixture
async def alipay(tmp_path: Path) -> AsyncIterator[Vendor]:
    house = await House.build(tmp_path, channels=("alipay", "manual"))
    async with AlipayGateway(house.clock) as gateway:
        house.channels["alipay"] = alipay_made(gateway, house.clock)
        await _about_to_pay(house, "alipay", "CNY")
        (order,) = gateway.orders.values()

        def paid() -> Hook:
            gateway.pay(order.number)
            return {}, gateway.notice(order.number)

        def given_back() -> Hook:
            when = house.clock.now().astimezone().strftime("%Y-%m-%d %H:%M:%S.123")
            facts = {"gmt_refund": when, "refund_fee": "50.00", "out_biz_no": "BYHAND0000000001", "notify_id": "n2"}
            return {}, gateway.notice(order.number, trade_status="TRADE_CLOSED", **facts)

        yield Vendor("alipay", house, paid, given_back)
        assert house.verify() == ()
        await house.leave()
        assert gateway.violations == []


@pytest.fixture(params=["stripe", "alipay"])
def vendor(request: pytest.FixtureRequest) -> Vendor:
    found: Vendor = request.getfixturevalue(request.param)
    return found


async def test_it_counts_once_however_often_it_is_told(vendor: Vendor) -> None:
    assert await vendor.tell(vendor.paid()) == 200
    assert "50.00" in vendor.house.card()
    back = vendor.given_back()
    for _ in range(3):
        assert await vendor.tell(back) == 200
    names = (await vendor.house.say("lin", "/status"))["lin"]
    assert "refunded" in names
    assert names.count("given back") <= 1


async def test_news_that_comes_before_its_payment_is_not_lost(vendor: Vendor) -> None:
    """Told again where it names an attempt of ours; else the day's statement has it, charges first."""
    house, paid = vendor.house, vendor.paid()
    back = vendor.given_back()
    told = await vendor.tell(back)
    assert told in (200, 503)
    assert await vendor.tell(paid) == 200
    if told == 503:
        assert await vendor.tell(back) == 200
    else:
        await house.app.statements.read(vendor.name, house.clock.now().date())
    assert "refunded" in (await house.say("lin", "/status"))["lin"]
