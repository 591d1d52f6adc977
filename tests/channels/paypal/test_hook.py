"""PayPal's webhooks: what is genuine is understood, and nothing else is believed."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.channels.paypal import PayPal
from adapters.channels.paypal.sign import Transmission
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money
from bot.ports import Unverified
from tests.channels.facts import ID, NOW, charge, intent, refund
from tests.channels.paypal import authority
from tests.channels.paypal.conftest import read
from tests.channels.paypal.server import CERT_PATH, MERCHANT, WEBHOOK, Json, PayPalServer

MUTATIONS = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 1_000
VECTORS = Path(__file__).parents[2] / "fixtures" / "channel_vectors.json"


# -- what is genuine ------------------------------------------------------------------------------------------


async def test_an_approval_is_no_money_but_a_reason_to_ask(paypal: PayPal, server: PayPalServer, order: Json) -> None:
    event = await read(paypal, server.event("CHECKOUT.ORDER.APPROVED", server.approve(order["id"])))
    assert (event.intent, event.moved, event.answer) == (ID, True, None)


async def test_money_that_arrived_is_told_with_paypals_amount(
    paypal: PayPal, server: PayPalServer, capture: Json
) -> None:
    event = await read(paypal, server.event("PAYMENT.CAPTURE.COMPLETED", capture))
    assert event.answer is not None
    assert (event.intent, event.answer.state) == (ID, IntentState.PAID)
    assert event.answer.charge is not None
    assert (event.answer.charge.amount, event.answer.charge.fee) == (Money(3333, "EUR"), Money(59, "EUR"))
    order = capture["supplementary_data"]["related_ids"]["order_id"]
    asked = await paypal.query(intent(reference=order))
    assert asked.charge == event.answer.charge


@pytest.mark.parametrize(
    ("kind", "changed", "state", "cause"),
    [
        ("PENDING", {"status": "PENDING", "status_details": {"reason": "ECHECK"}}, IntentState.PENDING, "ECHECK"),
        ("DENIED", {"status": "DECLINED"}, IntentState.FAILED, "CAPTURE_DECLINED"),
        ("DECLINED", {"status": "FAILED"}, IntentState.FAILED, "CAPTURE_FAILED"),
    ],
)
async def test_money_that_is_late_or_does_not_come_is_told_with_its_cause(
    paypal: PayPal, server: PayPalServer, capture: Json, kind: str, changed: Json, state: IntentState, cause: str
) -> None:
    event = await read(paypal, server.event(f"PAYMENT.CAPTURE.{kind}", capture | changed))
    assert event.answer is not None
    assert (event.answer.state, event.answer.cause) == (state, cause)


async def test_money_on_its_way_back_is_told_by_our_id_of_the_refund(
    paypal: PayPal, server: PayPalServer, capture: Json
) -> None:
    whole = charge(capture["id"])
    back = refund(whole, amount=1000)
    answer = await paypal.refund(back, whole)
    event = await read(paypal, server.event("PAYMENT.CAPTURE.REFUNDED", server.refunds[answer.reference]))
    assert (event.intent, event.refund, event.answer) == (ID, back.id, None)
    assert event.refunded is not None
    assert event.refunded.state is RefundState.REFUNDED


@pytest.mark.parametrize(("told", "kind"), [("REFUNDED", "refund"), ("REVERSED", "dispute")])
async def test_what_went_back_on_paypals_pages_names_its_capture(
    paypal: PayPal, server: PayPalServer, capture: Json, told: str, kind: str
) -> None:
    made = server.refund_by_hand(capture["id"], "10.00")
    event = await read(paypal, server.event(f"PAYMENT.CAPTURE.{told}", made))
    assert event.returned is not None
    assert (event.returned.charge, event.returned.reference) == (capture["id"], made["id"])
    assert (event.returned.amount.minor, event.returned.kind, event.returned.undone) == (1000, kind, False)
    assert (event.refund, event.refunded, event.answer) == ("", None, None)
    bounced = await read(paypal, server.event("PAYMENT.REFUND.FAILED", made | {"status": "FAILED"}))
    assert bounced.returned is not None
    assert bounced.returned.undone


@pytest.mark.parametrize(
    ("told", "stage", "outcome", "undone"),
    [
        ("CREATED", "CHARGEBACK", "", False),
        ("UPDATED", "ARBITRATION", "", False),
        ("RESOLVED", "CHARGEBACK", "RESOLVED_BUYER_FAVOUR", False),
        ("RESOLVED", "CHARGEBACK", "RESOLVED_SELLER_FAVOUR", True),
        ("RESOLVED", "INQUIRY", "CANCELED_BY_BUYER", True),
    ],
)
async def test_a_dispute_holds_the_money_until_it_is_decided(
    paypal: PayPal, server: PayPalServer, capture: Json, told: str, stage: str, outcome: str, undone: bool
) -> None:
    event = await read(paypal, server.event(f"CUSTOMER.DISPUTE.{told}", server.dispute(capture["id"], stage, outcome)))
    back = event.returned
    assert back is not None
    assert (back.charge, back.reference, back.kind, back.undone) == (capture["id"], "PP-D-27803", "dispute", undone)
    assert back.amount == Money(3333, "EUR")


async def test_while_payer_and_payee_talk_nothing_has_moved(
    paypal: PayPal, server: PayPalServer, capture: Json
) -> None:
    headers, body = server.event("CUSTOMER.DISPUTE.CREATED", server.dispute(capture["id"], "INQUIRY"))
    await paypal.prepare(headers)
    assert paypal.verify(headers, body, NOW) == ()


async def test_what_the_account_sells_besides_is_none_of_ours(
    paypal: PayPal, server: PayPalServer, capture: Json
) -> None:
    reversal = {"id": "R1", "status": "COMPLETED", "amount": capture["amount"]}
    for kind, thing in (
        ("PAYMENT.CAPTURE.COMPLETED", {**capture, "custom_id": "order no. 5"}),
        ("PAYMENT.CAPTURE.REVERSED", reversal),
        ("BILLING.PLAN.CREATED", {"id": "P-1"}),
    ):
        headers, body = server.event(kind, thing)
        await paypal.prepare(headers)
        assert list(paypal.verify(headers, body, NOW)) == []


@pytest.mark.parametrize("age", [timedelta(days=3), timedelta(minutes=-5)])
async def test_a_repeat_of_the_last_three_days_is_believed(
    paypal: PayPal, server: PayPalServer, capture: Json, age: timedelta
) -> None:
    headers, body = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
    await paypal.prepare(headers)
    assert paypal.verify(headers, body, NOW + age)


def test_paypals_own_vector_is_signed_right_and_refused_by_date() -> None:
    vectors = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    (vector,) = [one for one in vectors if one["name"].startswith("paypal")]
    headers = {f"paypal-{name.lower().replace('_', '-')}": value for name, value in vector["headers"].items()}
    sent, then = Transmission.of(headers), datetime(2017, 3, 30, 20, 5, tzinfo=UTC)
    certificate = x509.load_pem_x509_certificate(vector["certificate"].encode())
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    sent.check(key, vector["webhook_id"], vector["body"].encode())
    sent.fresh(then)
    with pytest.raises(Unverified, match="too old"):
        sent.fresh(NOW)
    for webhook, body in ((f"{vector['webhook_id']}0", vector["body"]), (vector["webhook_id"], vector["body"] + " ")):
        with pytest.raises(Unverified, match="signature"):
            sent.check(key, webhook, body.encode())


# -- what is not genuine --------------------------------------------------------------------------------------


async def test_a_signature_by_another_key_is_refused(paypal: PayPal, server: PayPalServer, capture: Json) -> None:
    _, body = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
    headers = server.signed(body, number=101)
    await paypal.prepare(headers)
    with pytest.raises(Unverified, match="wrong signature"):
        paypal.verify(headers, body, NOW)


async def test_a_webhook_for_another_endpoint_is_refused(paypal: PayPal, server: PayPalServer, capture: Json) -> None:
    _, body = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
    headers = authority.headers(body, NOW, f"{WEBHOOK}0", f"{server.base_url}{CERT_PATH}")
    await paypal.prepare(headers)
    with pytest.raises(Unverified, match="wrong signature"):
        paypal.verify(headers, body, NOW)


@pytest.mark.parametrize("age", [timedelta(days=3, hours=1, seconds=1), timedelta(minutes=-5, seconds=-1)])
async def test_an_event_of_another_time_is_refused(
    paypal: PayPal, server: PayPalServer, capture: Json, age: timedelta
) -> None:
    headers, body = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
    await paypal.prepare(headers)
    with pytest.raises(Unverified):
        paypal.verify(headers, body, NOW + age)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paypal-auth-algo", "SHA1withRSA"), ("paypal-auth-algo", ""), ("paypal-transmission-sig", "%"),
        ("paypal-transmission-sig", "\xff"), ("paypal-transmission-time", "yesterday"), ("paypal-transmission-id", ""),
        ("paypal-transmission-time", "2026-11-24T02:00:00"), ("paypal-transmission-id", "t|1"),
        ("paypal-transmission-sig", "A" * 100_000), ("paypal-cert-url", "x" * 5000),
    ],
)  # fmt: skip
async def test_headers_that_are_none_are_refused(
    paypal: PayPal, server: PayPalServer, capture: Json, name: str, value: str
) -> None:
    headers, body = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
    await paypal.prepare(headers)
    for changed in ({**headers, name: value}, {k: v for k, v in headers.items() if k != name}):
        with pytest.raises(Unverified):
            paypal.verify(changed, body, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": None}, {"amount": {"currency_code": "EUR", "value": "-1"}}, {"status": "DONE"}, {"id": None},
        {"amount": {"currency_code": "EUR", "value": "0.00"}}, {"create_time": "now"}, {"create_time": None},
        {"amount": {"currency_code": "EUR", "value": 33.33}}, {"amount": {"currency_code": "EUR", "value": "1e9"}},
        {"amount": {"currency_code": "XXQ", "value": "1"}}, {"status_details": 5}, {"supplementary_data": []},
        {"supplementary_data": {"related_ids": {"order_id": 5}}},
    ],
)  # fmt: skip
async def test_a_signed_event_of_another_shape_is_refused(
    paypal: PayPal, server: PayPalServer, capture: Json, changed: Json
) -> None:
    headers, body = server.event("PAYMENT.CAPTURE.COMPLETED", {**capture, **changed})
    await paypal.prepare(headers)
    if changed == {"supplementary_data": []}:
        assert paypal.verify(headers, body, NOW)  # an empty list is PayPal's way to say nothing
        return
    with pytest.raises(Unverified):
        paypal.verify(headers, body, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"x": 1, "x": 2}', b'{"x": NaN}', b"[" * 100_000]
)
async def test_a_signed_body_that_is_no_event_is_refused(paypal: PayPal, server: PayPalServer, body: bytes) -> None:
    headers = server.signed(body)
    await paypal.prepare(headers)
    with pytest.raises(Unverified):
        paypal.verify(headers, body, NOW)


async def test_money_for_another_account_is_refused(server: PayPalServer, roots: Path, capture: Json) -> None:
    for merchant, believed in ((MERCHANT, True), ("SOMEBODYELSE1", False)):
        facts = {"client_id": "x", "client_secret": "x", "webhook_id": WEBHOOK, "merchant_id": merchant}
        strict = PayPal(clock=server.clock, base_url=server.base_url, roots=roots, **facts)
        hook = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
        await strict.prepare(hook[0])
        if believed:
            assert strict.verify(*hook, NOW)
        else:
            with pytest.raises(Unverified, match="another account"):
                strict.verify(*hook, NOW)
        await strict.aclose()


async def test_no_scratched_webhook_is_believed(paypal: PayPal, server: PayPalServer, capture: Json) -> None:
    """Bytes of the body or of a header that is signed are changed; each is refused, and in no other way."""
    headers, body = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
    await paypal.prepare(headers)
    rng, names = Random(1), [name for name in headers if name != "paypal-auth-algo"]
    for _ in range(MUTATIONS):
        scratched = dict(headers), body
        if rng.random() < 0.5:
            at = rng.randrange(len(body))
            other = bytes([rng.choice([b for b in range(256) if b != body[at]])])
            scratched = dict(headers), rng.choice([body[:at] + other + body[at + 1 :], body[:at]])
        else:
            name = rng.choice(names)
            at = rng.randrange(len(headers[name]))
            sign = rng.choice("0123456789abcdef|=/+Z- \xff")
            scratched[0][name] = rng.choice([headers[name][:at] + sign + headers[name][at + 1 :], headers[name][:at]])
            if scratched[0] == headers:
                continue
        with pytest.raises(Unverified):
            paypal.verify(*scratched, NOW)


async def test_a_signed_event_is_read_or_refused_whatever_is_in_it(
    paypal: PayPal, server: PayPalServer, capture: Json
) -> None:
    """The right signature on a wrong content: nothing but ``Unverified`` comes out, and no other amount."""
    headers, template = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
    await paypal.prepare(headers)
    rng = Random(2)
    strange: list[object] = [None, True, -1, 10**30, "", "x" * 300, "\u202e", [], {}, [{}], {"id": 1}, 1.5, "1e5"]
    for _ in range(MUTATIONS // 10):
        event = json.loads(template)
        resource = event["resource"]
        place = rng.choice([event, resource, resource, resource["amount"], resource["seller_receivable_breakdown"]])
        place[rng.choice(list(place))] = rng.choice(strange)
        body = json.dumps(event).encode()
        try:
            for found in paypal.verify(server.signed(body), body, NOW):
                assert found.answer is not None
                assert found.answer.charge is None or found.answer.charge.amount == Money(3333, "EUR")
        except Unverified:
            continue
