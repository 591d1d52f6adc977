"""What every payment channel keeps to: the sandbox with its bank, the manual one, the bank of the crash rig, and those
of vendors against servers of ours that speak their wire."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from adapters.channels.alipay import Alipay
from adapters.channels.manual import Manual
from adapters.channels.paypal import PayPal
from adapters.channels.sandbox import Sandbox
from adapters.channels.stripe import Stripe
from adapters.channels.telegram_invoice import TelegramPayments, TelegramStars
from adapters.channels.unionpay import UnionPay
from adapters.channels.wechatpay import WeChatPay
from bot.app import ShiftedClock
from bot.app.build import pages
from bot.domain.model import CollectionId, Intent, IntentId, IntentState, MemberId
from bot.ports import Declined, FakeClock, Payer, PaymentChannel, Unavailable, Unknown, Unverified
from tests.botapi.payments import PROVIDER_TOKEN
from tests.botapi.server import BotApi
from tests.channels.alipay.conftest import made as alipay_made
from tests.channels.alipay.server import AlipayGateway
from tests.channels.paypal.server import CLIENT, SECRET as PAYPAL_SECRET, WEBHOOK, PayPalServer
from tests.channels.stripe.server import HOOK_SECRET, KEY, StripeServer
from tests.channels.telegram_invoice.conftest import wire
from tests.channels.unionpay.conftest import made as unionpay_made
from tests.channels.unionpay.server import UnionPayGateway
from tests.channels.wechatpay.merchant import channel_for as wechatpay_made
from tests.channels.wechatpay.server import WeChatPayServer
from tests.crash.journal import Journal
from tests.crash.outside import Bank

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
BACK = "https://pay.example/pay/x"
SECRET = "a contract keeps no secrets"
TRACES = re.compile(r"[A-Za-z0-9_-]{1,200}")


def _intent(number: int = 1, channel: PaymentChannel | None = None) -> Intent:
    """In a currency that ``channel`` takes."""
    taken = channel.traits.currencies if channel is not None else ()
    return Intent(
        id=IntentId(f"INTENT234567ABC{number}"),
        collection=CollectionId("c1"),
        member=MemberId(1),
        channel="any",
        amount=3333,
        currency="CNY" if not taken or "CNY" in taken else min(taken),
        created_at=NOW,
    )


async def _nowhere(_: float) -> None:
    """No pause."""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    made = Sandbox(
        secrets=[SECRET],
        public_url="https://pay.example",
        hook_url="https://pay.example/hooks/sandbox",
        clock=FakeClock(NOW),
        page=pages().page,
        hook_client=client,
        pause=_nowhere,
    )
    yield made
    await made.aclose()


@pytest.fixture
def crash_bank(tmp_path: Path) -> Bank:
    return Bank(Journal(tmp_path / "journal"), ShiftedClock(FakeClock(NOW), NOW))


@pytest.fixture
async def paypal() -> AsyncIterator[PayPal]:
    async with PayPalServer(FakeClock(NOW)) as server:
        facts = {"client_id": CLIENT, "client_secret": PAYPAL_SECRET, "webhook_id": WEBHOOK}
        made = PayPal(clock=server.clock, base_url=server.base_url, **facts)
        yield made
        await made.aclose()
        assert server.violations == []


@pytest.fixture
async def stripe() -> AsyncIterator[Stripe]:
    async with StripeServer(FakeClock(NOW)) as server:
        made = Stripe(secret_key=KEY, hook_secrets=[HOOK_SECRET], base_url=server.base_url)
        yield made
        await made.aclose()
        assert server.violations == []


@pytest.fixture
async def alipay() -> AsyncIterator[Alipay]:
    clock = FakeClock(NOW)
    async with AlipayGateway(clock) as gateway:
        made = alipay_made(gateway, clock)
        yield made
        await made.aclose()
        assert gateway.violations == []


@pytest.fixture
async def unionpay() -> AsyncIterator[UnionPay]:
    clock = FakeClock(NOW)
    async with UnionPayGateway(clock) as gateway:
        made = unionpay_made(gateway, clock)
        yield made
        await made.aclose()
        assert gateway.violations == []


@pytest.fixture
async def wechatpay() -> AsyncIterator[WeChatPay]:
    async with WeChatPayServer(FakeClock(NOW)) as server:
        made = wechatpay_made(server)
        yield made
        await made.aclose()
        assert server.violations == []


@pytest.fixture
async def telegram_payments() -> AsyncIterator[TelegramPayments]:
    async with BotApi(clock=FakeClock(NOW)) as api:
        made = TelegramPayments(wire(api), provider_token=PROVIDER_TOKEN, currency="CNY")
        yield made
        await made.aclose()
        assert api.violations == []


@pytest.fixture
async def telegram_stars() -> AsyncIterator[TelegramStars]:
    async with BotApi(clock=FakeClock(NOW)) as api:
        made = TelegramStars(wire(api))
        yield made
        await made.aclose()
        assert api.violations == []


CHANNELS = (
    "sandbox",
    "crash_bank",
    "alipay",
    "stripe",
    "telegram_payments",
    "telegram_stars",
    "unionpay",
    "wechatpay",
    "paypal",
)


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest) -> PaymentChannel:
    found: PaymentChannel = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=[*CHANNELS, "manual"])
def any_channel(request: pytest.FixtureRequest) -> PaymentChannel:
    found: PaymentChannel = Manual() if request.param == "manual" else request.getfixturevalue(request.param)
    return found


async def test_each_is_a_payment_channel(any_channel: PaymentChannel) -> None:
    assert isinstance(any_channel, PaymentChannel)
    assert re.fullmatch(r"[a-z_]+", any_channel.name)
    assert any_channel.traits.minimum >= 1


async def test_what_is_not_signed_is_not_believed(any_channel: PaymentChannel) -> None:
    await any_channel.prepare({})
    for body in (b"", b"{}", b"null", b"\xff", b'{"id": 1}'):
        with pytest.raises(Unverified):
            any_channel.verify({}, body, NOW)


async def test_an_attempt_that_was_made_leads_the_payer_on(channel: PaymentChannel) -> None:
    answer = await channel.create(_intent(1, channel), title="Hotpot", return_url=BACK, payer=Payer())
    assert answer.state is IntentState.PENDING
    assert answer.charge is None
    assert answer.action["kind"] in ("redirect", "qr", "deep_link", "invoice")
    assert answer.action["url"].startswith(("https://", "weixin://"))
    assert TRACES.fullmatch(answer.reference)


async def test_the_same_attempt_made_again_is_the_same(channel: PaymentChannel) -> None:
    first = await channel.create(_intent(1, channel), title="Hotpot", return_url=BACK, payer=Payer())
    again = await channel.create(_intent(1, channel), title="Hotpot", return_url=BACK, payer=Payer())
    assert (first.reference, first.action["url"]) == (again.reference, again.action["url"])


async def test_two_attempts_are_two(channel: PaymentChannel) -> None:
    answers = [await channel.create(_intent(n, channel), title="", return_url=BACK, payer=Payer()) for n in (1, 2)]
    assert len({answer.reference for answer in answers}) == 2


async def test_a_closed_attempt_stays_closed(channel: PaymentChannel) -> None:
    await channel.create(_intent(1, channel), title="", return_url="https://pay.example/x", payer=Payer())
    assert (await channel.close(_intent(1, channel))).state is IntentState.CLOSED
    assert (await channel.close(_intent(1, channel))).state is IntentState.CLOSED
    assert (await channel.query(_intent(1, channel))).state is IntentState.CLOSED


async def test_nothing_can_be_started_by_hand() -> None:
    with pytest.raises(Declined):
        await Manual().create(_intent(), title="", return_url="https://pay.example/x", payer=Payer())
    assert Manual().traits.manual


# -- what the sandbox's bank plays --------------------------------------------------------------------------------


async def test_paid_is_paid_with_the_banks_amount(sandbox: Sandbox) -> None:
    await sandbox.create(_intent(), title="", return_url="https://pay.example/x", payer=Payer())
    order = sandbox.bank.find("INTENT234567ABC1")
    assert order is not None
    await sandbox.bank.play(order, "success")
    answer = await sandbox.query(_intent())
    assert answer.state is IntentState.PAID
    assert answer.charge is not None
    assert (answer.charge.amount.minor, answer.charge.amount.currency) == (3333, "CNY")
    assert (await sandbox.close(_intent())).state is IntentState.PAID


async def test_a_bank_that_is_down_takes_no_order(sandbox: Sandbox) -> None:
    sandbox.bank.planned = "down"
    with pytest.raises(Unavailable):
        await sandbox.create(_intent(), title="", return_url="https://pay.example/x", payer=Payer())
    assert (await sandbox.query(_intent())).state is IntentState.CLOSED


async def test_a_bank_that_is_mute_has_taken_the_order_all_the_same(sandbox: Sandbox) -> None:
    sandbox.bank.planned = "mute"
    with pytest.raises(Unknown):
        await sandbox.create(_intent(), title="", return_url="https://pay.example/x", payer=Payer())
    for _ in range(2):
        with pytest.raises(Unknown):
            await sandbox.query(_intent())
    assert (await sandbox.query(_intent())).state is IntentState.PAID
