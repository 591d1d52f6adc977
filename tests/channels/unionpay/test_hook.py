"""Back notices: one that UnionPay really signed; and all that only looks like one."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote_plus, unquote_to_bytes

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.channels.unionpay.hook import read
from adapters.channels.unionpay.sign import TEST_SIGNER, _issued, signed_with
from adapters.channels.unionpay.words import time_near
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money
from bot.ports import FakeClock, HookEvent, Unverified
from tests.channels.unionpay.conftest import NOW, keys
from tests.channels.unionpay.keys import MER_ID, UNIONPAY, certificate
from tests.channels.unionpay.orders import Orders, form, signed

FIXTURES = Path(__file__).parents[2] / "fixtures"
[VECTOR] = [
    v for v in json.loads((FIXTURES / "channel_vectors.json").read_text("utf-8"))["vectors"] if "unionpay" in v["name"]
]
MUTATIONS: Final = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 1_000
PAYMENT, REFUND = "INTENT234567ABC1", "REFUND234567ABC1"


def _read(body: bytes, now: datetime = NOW, *, live: bool = True) -> Sequence[HookEvent]:
    return read(body, keys(live=live), now, mer_id=MER_ID)


@pytest.fixture
def orders() -> Orders:
    found = Orders(FakeClock(NOW))
    common = {"txnTime": "20261124100000", "txnAmt": "3333", "bizType": "000201"}
    found.taken_in(common | {"orderId": PAYMENT, "txnType": "01", "txnSubType": "01"}).code = "00"
    refund = {"orderId": REFUND, "txnType": "04", "txnSubType": "00", "reqReserved": PAYMENT, "origQryId": "1" * 21}
    found.taken_in(common | refund).code = "00"
    return found


# -- as UnionPay sends them ---------------------------------------------------------------------------------------


def test_a_notice_that_unionpay_signed_is_verified_as_unionpay_signs() -> None:
    """Its issuer's certificate was not published with it, so that only the signature itself can be checked."""
    fields: dict[str, str] = dict(parse_qsl(VECTOR["body"], keep_blank_values=True))
    certificate_of_it = x509.load_pem_x509_certificate(fields["signPubKeyCert"].encode())
    key = certificate_of_it.public_key()
    assert isinstance(key, RSAPublicKey)
    assert signed_with(key, fields)
    assert signed_with(key, fields | {"customerInfo": ""})
    for name in fields:
        assert not signed_with(key, fields | {name: fields[name] + "0"})
    while_in_force = datetime(2018, 7, 26, tzinfo=UTC)
    with pytest.raises(Unverified, match=r"not in force|issuer"):
        read(VECTOR["body"].encode(), keys(live=False), while_in_force, mer_id=fields["merId"])


def test_certificates_signed_with_sha_1_are_read_as_unionpays_are() -> None:
    leaf, issuer = x509.load_pem_x509_certificates((FIXTURES / "sha1_chain.pem").read_bytes())
    assert _issued(leaf, issuer)
    assert not _issued(leaf, leaf)
    assert not _issued(leaf, certificate("SHA-1 ROOT", "SHA-1 ROOT"))


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_a_payment(orders: Orders, charset: str) -> None:
    [event] = _read(orders.notice(PAYMENT, charset=charset))
    assert event.intent == PAYMENT
    assert event.answer is not None
    assert event.answer.state is IntentState.PAID
    assert event.answer.charge is not None
    assert (event.answer.charge.amount, event.answer.charge.at) == (Money(3333, "CNY"), NOW)
    assert event.answer.charge.reference == orders.of(PAYMENT).query_id


@pytest.mark.parametrize(
    ("code", "state"), [("00", RefundState.REFUNDED), ("A6", RefundState.REFUNDED), ("60", RefundState.FAILED)]
)
def test_a_refund(orders: Orders, code: str, state: RefundState) -> None:
    [event] = _read(orders.notice(REFUND, respCode=code))
    assert (event.intent, event.refund, event.answer) == (PAYMENT, REFUND, None)
    assert event.refunded is not None
    assert (event.refunded.state, event.refunded.reference) == (state, orders.of(REFUND).query_id)


def test_a_refund_that_may_be_none_of_ours_names_its_payment(orders: Orders) -> None:
    [event] = _read(orders.notice(REFUND))
    assert event.returned is not None
    assert (event.returned.charge, event.returned.reference) == ("1" * 21, orders.of(REFUND).query_id)
    [refused] = _read(orders.notice(REFUND, respCode="60"))
    assert refused.returned is None
    with pytest.raises(Unverified):
        _read(orders.notice(REFUND, origQryId="none"))


def test_what_says_nothing_of_the_end_is_passed_over(orders: Orders) -> None:
    assert _read(orders.notice(PAYMENT, respCode="64")) == ()
    assert _read(orders.notice(REFUND, respCode="05")) == ()
    assert _read(orders.notice(PAYMENT, txnType="31")) == ()


def test_the_signer_of_the_test_environment_is_believed_only_there(orders: Orders) -> None:
    name = f"041@Z2017-11-1@{TEST_SIGNER}@00000001"
    body = form(signed(_fields(orders), by=certificate(name, "CFCA OCA1"), whose=name))
    assert len(_read(body, live=False)) == 1
    with pytest.raises(Unverified, match="somebody else"):
        _read(body)


@pytest.mark.parametrize(
    ("text", "near", "year"),
    [
        ("1124100000", "2026-11-24", 2026),
        ("0101000030", "2026-12-31", 2027),
        ("1231235900", "2027-01-01", 2026),
        ("0229120000", "2028-02-28", 2028),
    ],
)
def test_a_time_without_its_year_is_the_closest(text: str, near: str, year: int) -> None:
    at = time_near(text, datetime.fromisoformat(f"{near}T12:00:00+00:00"))
    assert (at + timedelta(hours=8)).year == year


# -- what only looks like it --------------------------------------------------------------------------------------


def _fields(orders: Orders, order: str = PAYMENT) -> dict[str, str]:
    return {
        n: v
        for n, v in parse_qsl(orders.notice(order).decode(), keep_blank_values=True)
        if n not in ("signature", "signPubKeyCert")
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"merId": "777290058110049"},
        {"merId": ""},
        {"txnAmt": "0"},
        {"txnAmt": "-1"},
        {"txnAmt": "33.33"},
        {"txnAmt": "٣٣"},
        {"txnAmt": ""},
        {"currencyCode": "840"},
        {"orderId": "../x"},
        {"orderId": ""},
        {"queryId": ""},
        {"queryId": "x"},
        {"traceTime": "1324100000"},
        {"txnTime": ""},
        {"respCode": ""},
        {"version": "5.0.0"},
        {"signMethod": "11"},
        {"reqReserved": "x&txnAmt=999"},
        {"customerInfo": "{a=1}&txnAmt=999"},
        {"customerInfo": "{a=1&txnAmt=999"},
    ],
    ids=str,
)
def test_signed_but_not_ours_or_not_sound_is_not_believed(orders: Orders, changed: dict[str, str]) -> None:
    with pytest.raises(Unverified):
        _read(orders.notice(PAYMENT, **changed))


def test_only_unionpays_certificates_are_believed(orders: Orders) -> None:
    fields = _fields(orders)
    own = f"041@83@{'somebody else'}@1"
    cases = {
        "issuer": certificate(UNIONPAY, "OTHER", whose="mallory"),
        "somebody else": certificate(own, "CFCA OCA1", whose="mallory"),
        "not in force": certificate(UNIONPAY, "CFCA OCA1", whose="mallory", days=30),
    }
    for words, by in cases.items():
        with pytest.raises(Unverified, match=words):
            _read(form(signed(fields, by=by, whose="mallory")))
    with pytest.raises(Unverified, match="wrong signature"):
        _read(form(signed(fields, whose="mallory")))
    self_signed = certificate(UNIONPAY, UNIONPAY, serial=2)
    with pytest.raises(Unverified, match="issuer"):
        _read(form(signed(fields, by=self_signed)))
    with pytest.raises(Unverified, match="not in force"):
        _read(form(signed(fields)), NOW + timedelta(days=3650))


@pytest.mark.parametrize(
    "body",
    [b"", b"&", b"=", b"encoding=UTF-8", b"encoding=UTF-8&version=5.1.0&signMethod=01&signPubKeyCert=x&signature=y",
     b"&".join(b"a%d=1" % n for n in range(500)), b"\xff\xfe=1", b"encoding=UTF-7&a=1", b"encoding=UTF-8&a=%ff"],
    ids=lambda b: repr(b[:20]),
)  # fmt: skip
def test_what_is_no_form_is_not_believed(body: bytes) -> None:
    with pytest.raises(Unverified):
        _read(body)


def test_a_field_given_twice_is_not_believed(orders: Orders) -> None:
    with pytest.raises(Unverified):
        _read(orders.notice(PAYMENT) + b"&txnAmt=1")


def test_no_field_can_hide_in_another(orders: Orders) -> None:
    """The signed text is cut anew, so that an amount becomes part of the field before it."""
    body = orders.notice(PAYMENT)
    fields = dict(parse_qsl(body.decode()))
    fields["traceTime"] += f"&txnAmt={fields.pop('txnAmt')}"
    with pytest.raises(Unverified, match="hidden"):
        _read("&".join(f"{n}={quote_plus(v)}" for n, v in fields.items()).encode())


def test_no_changed_notice_is_believed(orders: Orders) -> None:
    """Bytes changed, dropped, doubled, cut off, fields swapped: what still means the same may pass, nothing else."""
    chance = random.Random(20261124)
    genuine = [orders.notice(order, charset=c) for order in (PAYMENT, REFUND) for c in ("utf-8", "gbk")]
    for _ in range(MUTATIONS):
        body = chance.choice(genuine)
        changed = _mutated(body, chance)
        try:
            events = _read(changed)
        except Unverified:
            continue
        assert [(e.intent, e.answer, e.refund, e.refunded) for e in events] == [
            (e.intent, e.answer, e.refund, e.refunded) for e in _read(body)
        ], changed
        assert _same_fields(changed, body), changed


def _same_fields(one: bytes, other: bytes) -> bool:
    """But for the signature's own spelling and for empty fields, which are not signed."""

    def fields(body: bytes) -> set[bytes]:
        every = {unquote_to_bytes(part.replace(b"+", b" ")) for part in body.split(b"&")}
        return {part for part in every if part.partition(b"=")[2] and not part.startswith(b"signature=")}

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
            pairs = [part.partition(b"=") for part in body.split(b"&")]
            one, two = chance.sample(range(len(pairs)), 2)
            pairs[one], pairs[two] = (pairs[one][0], b"=", pairs[two][2]), (pairs[two][0], b"=", pairs[one][2])
            return b"&".join(b"".join(pair) for pair in pairs)
