"""Notices: Alipay's own, known from its SDK's tests; and all that only looks like one."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus, unquote_to_bytes

import pytest

from adapters.channels.alipay import Keys
from adapters.channels.alipay.hook import read
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money
from bot.ports import FakeClock, HookEvent, Unverified
from tests.channels.alipay.conftest import NOW, keys
from tests.channels.alipay.keys import APP_ID, SELLER_ID, key, private_pem
from tests.channels.alipay.trades import Order, Trades, signed_form

FIXTURES = Path(__file__).parents[2] / "fixtures"
VECTORS: Final[list[dict[str, Any]]] = [
    v for v in json.loads((FIXTURES / "channel_vectors.json").read_text("utf-8"))["vectors"] if "alipay" in v["name"]
]
MUTATIONS: Final = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 1_000


def _read(body: bytes) -> Sequence[HookEvent]:
    return read(body, keys(), app_id=APP_ID, seller_id=SELLER_ID)


@pytest.fixture
def trades() -> Trades:
    found = Trades(FakeClock(NOW))
    found.orders["INTENT234567ABC1"] = Order("INTENT234567ABC1", "33.33", "火锅", "", NOW.replace(year=2027))
    found.pay("INTENT234567ABC1")
    return found


# -- as Alipay sends them -----------------------------------------------------------------------------------------


def _vector_body(params: dict[str, Any]) -> bytes:
    plain = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        for name, value in params.items()
    }
    return "&".join(f"{name}={quote_plus(value)}" for name, value in plain.items()).encode()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["params"]["notify_type"])
def test_alipays_own_notices_are_understood(vector: dict[str, Any]) -> None:
    params, right = vector["params"], vector["expect"]["public_key"]
    for number, public in enumerate(vector["public_keys"]):
        ours = Keys.plain(private_pem("app"), public.encode())
        body, app, seller = _vector_body(params), params["app_id"], params.get("seller_id", "")
        if number != right:
            with pytest.raises(Unverified):
                read(body, ours, app_id=app, seller_id=seller)
            continue
        events = read(body, ours, app_id=app, seller_id=seller)
        if params["notify_type"] != "trade_status_sync":
            assert events == ()
            continue
        [event] = events
        assert (event.intent, event.id) == (params["out_trade_no"], params["notify_id"])
        assert event.answer is not None
        assert event.answer.charge is not None
        assert event.answer.charge.amount == Money(10, "CNY")
        assert event.answer.charge.at == datetime(2019, 8, 15, 7, 56, 24, tzinfo=UTC)


@pytest.mark.parametrize("charset", ["utf-8", "GBK"])
@pytest.mark.parametrize("with_type", [True, False])
def test_a_payment_in_either_charset_signed_either_way(trades: Trades, charset: str, with_type: bool) -> None:
    [event] = _read(trades.notice("INTENT234567ABC1", charset=charset, with_type=with_type))
    assert event.answer is not None
    assert event.answer.state is IntentState.PAID
    assert event.answer.charge is not None
    assert (event.answer.charge.amount, event.answer.charge.at) == (Money(3333, "CNY"), NOW)


def test_the_same_notice_told_later_is_the_same(trades: Trades) -> None:
    """With another time and signature."""
    again = trades.notice("INTENT234567ABC1", notify_time="2026-11-24 10:04:00")
    assert _read(again) == _read(trades.notice("INTENT234567ABC1"))


def test_money_on_its_way_back_is_told_of(trades: Trades) -> None:
    order = trades.orders["INTENT234567ABC1"]
    order.refunds["REFUND234567ABC1"], order.refunded = "11.11", 1111
    [event] = _read(trades.notice("INTENT234567ABC1"))
    assert (event.intent, event.refund, event.answer) == (order.number, "REFUND234567ABC1", None)
    assert event.refunded is not None
    assert event.refunded.state is RefundState.REFUNDED


@pytest.mark.parametrize("mark", [{}, {"out_biz_no": ""}, {"out_biz_no": "by hand"}])
def test_what_went_back_on_alipays_pages_is_told_as_a_sum(trades: Trades, mark: dict[str, str]) -> None:
    order = trades.orders["INTENT234567ABC1"]
    order.refunds["2026112400000001"], order.refunded = "11.11", 2222
    [event] = _read(trades.notice("INTENT234567ABC1", **mark))
    assert event.returned is not None
    assert (event.returned.charge, event.returned.amount) == (order.trade_no, Money(2222, "CNY"))
    assert event.returned.total
    assert (event.refunded is None) is bool(mark)


def test_what_says_nothing_of_money_is_passed_over(trades: Trades) -> None:
    assert _read(trades.notice("INTENT234567ABC1", trade_status="WAIT_BUYER_PAY")) == ()
    assert _read(trades.notice("INTENT234567ABC1", notify_type="open_app_auth_notify")) == ()
    [closed] = _read(trades.notice("INTENT234567ABC1", trade_status="TRADE_CLOSED", gmt_payment=""))
    assert closed.answer is not None
    assert closed.answer.state is IntentState.CLOSED


# -- what only looks like it --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"app_id": "2021000000000002"},
        {"app_id": ""},
        {"seller_id": "2088000000000002"},
        {"seller_id": ""},
        {"total_amount": "0.00"},
        {"total_amount": "-33.33"},
        {"total_amount": "33.333"},
        {"total_amount": "3e3"},
        {"total_amount": "NaN"},
        {"total_amount": "٣٣.٣٣"},
        {"total_amount": ""},
        {"trans_currency": "USD"},
        {"out_trade_no": "../x"},
        {"out_trade_no": ""},
        {"trade_no": ""},
        {"trade_status": "TRADE_WONDERFUL"},
        {"gmt_payment": "yesterday"},
        {"gmt_payment": "2026-11-24 25:00:00"},
        {"notify_id": ""},
        {"charset": "utf-7"},
        {"sign_type": "RSA"},
        {"subject": "x&total_amount=9.00"},
    ],
    ids=str,
)
def test_signed_but_not_ours_or_not_sound_is_not_believed(trades: Trades, changed: dict[str, str]) -> None:
    with pytest.raises(Unverified):
        _read(trades.notice("INTENT234567ABC1", **changed))


def test_a_title_cannot_move_money_about(trades: Trades) -> None:
    """The signed text is cut anew, so that part of a title becomes an amount: the bytes signed are the same."""
    order = trades.orders["INTENT234567ABC1"]
    order.subject = "x&total_amount=9999.00&total_b=1"
    body = trades.notice(order.number)
    subject, amount = quote_plus(order.subject), f"&total_amount={order.amount}"
    assert body.count(subject.encode()) == 1
    cut = body.replace(amount.encode(), b"").replace(
        f"subject={subject}".encode(), b"subject=x&total_amount=9999.00&total_b=1" + quote_plus(amount).encode()
    )
    with pytest.raises(Unverified, match="hidden"):
        _read(cut)


def test_the_charset_named_must_be_the_one_used(trades: Trades) -> None:
    fields = {"app_id": APP_ID, "charset": "utf-8", "subject": "火锅", "notify_type": "trade_status_sync"}
    with pytest.raises(Unverified, match="charset"):
        _read(signed_form(fields, "gbk"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"&",
        b"=",
        b"sign=",
        b"sign=%%%&app_id=1",
        b"sign=AAAA&sign_type=RSA2&sign=BBBB",
        b"sign=" + b"A" * 60_000,
        b"&".join(b"a%d=1" % n for n in range(500)),
        b"\xff\xfe=1&sign=AAAA",
        b'{"app_id": "1"}',
    ],
    ids=lambda b: repr(b[:20]),
)
def test_what_is_no_form_is_not_believed(body: bytes) -> None:
    with pytest.raises(Unverified):
        _read(body)


def test_a_field_given_twice_is_not_believed(trades: Trades) -> None:
    with pytest.raises(Unverified):
        _read(trades.notice("INTENT234567ABC1") + b"&total_amount=9.00")


def test_another_key_signs_for_nobody(trades: Trades) -> None:
    others = Keys(key("app"), key("somebody").public_key())
    with pytest.raises(Unverified, match="signature"):
        read(trades.notice("INTENT234567ABC1"), others, app_id=APP_ID, seller_id=SELLER_ID)


def test_no_changed_notice_is_believed(trades: Trades) -> None:
    """Bytes changed, dropped, doubled, cut off, fields swapped: what still means the same may pass, nothing else."""
    chance = random.Random(20261124)
    genuine = [
        trades.notice("INTENT234567ABC1", charset=c, with_type=t) for c in ("utf-8", "gbk") for t in (True, False)
    ]
    [meant, *others] = [_read(body) for body in genuine]
    assert all(other == meant for other in others)
    for _ in range(MUTATIONS):
        body = chance.choice(genuine)
        changed = _mutated(body, chance)
        try:
            events = _read(changed)
        except Unverified:
            continue
        assert events == meant, changed  # another way to write the very same fields
        assert _same_fields(changed, body), changed


def _same_fields(one: bytes, other: bytes) -> bool:
    def fields(body: bytes) -> set[bytes]:
        every = {unquote_to_bytes(part.replace(b"+", b" ")) for part in body.split(b"&")}
        return {part for part in every if not part.startswith((b"sign=", b"sign_type="))}

    return fields(one) == fields(other)


def _mutated(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body))
    match chance.randrange(6):
        case 0:
            return body[:at] + bytes([body[at] ^ (1 << chance.randrange(8))]) + body[at + 1 :]
        case 1:
            return body[:at] + body[at + 1 :]
        case 2:
            return body[:at] + chance.randbytes(chance.randrange(1, 5)) + body[at:]
        case 3:
            return body[:at]
        case 4:
            parts = body.split(b"&")
            del parts[chance.randrange(len(parts))]
            return b"&".join(parts)
        case _:
            parts = [part.partition(b"=") for part in body.split(b"&")]
            one, two = chance.sample(range(len(parts)), 2)
            parts[one], parts[two] = (parts[one][0], b"=", parts[two][2]), (parts[two][0], b"=", parts[one][2])
            return b"&".join(b"".join(part) for part in parts)
