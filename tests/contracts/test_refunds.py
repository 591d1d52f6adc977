"""What every channel that gives back keeps to. An adapter's authors add a ``Counter`` of theirs to ``counter``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx
import pytest

from adapters.channels.manual import Manual
from adapters.channels.sandbox import Sandbox
from bot.app.build import pages
from bot.domain.model import Charge, CollectionId, Intent, IntentId, MemberId, Refund, RefundId, RefundState
from bot.ports import Declined, FakeClock, Payer, PaymentChannel, Unknown, Unverified
from tests.channels.alipay.conftest import made as alipay_made
from tests.channels.alipay.server import AlipayGateway
from tests.channels.unionpay.conftest import brought, made as unionpay_made
from tests.channels.unionpay.server import UnionPayGateway
from tests.channels.wechatpay.merchant import channel_for as wechatpay_made
from tests.channels.wechatpay.server import WeChatPayServer

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PAID = 3_333


@dataclass(frozen=True)
class Counter:
    """A channel, and how a payer pays there: the charge that came of it."""

    channel: PaymentChannel
    pay: Callable[[], Awaitable[Charge]]


def _intent() -> Intent:
    return Intent(
        id=IntentId("INTENT234567ABC1"),
        collection=CollectionId("c1"),
        member=MemberId(1),
        channel="any",
        amount=PAID,
        currency="CNY",
        created_at=NOW,
    )


def charge_of(channel: PaymentChannel, reference: str) -> Charge:
    """A charge over ``PAID`` for the attempt that these tests make."""
    return Charge(
        channel.name, reference, CollectionId("c1"), MemberId(1), PAID, "CNY", NOW, IntentId("INTENT234567ABC1")
    )


@pytest.fixture
async def sandbox() -> AsyncIterator[Counter]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    made = Sandbox(
        secrets=["a contract keeps no secrets"],
        public_url="https://pay.example",
        hook_url="https://pay.example/hooks/sandbox",
        clock=FakeClock(NOW),
        page=pages().page,
        hook_client=client,
    )

    async def pay() -> Charge:
        answer = await made.create(_intent(), title="", return_url="https://pay.example/x", payer=Payer())
        order = made.bank.find("INTENT234567ABC1")
        assert order is not None
        await made.bank.play(order, "success")
        return charge_of(made, answer.reference)

    yield Counter(made, pay)
    await made.aclose()


@pytest.fixture
async def wechatpay() -> AsyncIterator[Counter]:
    async with WeChatPayServer(FakeClock(NOW)) as server:
        made = wechatpay_made(server)

        async def pay() -> Charge:
            await made.create(_intent(), title="", return_url="https://pay.example/x", payer=Payer())
            server.pay(_intent().id)
            return charge_of(made, (await made.query(_intent())).reference)

        yield Counter(made, pay)
        await made.aclose()


@pytest.fixture
async def alipay() -> AsyncIterator[Counter]:
    clock = FakeClock(NOW)
    async with AlipayGateway(clock) as gateway:
        made = alipay_made(gateway, clock)

        async def pay() -> Charge:
            await made.create(_intent(), title="", return_url="https://pay.example/x", payer=Payer())
            return charge_of(made, gateway.pay(_intent().id).trade_no)

        yield Counter(made, pay)
        await made.aclose()
        assert gateway.violations == []


@pytest.fixture
async def unionpay() -> AsyncIterator[Counter]:
    clock = FakeClock(NOW)
    async with UnionPayGateway(clock) as gateway:
        made = unionpay_made(gateway, clock)

        async def pay() -> Charge:
            answer = await made.create(_intent(), title="", return_url="https://pay.example/x", payer=Payer())
            await brought(made, answer.action["url"])
            return charge_of(made, gateway.end(_intent().id).query_id)

        yield Counter(made, pay)
        await made.aclose()
        assert gateway.violations == []


@pytest.fixture(params=["alipay", "sandbox", "unionpay", "wechatpay"])
def counter(request: pytest.FixtureRequest) -> Counter:
    found: Counter = request.getfixturevalue(request.param)
    return found


def back(charge: Charge, amount: int = PAID, number: int = 1) -> Refund:
    return Refund(
        id=RefundId(f"REFUND234567ABC{number}"),
        channel=charge.channel,
        charge=charge.reference,
        collection=charge.collection,
        member=charge.member,
        amount=amount,
        currency=charge.currency,
        created_at=NOW,
    )


async def test_it_says_that_it_can(counter: Counter) -> None:
    assert counter.channel.traits.can_refund


async def test_all_of_a_charge_goes_back(counter: Counter) -> None:
    charge = await counter.pay()
    answer = await counter.channel.refund(back(charge), charge)
    assert answer.state in (RefundState.REFUNDED, RefundState.PENDING)
    assert (await counter.channel.query_refund(back(charge), charge)).state is answer.state


async def test_the_same_refund_again_is_the_same(counter: Counter) -> None:
    charge = await counter.pay()
    first = await counter.channel.refund(back(charge), charge)
    again = await counter.channel.refund(back(charge), charge)
    assert (first.state, first.reference) == (again.state, again.reference)


async def test_parts_go_back_until_all_is_gone_and_no_more(counter: Counter) -> None:
    charge = await counter.pay()
    parts = [await counter.channel.refund(back(charge, minor, n), charge) for n, minor in ((1, 3_000), (2, 333))]
    assert len({part.reference for part in parts}) == 2
    with pytest.raises(Declined):
        await counter.channel.refund(back(charge, 1, 3), charge)


async def test_what_was_never_given_is_not_said_to_have_gone(counter: Counter) -> None:
    charge = await counter.pay()
    try:
        answer = await counter.channel.query_refund(back(charge, number=9), charge)
    except (Declined, Unknown):
        return
    assert answer.state is not RefundState.REFUNDED


async def test_nothing_goes_back_of_a_charge_that_never_was(counter: Counter) -> None:
    charge = await counter.pay()
    never = replace(charge, reference="never", intent=IntentId("never"))
    with pytest.raises(Declined):
        await counter.channel.refund(back(never), never)


async def test_by_hand_no_channel_gives_back() -> None:
    manual = Manual()
    assert not manual.traits.can_refund
    charge = charge_of(manual, "m1")
    for ask in (manual.refund, manual.query_refund):
        with pytest.raises(Declined, match="cannot_refund"):
            await ask(back(charge), charge)
    with pytest.raises(Unverified):
        manual.verify({}, b'{"refund": "r1", "state": "refunded"}', NOW)
