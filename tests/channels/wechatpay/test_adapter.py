"""Orders, refunds and bills at WeChat Pay, and what its trouble means."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from adapters.channels.wechatpay import WeChatPay
from adapters.channels.wechatpay.orders import LASTING
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money
from bot.ports import ChargeFact, Declined, FakeClock, Outside, Payer, Unavailable, Unknown
from tests.channels.wechatpay.merchant import BACK, DESK, NOW, PHONE, channel_for, charge_of, intent, refund_of
from tests.channels.wechatpay.server import WeChatPayServer

NUMBER = "ABCDEFGH23456789"


async def paid(channel: WeChatPay, pay: WeChatPayServer, number: str = NUMBER, amount: int = 3333) -> ChargeFact:
    await channel.create(intent(number, amount), title="火锅", return_url=BACK, payer=DESK)
    pay.pay(number)
    answer = await channel.query(intent(number, amount))
    assert answer.charge is not None
    return answer.charge


# -- paying -------------------------------------------------------------------------------------------------------


async def test_at_a_desk_there_is_a_code_to_scan(channel: WeChatPay, pay: WeChatPayServer) -> None:
    answer = await channel.create(intent(), title="周五火锅", return_url=BACK, payer=DESK)
    assert answer.state is IntentState.PENDING
    assert answer.action["kind"] == "qr"
    assert answer.action["url"].startswith("weixin://wxpay/bizpayurl?pr=")
    assert answer.expires_at == NOW + LASTING
    sent = pay.ledger.orders[NUMBER].sent
    assert sent["amount"] == {"total": 3333, "currency": "CNY"}
    assert sent["time_expire"] == "2026-11-24T11:00:00+08:00"
    assert sent["description"] == "周五火锅"


async def test_on_a_phone_the_browser_goes_to_wechat_and_back(channel: WeChatPay, pay: WeChatPayServer) -> None:
    answer = await channel.create(intent(), title="", return_url=BACK, payer=PHONE)
    assert answer.action["kind"] == "redirect"
    assert answer.action["url"].startswith("https://pay.example/wechatpay/")
    assert pay.ledger.orders[NUMBER].sent["scene_info"]["payer_client_ip"] == "203.0.113.7"


@pytest.mark.parametrize(
    "payer", [Payer("mobile"), Payer("mobile", ip="unix:"), Payer("telegram", ip="203.0.113.7"), Payer("alipay")]
)
async def test_where_nothing_else_works_there_is_a_code(channel: WeChatPay, payer: Payer) -> None:
    answer = await channel.create(intent(), title="", return_url=BACK, payer=payer)
    assert answer.action["kind"] == "qr"


async def test_products_that_are_not_open_are_not_used(pay: WeChatPayServer) -> None:
    channel = channel_for(pay, products=("native",), app_secret="")
    for payer in (PHONE, Payer("wechat")):
        assert (await channel.create(intent(), title="", return_url=BACK, payer=payer)).action["kind"] == "qr"
    assert channel.routes() == ()
    assert channel.traits.surfaces == {"web"}
    await channel.aclose()


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("", "群收"),
        ("  a\nb\x00c\u202e ", "a b c"),
        ("火" * 200, "火" * 42),
        ("x" * 126 + "é", "x" * 126),
        ("👨‍👩‍👧" * 30, None),
    ],
)
async def test_any_title_fits(channel: WeChatPay, pay: WeChatPayServer, title: str, said: str | None) -> None:
    await channel.create(intent(), title=title, return_url=BACK, payer=DESK)
    assert said in (None, pay.ledger.orders[NUMBER].sent["description"])


async def test_the_same_attempt_again_is_the_same_order(channel: WeChatPay, pay: WeChatPayServer) -> None:
    for _ in range(2):
        answer = await channel.create(intent(), title="Bus", return_url=BACK, payer=DESK)
        assert answer.action["kind"] == "qr"
        pay.clock.at += timedelta(minutes=2)  # type: ignore[attr-defined]
    assert list(pay.ledger.orders) == [NUMBER]


async def test_an_order_that_was_paid_meanwhile_is_paid(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await paid(channel, pay)
    answer = await channel.create(intent(), title="火锅", return_url=BACK, payer=DESK)
    assert answer.state is IntentState.PAID
    assert answer.charge is not None
    assert answer.charge.amount == Money(3333, "CNY")


async def test_an_order_whose_title_changed_is_still_the_one_order(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await channel.create(intent(), title="Bus", return_url=BACK, payer=DESK)
    answer = await channel.create(intent(), title="Train", return_url=BACK, payer=DESK)
    assert (answer.state, dict(answer.action)) == (IntentState.PENDING, {})


async def test_an_attempt_that_is_over_before_it_begins_is_not_made(
    channel: WeChatPay, pay: WeChatPayServer, clock: FakeClock
) -> None:
    clock.at += LASTING
    with pytest.raises(Declined, match="TOO_LATE"):
        await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    assert pay.calls == []


async def test_only_yuan_are_taken(channel: WeChatPay, pay: WeChatPayServer) -> None:
    with pytest.raises(Declined):
        await channel.create(intent(currency="EUR"), title="", return_url=BACK, payer=DESK)
    assert pay.calls == []


async def test_what_became_of_it_is_told(channel: WeChatPay, pay: WeChatPayServer) -> None:
    assert (await channel.query(intent())).state is IntentState.CLOSED
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    assert (await channel.query(intent())).state is IntentState.PENDING
    pay.pay(NUMBER)
    answer = await channel.query(intent())
    assert answer.state is IntentState.PAID
    assert answer.charge is not None
    assert answer.charge.amount == Money(3333, "CNY")
    assert answer.charge.at == NOW
    assert answer.reference == pay.ledger.orders[NUMBER].transaction


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("USERPAYING", IntentState.PENDING),
        ("REVOKED", IntentState.CLOSED),
        ("CLOSED", IntentState.CLOSED),
        ("PAYERROR", IntentState.FAILED),
    ],
)
async def test_each_state_means_something(
    channel: WeChatPay, pay: WeChatPayServer, said: str, state: IntentState
) -> None:
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    pay.ledger.orders[NUMBER].state = said
    answer = await channel.query(intent())
    assert (answer.state, answer.cause) == (state, said)


async def test_a_state_that_nobody_knows_is_not_guessed(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    pay.ledger.orders[NUMBER].state = "DREAMING"
    with pytest.raises(Unknown):
        await channel.query(intent())


async def test_money_that_was_given_back_had_arrived(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await paid(channel, pay)
    pay.ledger.orders[NUMBER].state = "REFUND"
    answer = await channel.query(intent())
    assert answer.state is IntentState.PAID
    assert answer.charge is not None


async def test_closing_is_looked_at(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    assert (await channel.close(intent())).state is IntentState.CLOSED
    assert (await channel.close(intent())).state is IntentState.CLOSED
    assert pay.ledger.orders[NUMBER].state == "CLOSED"


async def test_closing_what_was_paid_finds_the_money(channel: WeChatPay, pay: WeChatPayServer) -> None:
    fact = await paid(channel, pay)
    answer = await channel.close(intent())
    assert (answer.state, answer.charge) == (IntentState.PAID, fact)


async def test_a_yes_to_closing_that_closed_nothing_is_no_yes(channel: WeChatPay, pay: WeChatPayServer) -> None:
    """WeChat Pay answers 204 to closing an order that it does not find."""
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    pay.ledger.quiet_close = True
    with pytest.raises(Unavailable):
        await channel.close(intent())


# -- trouble ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "answer", "trouble"),
    [
        ("fail", (500, "SYSTEM_ERROR"), Unknown),
        ("fail", (500, "BANKERROR"), Unknown),
        ("fail", (500, "OPENID_MISMATCH"), Declined),
        ("fail", (429, "FREQUENCY_LIMITED"), Unavailable),
        ("fail", (403, "NO_AUTH"), Declined),
        ("fail", (403, "RULE_LIMIT"), Declined),
        ("html", (502, ""), Unknown),
        ("html", (400, ""), Declined),
        ("html", (429, ""), Unavailable),
        ("cut", (0, ""), Unknown),
        ("lost", (0, ""), Unknown),
        ("unsigned", (0, ""), Unknown),
        ("probe", (0, ""), Unknown),
        ("stale", (0, ""), Unknown),
        ("garbage", (0, ""), Unknown),
    ],
)
async def test_trouble_is_told_apart(
    channel: WeChatPay, pay: WeChatPayServer, what: str, answer: tuple[int, str], trouble: type[Outside]
) -> None:
    pay.plan("/native", what, answer)
    with pytest.raises(trouble) as caught:
        await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    assert type(caught.value) is trouble
    assert answer[1] in caught.value.code
    assert (await channel.create(intent(), title="", return_url=BACK, payer=DESK)).state is IntentState.PENDING


async def test_silence_is_not_a_no(pay: WeChatPayServer) -> None:
    channel = channel_for(pay, timeout=0.2)
    pay.plan("/native", "slow")
    with pytest.raises(Unknown):
        await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    assert (await channel.query(intent())).state is IntentState.PENDING
    await channel.aclose()


async def test_nobody_there_means_that_nothing_happened(pay: WeChatPayServer) -> None:
    channel = channel_for(pay, base_url="http://127.0.0.1:1")
    for call in (
        channel.create(intent(), title="", return_url=BACK, payer=DESK),
        channel.query(intent()),
        channel.close(intent()),
    ):
        with pytest.raises(Unavailable):
            await call
    await channel.aclose()


@pytest.mark.parametrize("code", ["SIGN_ERROR", "NO_AUTH", "RULE_LIMIT", "PARAM_ERROR", "MCH_NOT_EXISTS"])
async def test_not_being_allowed_to_ask_says_nothing_about_the_order(
    channel: WeChatPay, pay: WeChatPayServer, code: str
) -> None:
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    pay.plan("out-trade-no", "fail", (403, code))
    with pytest.raises(Unknown):
        await channel.query(intent())
    pay.plan(f"{NUMBER}/close", "fail", (403, code))
    with pytest.raises(Unavailable):
        await channel.close(intent())


async def test_an_answer_about_another_order_is_no_answer(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await channel.create(intent(), title="", return_url=BACK, payer=DESK)
    for name, value in (("out_trade_no", "ANOTHER23456789A"), ("mchid", "1900000110"), ("appid", "wx0000000000000000")):
        real, pay.ledger.transaction = pay.ledger.transaction, lambda _, n=name, v=value: {n: v}  # type: ignore[method-assign,misc]
        pay.ledger.transaction = lambda order, r=real, n=name, v=value: r(order) | {n: v}  # type: ignore[method-assign,misc]
        with pytest.raises(Unknown):
            await channel.query(intent())
        pay.ledger.transaction = real  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.PoolTimeout("x"),
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.DecodingError("x"),
        httpx.TooManyRedirects("x"),
        httpx.UnsupportedProtocol("x"),
        httpx.ProxyError("x"),
    ],
)
async def test_no_foreign_trouble_gets_out(channel: WeChatPay, error: httpx.HTTPError) -> None:
    async def fail(*_: object, **__: object) -> Any:
        raise error

    channel._client.send = fail  # type: ignore[method-assign]
    fact = ChargeFact("4200000000000000000000000001", Money(100, "CNY"), NOW)
    refund = refund_of(charge_of(fact), 50)
    for call in (
        channel.create(intent(), title="", return_url=BACK, payer=DESK),
        channel.query(intent()),
        channel.close(intent()),
        channel.refund(refund, charge_of(fact)),
        channel.query_refund(refund, charge_of(fact)),
        channel.statement(date(2026, 11, 23)),
    ):
        with pytest.raises(Outside):
            await call
    assert await channel.check()


# -- giving back --------------------------------------------------------------------------------------------------


async def test_money_goes_back_and_its_way_is_followed(channel: WeChatPay, pay: WeChatPayServer) -> None:
    charge = charge_of(await paid(channel, pay))
    refund = refund_of(charge, 1000)
    answer = await channel.refund(refund, charge)
    assert answer.state is RefundState.PENDING
    assert (await channel.refund(refund, charge)) == answer
    assert len(pay.ledger.refunds) == 1
    pay.ledger.refunds[refund.id]["status"] = "SUCCESS"
    assert (await channel.query_refund(refund, charge)).state is RefundState.REFUNDED


@pytest.mark.parametrize("status", ["CLOSED", "ABNORMAL"])
async def test_a_refund_that_cannot_arrive_has_failed(channel: WeChatPay, pay: WeChatPayServer, status: str) -> None:
    charge = charge_of(await paid(channel, pay))
    pay.ledger.refund_status = status
    answer = await channel.refund(refund_of(charge, 1000), charge)
    assert (answer.state, answer.cause) == (RefundState.FAILED, status)


async def test_more_than_was_paid_does_not_go_back(channel: WeChatPay, pay: WeChatPayServer) -> None:
    charge = charge_of(await paid(channel, pay))
    await channel.refund(refund_of(charge, 3000), charge)
    with pytest.raises(Declined):
        await channel.refund(refund_of(charge, 334, "REFUND23456789AC"), charge)


@pytest.mark.parametrize("code", ["NOT_ENOUGH", "USER_ACCOUNT_ABNORMAL"])
async def test_a_refund_that_wechat_pay_refuses_is_declined(
    channel: WeChatPay, pay: WeChatPayServer, code: str
) -> None:
    charge = charge_of(await paid(channel, pay))
    pay.plan("refunds", "fail", (403, code))
    with pytest.raises(Declined, match=code):
        await channel.refund(refund_of(charge, 1000), charge)


async def test_a_refund_that_never_came_there_has_failed(channel: WeChatPay, pay: WeChatPayServer) -> None:
    charge = charge_of(await paid(channel, pay))
    pay.plan("refunds", "cut")
    with pytest.raises(Unknown):
        await channel.refund(refund_of(charge, 1000), charge)
    answer = await channel.query_refund(refund_of(charge, 1000), charge)
    assert (answer.state, answer.cause) == (RefundState.FAILED, "RESOURCE_NOT_EXISTS")


async def test_an_answer_about_another_refund_is_no_answer(channel: WeChatPay, pay: WeChatPayServer) -> None:
    charge = charge_of(await paid(channel, pay))
    await channel.refund(refund_of(charge, 1000), charge)
    with pytest.raises(Unknown):
        await channel.query_refund(refund_of(charge, 999), charge)
