"""Notices: what WeChat Pay says is heard, and nothing else is believed."""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from adapters.channels.wechatpay import WeChatPay
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money
from bot.ports import ChargeFact, FakeClock, Unverified
from tests.channels.wechatpay import keys
from tests.channels.wechatpay.merchant import NOW
from tests.channels.wechatpay.server import WeChatPayServer

NUMBER, REFUND = "ABCDEFGH23456789", "REFUND23456789AB"
MUTATIONS = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 1_000
SEALED = {"algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "ciphertext": "e30=", "associated_data": ""}
Notice = tuple[dict[str, str], bytes]


@pytest.fixture
def pay(clock: FakeClock) -> WeChatPayServer:
    """It is not started: nothing here needs its HTTP."""
    return WeChatPayServer(clock)


@pytest.fixture
def notice(pay: WeChatPayServer) -> Notice:
    """Of a payment of 33.33 yuan."""
    pay.ledger.ordered(NUMBER, 3333)
    pay.pay(NUMBER)
    return pay.notice(NUMBER)


def given_back(pay: WeChatPayServer, minor: int) -> str:
    """The number of a refund."""
    amount = {"refund": minor, "total": 3333, "currency": "CNY"}
    transaction = pay.ledger.orders[NUMBER].transaction
    pay.ledger.refund({"transaction_id": transaction, "out_refund_no": REFUND, "amount": amount})
    return REFUND


def refused(channel: WeChatPay, headers: dict[str, str], body: bytes, why: str = "") -> None:
    with pytest.raises(Unverified) as caught:
        channel.verify(headers, body, NOW)
    assert why in str(caught.value)


async def test_money_that_arrived_is_told(channel: WeChatPay, pay: WeChatPayServer, notice: Notice) -> None:
    headers, body = notice
    (event,) = channel.verify(headers, body, NOW)
    assert (event.id, event.intent) == (json.loads(body)["id"], NUMBER)
    assert event.answer is not None
    assert event.answer.state is IntentState.PAID
    reference = pay.ledger.orders[NUMBER].transaction
    assert event.answer.charge == ChargeFact(reference, Money(3333, "CNY"), NOW)


async def test_the_acknowledgement_is_what_wechat_pay_wants(channel: WeChatPay) -> None:
    status, body, kind = channel.acknowledge()
    assert (status, json.loads(body)["code"], kind) == (200, "SUCCESS", "application/json")


@pytest.mark.parametrize(
    ("status", "state"),
    [("SUCCESS", RefundState.REFUNDED), ("ABNORMAL", RefundState.FAILED), ("CLOSED", RefundState.FAILED)],
)
async def test_money_that_went_back_is_told(
    channel: WeChatPay, pay: WeChatPayServer, notice: Notice, status: str, state: RefundState
) -> None:
    pay.ledger.refund_status = status
    (event,) = channel.verify(*pay.refund_notice(given_back(pay, 1000)), NOW)
    assert (event.intent, event.refund, event.answer) == (NUMBER, REFUND, None)
    assert event.refunded is not None
    assert event.refunded.state is state
    assert event.refunded.reference == pay.ledger.refunds[REFUND]["refund_id"]
    assert (event.returned is None) is (state is not RefundState.REFUNDED)


async def test_a_refund_that_may_be_none_of_ours_names_its_payment(
    channel: WeChatPay, pay: WeChatPayServer, notice: Notice
) -> None:
    pay.ledger.refund_status = "SUCCESS"
    inside = pay.ledger.refund_notice(given_back(pay, 1000))
    (event,) = channel.verify(*pay.told("REFUND.SUCCESS", "refund", inside | {"out_refund_no": "platform-1"}), NOW)
    assert event.returned is not None
    assert (event.returned.charge, event.returned.reference) == (inside["transaction_id"], inside["refund_id"])
    assert (event.returned.amount, event.returned.kind, event.returned.total) == (Money(1000, "CNY"), "refund", False)


async def test_what_says_nothing_about_money_says_nothing(channel: WeChatPay, pay: WeChatPayServer) -> None:
    assert channel.verify(*pay.told("PAYSCORE.USER_OPEN_SERVICE", "payscore", {"mchid": "1"}), NOW) == ()


@pytest.mark.parametrize(
    ("ahead", "good"), [(-300, True), (-301, False), (300, True), (301, False), (-(10**6), False), (10**9, False)]
)
async def test_only_five_minutes_are_fresh(
    channel: WeChatPay, pay: WeChatPayServer, notice: Notice, ahead: int, good: bool
) -> None:
    headers = pay.signed(notice[1], ahead=ahead)
    if good:
        assert channel.verify(headers, notice[1], NOW)
    else:
        refused(channel, headers, notice[1])


async def test_a_notice_that_is_played_again_later_is_too_old(channel: WeChatPay, notice: Notice) -> None:
    with pytest.raises(Unverified, match="too old"):
        channel.verify(*notice, NOW + timedelta(seconds=301))


async def test_probes_are_refused(channel: WeChatPay, notice: Notice) -> None:
    headers, body = notice
    probe = "WECHATPAY/SIGNTEST/" + headers["wechatpay-signature"]
    refused(channel, headers | {"wechatpay-signature": probe}, body, "probe")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wechatpay-signature", ""),
        ("wechatpay-signature", "not base64!"),
        ("wechatpay-signature", base64.b64encode(b"x" * 256).decode()),
        ("wechatpay-signature", "é"),
        ("wechatpay-timestamp", ""),
        ("wechatpay-timestamp", "1e9"),
        ("wechatpay-timestamp", "１７６３９４９６００"),
        ("wechatpay-timestamp", "-1"),
        ("wechatpay-timestamp", "9" * 400),
        ("wechatpay-nonce", ""),
        ("wechatpay-nonce", "another"),
        ("wechatpay-nonce", "\ud800"),
        ("wechatpay-serial", ""),
        ("wechatpay-serial", "PUB_KEY_ID_another"),
        ("wechatpay-serial", "0"),
        ("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3"),
        ("wechatpay-signature-type", "none"),
    ],
)
async def test_a_header_that_is_not_right_is_refused(channel: WeChatPay, notice: Notice, name: str, value: str) -> None:
    refused(channel, notice[0] | {name: value}, notice[1])


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce", "serial"])
async def test_each_header_is_needed(channel: WeChatPay, notice: Notice, name: str) -> None:
    headers = {key: value for key, value in notice[0].items() if key != f"wechatpay-{name}"}
    refused(channel, headers, notice[1], "no signature")


async def test_a_signature_is_written_in_one_way_only(channel: WeChatPay, notice: Notice) -> None:
    """The last character of base64 has bits that mean nothing: they are nought."""
    headers, body = notice
    signature = headers["wechatpay-signature"]
    assert signature.endswith("==")
    other = chr(ord(signature[-3]) + 1)
    refused(channel, headers | {"wechatpay-signature": f"{signature[:-3]}{other}=="}, body, "no base64")


async def test_the_bytes_are_what_is_signed(channel: WeChatPay, notice: Notice) -> None:
    headers, body = notice
    refused(channel, headers, json.dumps(json.loads(body), indent=1).encode(), "wrong signature")
    refused(channel, headers, body + b" ", "wrong signature")
    refused(channel, headers, b"", "wrong signature")


async def test_somebody_elses_signature_is_worth_nothing(
    channel: WeChatPay, pay: WeChatPayServer, notice: Notice
) -> None:
    refused(channel, pay.signed(notice[1], suite=keys.rsa_pair("other").suite), notice[1], "wrong signature")
    refused(channel, pay.signed(notice[1], suite=pay.merchant.suite), notice[1], "wrong signature")


def _with(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda inside: inside | {name: value}


def _amount(**changed: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda inside: inside | {"amount": inside["amount"] | changed}


def _without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda inside: {key: value for key, value in inside.items() if key != name}


@pytest.mark.parametrize(
    "changed",
    [
        _with("mchid", "1900000110"),
        _with("appid", "wx0000000000000000"),
        _with("mchid", None),
        _without("mchid"),
        _without("appid"),
        _without("out_trade_no"),
        _without("transaction_id"),
        _without("trade_state"),
        _without("success_time"),
        _without("amount"),
        _with("trade_state", "success"),
        _with("trade_state", ["SUCCESS"]),
        _with("out_trade_no", ""),
        _with("out_trade_no", 5),
        _with("out_trade_no", "x" * 5000),
        _with("transaction_id", {}),
        _with("success_time", "2026-11-24T10:00:00"),
        _with("success_time", "yesterday"),
        _with("success_time", 1763949600),
        _with("amount", 3333),
        _amount(total=0),
        _amount(total=-3333),
        _amount(total="3333"),
        _amount(total=True),
        _amount(total=None),
        _amount(total=33.33),
        _amount(total=3333.0),
        _amount(currency="USD"),
        _amount(currency="cny"),
        _amount(currency=None),
        lambda inside: [inside],
        lambda inside: b"\xff\xfe",
        lambda inside: b'{"mchid": NaN}',
        lambda inside: b"[" * 100_000,
        lambda inside: json.dumps(inside).replace('"mchid"', '"mchid": "1900000109", "mchid"', 1).encode(),
        lambda inside: json.dumps(inside).replace("3333", "9" * 5000, 1).encode(),
    ],
)
async def test_what_is_not_ours_or_not_whole_is_refused_though_signed(
    channel: WeChatPay, pay: WeChatPayServer, notice: Notice, changed: Callable[[dict[str, Any]], Any]
) -> None:
    inside = changed(pay.ledger.transaction(pay.ledger.orders[NUMBER]))
    refused(channel, *pay.told("TRANSACTION.SUCCESS", "transaction", inside))


@pytest.mark.parametrize(
    "changed",
    [
        {"mchid": "1900000110"},
        {"mchid": None},
        {"out_refund_no": ""},
        {"out_trade_no": None},
        {"refund_id": 5},
        {"refund_status": "PERHAPS"},
        {"amount": {"total": 3333, "refund": 0}},
        {"amount": {"total": 3333, "refund": "1000"}},
        {"amount": {"total": 3333, "refund": 1000, "currency": "USD"}},
    ],
)
async def test_a_notice_about_a_refund_is_read_as_strictly(
    channel: WeChatPay, pay: WeChatPayServer, notice: Notice, changed: dict[str, Any]
) -> None:
    assert channel.verify(*pay.refund_notice(given_back(pay, 1000)), NOW)
    refused(channel, *pay.told("REFUND.SUCCESS", "refund", pay.ledger.refund_notice(REFUND) | changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"resource_type": "plain"},
        {"resource_type": None},
        {"id": ""},
        {"id": None},
        {"event_type": 1},
        {"resource": None},
        {"resource": []},
        {"resource": {}},
        {"resource": SEALED | {"nonce": "", "ciphertext": ""}},
        {"resource": SEALED | {"nonce": "x" * 300}},
        {"resource": SEALED | {"nonce": "\ud800"}},
        {"resource": SEALED | {"algorithm": "NONE"}},
        {"resource": SEALED | {"associated_data": 5}},
        {"resource": SEALED | {"ciphertext": "no base64"}},
    ],
)
async def test_an_envelope_that_is_not_as_agreed_is_refused_though_signed(
    channel: WeChatPay, pay: WeChatPayServer, notice: Notice, changed: dict[str, Any]
) -> None:
    inside = pay.ledger.transaction(pay.ledger.orders[NUMBER])
    refused(channel, *pay.told("TRANSACTION.SUCCESS", "transaction", inside, **changed))


async def test_what_is_sealed_for_somebody_else_is_refused(
    channel: WeChatPay, pay: WeChatPayServer, notice: Notice
) -> None:
    pay.apiv3_key = "x" * 32
    refused(channel, *pay.notice(NUMBER), "not sealed with our key")


async def test_no_notice_that_was_changed_is_believed(channel: WeChatPay, notice: Notice) -> None:
    """Bytes of the body flipped, dropped, doubled, swapped; characters of the headers changed."""
    headers, body = notice
    chance = random.Random(20261124)
    for _ in range(MUTATIONS):
        changed, told = bytearray(body), dict(headers)
        for _ in range(chance.randint(1, 3)):
            _mutate(chance, changed, told)
        if (bytes(changed), told) == (body, headers):
            continue
        try:
            channel.verify(told, bytes(changed), NOW)
        except Unverified:
            continue
        assert told["wechatpay-signature-type"] == ""
        assert (bytes(changed), told | {"wechatpay-signature-type": headers["wechatpay-signature-type"]}) == notice[
            ::-1
        ]


def _mutate(chance: random.Random, body: bytearray, headers: dict[str, str]) -> None:
    at = chance.randrange(len(body))
    match chance.randrange(6):
        case 0:
            body[at] ^= 1 << chance.randrange(8)
        case 1:
            del body[at : at + chance.randint(1, 20)]
            body.extend(b"}")
        case 2:
            body[at:at] = body[at : at + chance.randint(1, 20)] or b" "
        case 3:
            other = chance.randrange(len(body))
            body[at], body[other] = body[other], body[at]
        case _:
            name = chance.choice([name for name in headers if name != "wechatpay-signature-type"])
            value = headers[name]
            spot = chance.randrange(len(value)) if value else 0
            headers[name] = value[:spot] + chance.choice("0123456789ABCDEFabcdef+/= \u00e9") + value[spot + 1 :]
