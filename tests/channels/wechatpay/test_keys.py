"""Whose signature counts: platform certificates that come and go, the public key, and the way from one to the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.channels.wechatpay import WeChatPay
from bot.domain.model import IntentState
from bot.ports import FakeClock, Unavailable, Unknown, Unverified
from tests.channels.wechatpay import keys
from tests.channels.wechatpay.merchant import BACK, DESK, channel_for, intent
from tests.channels.wechatpay.server import WeChatPayServer

NUMBER = "ABCDEFGH23456789"
LIST = ("GET", "/v3/certificates")


@pytest.fixture
async def pay(clock: FakeClock) -> AsyncIterator[WeChatPayServer]:
    """One that signs with certificates."""
    async with WeChatPayServer(clock, public_key_id="") as server:
        yield server
    assert server.violations == []


def renewed(pay: WeChatPayServer, which: str = "next") -> None:
    """WeChat Pay uses another key from now on, whose certificate it hands out beside the old one."""
    pay.certificates.append(keys.certificate(which))
    pay.platform = keys.rsa_pair(which)


async def test_certificates_are_fetched_once_and_opened(channel: WeChatPay, pay: WeChatPayServer) -> None:
    for _ in range(3):
        assert (await channel.create(intent(), title="", return_url=BACK, payer=DESK)).state is IntentState.PENDING
    assert pay.calls.count(LIST) == 1


async def test_they_are_fetched_anew_twice_a_day(channel: WeChatPay, pay: WeChatPayServer, clock: FakeClock) -> None:
    await channel.query(intent())
    clock.at += timedelta(hours=11, minutes=59)
    await channel.query(intent())
    assert pay.calls.count(LIST) == 1
    clock.at += timedelta(minutes=1)
    await channel.query(intent())
    assert pay.calls.count(LIST) == 2


async def test_an_answer_with_a_new_key_is_understood_at_once(
    channel: WeChatPay, pay: WeChatPayServer, clock: FakeClock
) -> None:
    await channel.query(intent())
    clock.at += timedelta(minutes=2)
    renewed(pay)
    assert (await channel.create(intent(), title="", return_url=BACK, payer=DESK)).state is IntentState.PENDING
    assert pay.calls.count(LIST) == 2


async def test_a_notice_with_a_new_key_is_understood_when_it_comes_again(
    channel: WeChatPay, pay: WeChatPayServer, clock: FakeClock
) -> None:
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    clock.at += timedelta(minutes=2)
    renewed(pay)
    pay.pay(NUMBER)
    headers, body = pay.notice(NUMBER)
    for _ in range(20):
        with pytest.raises(Unverified):
            channel.verify(headers, body, clock.now())
    assert channel._renewing is not None
    await channel._renewing
    assert channel.verify(headers, body, clock.now())
    assert pay.calls.count(LIST) == 2


async def test_a_notice_that_comes_before_everything_else_is_understood_when_it_comes_again(
    channel: WeChatPay, pay: WeChatPayServer
) -> None:
    other = channel_for(pay)
    await other.create(intent(), title="", return_url=BACK, payer=DESK)
    await other.aclose()
    pay.pay(NUMBER)
    with pytest.raises(Unverified):
        channel.verify(*pay.notice(NUMBER), pay.clock.now())
    assert channel._renewing is not None
    await channel._renewing
    assert channel.verify(*pay.notice(NUMBER), pay.clock.now())


async def test_strangers_cannot_make_us_fetch_all_the_time(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await channel.query(intent())
    for number in range(50):
        with pytest.raises(Unverified):
            channel.verify(pay.signed(b"{}", serial=f"{number:040X}"), b"{}", pay.clock.now())
        await asyncio.sleep(0)
    assert pay.calls.count(LIST) == 1


async def test_a_certificate_that_is_not_handed_out_any_more_is_not_believed(
    channel: WeChatPay, pay: WeChatPayServer, clock: FakeClock
) -> None:
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    pay.pay(NUMBER)
    body = pay.notice(NUMBER)[1]
    old, old_serial = pay.platform.suite, keys.serial(pay.certificates[0])
    renewed(pay)
    del pay.certificates[0]
    clock.at += timedelta(hours=12)
    await channel.query(intent())
    with pytest.raises(Unverified):
        channel.verify(pay.signed(body, suite=old, serial=old_serial), body, clock.now())


async def test_a_certificate_that_ran_out_is_not_believed(
    channel: WeChatPay, pay: WeChatPayServer, clock: FakeClock
) -> None:
    await channel.query(intent())
    clock.at += timedelta(days=5 * 366)
    with pytest.raises(Unverified):
        channel.verify(pay.signed(b"{}"), b"{}", clock.now())


@pytest.mark.parametrize("what", ["fail", "html", "cut", "unsigned", "probe", "stale", "garbage"])
async def test_without_certificates_nothing_is_asked_and_old_ones_stay(
    channel: WeChatPay, pay: WeChatPayServer, clock: FakeClock, what: str
) -> None:
    pay.plan("certificates", what)
    with pytest.raises(Unavailable):
        await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    assert pay.ledger.orders == {}
    clock.at += timedelta(minutes=1)
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    clock.at += timedelta(minutes=2)
    pay.plan("certificates", what)
    with pytest.raises(Unverified):
        channel.verify(pay.signed(b"{}", serial="0A"), b"{}", clock.now())
    assert channel._renewing is not None
    await channel._renewing
    assert (await channel.query(intent())).state is IntentState.PENDING


async def test_a_list_without_certificates_does_not_look_like_an_order_that_is_not_there(
    channel: WeChatPay, pay: WeChatPayServer
) -> None:
    """Both are RESOURCE_NOT_EXISTS: the first must not close an attempt."""
    pay.certificates = []
    with pytest.raises(Unavailable):
        await channel.query(intent())


async def test_certificates_that_are_sealed_for_somebody_else_are_not_used(
    channel: WeChatPay, pay: WeChatPayServer
) -> None:
    pay.apiv3_key = "x" * 32
    with pytest.raises(Unavailable):
        await channel.query(intent())


async def test_a_list_that_the_platform_did_not_sign_is_not_used(channel: WeChatPay, pay: WeChatPayServer) -> None:
    pay.platform = keys.rsa_pair("other")
    with pytest.raises(Unavailable):
        await channel.query(intent())


async def test_on_the_way_to_the_public_key_notices_come_with_both(pay: WeChatPayServer, clock: FakeClock) -> None:
    """Answers are signed with the key that was asked for, notices for a week with either."""
    pay.public_key_id = keys.PUBLIC_KEY_ID
    channel = channel_for(pay)
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    assert LIST not in pay.calls
    pay.pay(NUMBER)
    headers, body = pay.notice(NUMBER)
    assert channel.verify(headers, body, clock.now())
    old = pay.signed(body, serial=keys.serial(pay.certificates[0]))
    with pytest.raises(Unverified):
        channel.verify(old, body, clock.now())
    assert channel._renewing is not None
    await channel._renewing
    assert channel.verify(old, body, clock.now())
    await channel.aclose()


async def test_an_answer_with_a_key_that_stays_unknown_is_not_believed(clock: FakeClock) -> None:
    async with WeChatPayServer(clock) as pay:
        channel = channel_for(pay, public_keys={"PUB_KEY_ID_another": pay.platform.public})
        with pytest.raises(Unknown):
            await channel.query(intent())
        await channel.aclose()
