"""Stripe's webhooks: what is genuine is understood, and nothing else is believed."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from random import Random

import pytest

from adapters.channels.stripe import Stripe
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money
from bot.ports import HookEvent, Payer, ReturnFact, Unverified
from tests.channels.facts import ID, NOW, charge, intent, refund
from tests.channels.stripe.server import HOOK_SECRET, KEY, Json, StripeServer, signed

RETURN = "https://pay.example/pay/x"
MUTATIONS = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 1_000
STAMP = int(NOW.timestamp())


def read(stripe: Stripe, hook: tuple[dict[str, str], bytes], *, ahead: int = 0) -> HookEvent:
    """The one event in a webhook; with ``ahead`` our clock runs ahead of Stripe's."""
    (event,) = stripe.verify(*hook, NOW + timedelta(seconds=ahead))
    return event


@pytest.fixture
async def session(stripe: Stripe, server: StripeServer) -> Json:
    answer = await stripe.create(intent(), title="Hotpot", return_url=RETURN, payer=Payer())
    return server.sessions[answer.reference]


def test_money_that_arrived_is_told_with_stripes_amount(stripe: Stripe, server: StripeServer, session: Json) -> None:
    event = read(stripe, server.event("checkout.session.completed", server.pay(session["id"])))
    assert (event.intent, event.answer is not None) == (ID, True)
    assert event.answer is not None
    assert event.answer.state is IntentState.PAID
    assert event.answer.charge is not None
    assert event.answer.charge.amount == Money(3333, "EUR")
    assert event.answer.charge.at == NOW


async def test_a_webhook_and_a_question_tell_of_the_same_charge(
    stripe: Stripe, server: StripeServer, session: Json
) -> None:
    event = read(stripe, server.event("checkout.session.completed", server.pay(session["id"])))
    asked = await stripe.query(intent(reference=session["id"]))
    assert event.answer is not None
    assert event.answer.charge is not None
    assert asked.charge is not None
    assert event.answer.charge.reference == asked.charge.reference


def test_a_promise_is_no_money_until_it_is_kept(stripe: Stripe, server: StripeServer, session: Json) -> None:
    states = []
    for kind, happens in (
        ("checkout.session.completed", server.promise),
        ("checkout.session.async_payment_failed", server.break_promise),
        ("checkout.session.async_payment_succeeded", server.pay),
    ):
        event = read(stripe, server.event(kind, happens(session["id"])))
        assert event.answer is not None
        states.append((event.answer.state, event.answer.cause))
    assert states == [
        (IntentState.PENDING, "processing"),
        (IntentState.FAILED, "async_payment_failed"),
        (IntentState.PAID, ""),
    ]


def test_an_expired_session_and_a_refused_card_are_told_with_their_cause(
    stripe: Stripe, server: StripeServer, session: Json
) -> None:
    declined = read(stripe, server.event("payment_intent.payment_failed", server.decline(session["id"], "stolen_card")))
    expired = read(stripe, server.event("checkout.session.expired", server.expire(session["id"])))
    assert declined.answer is not None
    assert (declined.answer.state, declined.answer.cause) == (IntentState.PENDING, "stolen_card")
    assert expired.answer is not None
    assert (expired.answer.state, expired.answer.cause) == (IntentState.CLOSED, "checkout_expired")


async def test_money_on_its_way_back_is_told_by_our_id_of_the_refund(
    stripe: Stripe, server: StripeServer, session: Json
) -> None:
    whole = charge(server.pay(session["id"])["payment_intent"])
    back = refund(whole, amount=1000)
    made = server.refunds[(await stripe.refund(back, whole)).reference]
    made["status"] = "succeeded"
    for kind in ("refund.created", "refund.updated", "charge.refund.updated"):
        event = read(stripe, server.event(kind, made))
        assert (event.intent, event.refund, event.answer) == (ID, back.id, None)
        assert event.refunded is not None
        assert event.refunded.state is RefundState.REFUNDED
    made |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    failed = read(stripe, server.event("refund.failed", made))
    assert failed.refunded is not None
    assert (failed.refunded.state, failed.refunded.cause) == (RefundState.FAILED, "lost_or_stolen_card")


async def test_what_went_back_in_the_dashboard_names_its_payment(
    stripe: Stripe, server: StripeServer, session: Json
) -> None:
    payment = server.pay(session["id"])["payment_intent"]
    made = server.refund_by_hand(payment, 1000)
    told = read(stripe, server.event("refund.created", made))
    assert told.returned == ReturnFact(payment, made["id"], Money(1000, "EUR"), NOW)
    assert (told.refund, told.refunded, told.answer) == ("", None, None)
    bounced = read(stripe, server.event("refund.failed", made | {"status": "failed"}))
    assert bounced.returned is not None
    assert bounced.returned.undone
    assert stripe.verify(*server.event("refund.created", made | {"status": "pending"}), NOW) == ()
    assert stripe.verify(*server.event("refund.created", made | {"payment_intent": None}), NOW) == ()


@pytest.mark.parametrize(("kind", "undone"), [("funds_withdrawn", False), ("funds_reinstated", True)])
async def test_what_the_payers_bank_takes_and_gives_again(
    stripe: Stripe, server: StripeServer, session: Json, kind: str, undone: bool
) -> None:
    payment = server.pay(session["id"])["payment_intent"]
    dispute = server.dispute(payment)
    told = read(stripe, server.event(f"charge.dispute.{kind}", dispute))
    assert told.returned == ReturnFact(payment, dispute["id"], Money(3333, "EUR"), NOW, "dispute", undone=undone)


@pytest.mark.parametrize("changed", [{"amount": 0}, {"amount": "1"}, {"id": None}, {"object": "charge"}])
async def test_a_dispute_of_another_shape_is_refused(
    stripe: Stripe, server: StripeServer, session: Json, changed: Json
) -> None:
    dispute = server.dispute(server.pay(session["id"])["payment_intent"])
    with pytest.raises(Unverified):
        stripe.verify(*server.event("charge.dispute.funds_withdrawn", dispute | changed), NOW)


async def test_an_old_account_hears_of_refunds_with_the_charge(
    stripe: Stripe, server: StripeServer, session: Json
) -> None:
    payment = server.pay(session["id"])["payment_intent"]
    whole = charge(payment)
    for number in range(2):
        await stripe.refund(refund(whole, amount=1000, id_=f"part{number}"), whole)
    (of,) = server.charges.values()
    assert stripe.verify(*server.event("charge.refunded", of), NOW) == []
    told = stripe.verify(
        *server.event("charge.refunded", of | {"refunds": {"data": list(server.refunds.values())}}), NOW
    )
    assert [event.refund for event in told] == ["part0", "part1"]
    assert len({event.id for event in told}) == 2


def test_what_the_account_sells_besides_is_none_of_ours(stripe: Stripe, server: StripeServer, session: Json) -> None:
    other = server.pay(session["id"]) | {"metadata": {}, "client_reference_id": "shop-1"}
    assert stripe.verify(*server.event("checkout.session.completed", other), NOW) == ()
    assert stripe.verify(*server.event("customer.created", {"id": "cus_1", "object": "customer"}), NOW) == ()


# -- what is not genuine --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [300, -300])
def test_a_clock_that_is_a_little_off_is_none_the_worse(
    stripe: Stripe, server: StripeServer, session: Json, ahead: int
) -> None:
    assert read(stripe, server.event("checkout.session.completed", server.pay(session["id"])), ahead=ahead).intent == ID


@pytest.mark.parametrize("ahead", [301, -301, 10**8])
def test_an_event_of_another_time_is_refused(stripe: Stripe, server: StripeServer, session: Json, ahead: int) -> None:
    hook = server.event("checkout.session.completed", server.pay(session["id"]))
    with pytest.raises(Unverified):
        stripe.verify(*hook, NOW + timedelta(seconds=ahead))


def test_while_a_secret_is_changed_the_old_and_the_new_will_do(server: StripeServer, session: Json) -> None:
    _, body = server.event("checkout.session.completed", server.pay(session["id"]))
    both = Stripe(secret_key=KEY, hook_secrets=["whsec_new", HOOK_SECRET])
    for secret in ("whsec_new", HOOK_SECRET):
        assert read(both, (signed(body, STAMP, secret), body)).intent == ID
    two = signed(body, STAMP, "whsec_unknown")["stripe-signature"].split(",v0")[0]
    two += "," + signed(body, STAMP)["stripe-signature"].split(",")[1]
    assert read(both, ({"stripe-signature": two}, body)).intent == ID
    with pytest.raises(Unverified):
        both.verify(signed(body, STAMP, "whsec_retired"), body, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "", "t=1", "v1=00", f"t={STAMP}", f"t={STAMP},v1=", f"t={STAMP},v0=00", f"t=0{STAMP},v1=00",
        f"t={STAMP}.0,v1=00", f"t={STAMP},t={STAMP},v1=00", f"t={STAMP}," + ",".join(["v1=00"] * 1000), "t=١٢,v1=00",
        "\xff", "t=-1,v1=00",
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_refused(stripe: Stripe, header: str) -> None:
    with pytest.raises(Unverified):
        stripe.verify({"stripe-signature": header}, b"{}", NOW)


@pytest.mark.parametrize(
    "changed", [{"livemode": True}, {"livemode": 0}, {"account": "acct_other"}, {"object": "list"}]
)
def test_an_event_of_the_other_mode_or_another_account_is_refused(
    stripe: Stripe, server: StripeServer, session: Json, changed: dict[str, object]
) -> None:
    hook = server.event("checkout.session.completed", server.pay(session["id"]), **changed)
    with pytest.raises(Unverified):
        stripe.verify(*hook, NOW)


def test_the_account_that_we_act_for_is_believed_and_no_other(server: StripeServer, session: Json) -> None:
    connected = Stripe(secret_key=KEY, hook_secrets=[HOOK_SECRET], account="acct_ours")
    paid = server.pay(session["id"])
    assert read(connected, server.event("checkout.session.completed", paid, account="acct_ours")).intent == ID
    with pytest.raises(Unverified):
        connected.verify(*server.event("checkout.session.completed", paid), NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_total": 0}, {"amount_total": -1}, {"amount_total": 33.33}, {"amount_total": "3333"},
        {"amount_total": None}, {"amount_total": True}, {"currency": "xxq"}, {"currency": None}, {"id": None},
        {"payment_intent": None}, {"status": "finished"}, {"mode": "subscription"}, {"client_reference_id": "another"},
        {"metadata": {"qunshou_intent": "../x"}}, {"metadata": []}, {"payment_intent": {"latest_charge": None}},
    ],
)  # fmt: skip
def test_a_signed_event_of_another_shape_is_refused(
    stripe: Stripe, server: StripeServer, session: Json, changed: Json
) -> None:
    hook = server.event("checkout.session.completed", server.pay(session["id"]) | changed)
    with pytest.raises(Unverified):
        stripe.verify(*hook, NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b'{"object": "event", "object": "event"}',
        b'{"object": NaN}',
        b"[" * 100_000,
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(stripe: Stripe, body: bytes) -> None:
    with pytest.raises(Unverified):
        stripe.verify(signed(body, STAMP), body, NOW)


def test_no_scratched_webhook_is_believed(stripe: Stripe, server: StripeServer, session: Json) -> None:
    """Bytes of the body, the header, or the secret are changed; each is refused, and in no other way."""
    headers, body = server.event("checkout.session.completed", server.pay(session["id"]))
    header, rng = headers["stripe-signature"].split(",v0")[0], Random(1)
    for _ in range(MUTATIONS):
        if rng.random() < 0.5:
            at = rng.randrange(len(body))
            other = bytes([rng.choice([b for b in range(256) if b != body[at]])])
            scratched = ({"stripe-signature": header}, rng.choice([body[:at] + other + body[at + 1 :], body[:at]]))
        else:
            at = rng.randrange(len(header))
            changed = header[:at] + rng.choice("0123456789abcdef,=tv \xff") + header[at + 1 :]
            scratched = ({"stripe-signature": rng.choice([changed, header[:at]])}, body)
            if scratched[0]["stripe-signature"] == header:
                continue
        with pytest.raises(Unverified):
            stripe.verify(*scratched, NOW)


def test_a_signed_event_is_read_or_refused_whatever_is_in_it(
    stripe: Stripe, server: StripeServer, session: Json
) -> None:
    """The right signature on a wrong content: some part is another kind of thing. Nothing but ``Unverified`` comes out,
    and no amount but the one that is written there."""
    paid, rng = server.pay(session["id"]), Random(2)
    strange: list[object] = [None, True, -1, 0, 10**30, "", "x" * 300, "\u202e", [], {}, [{}], {"id": 1}, 1.5]
    for _ in range(MUTATIONS):
        _, body = server.event("checkout.session.completed", paid)
        event = json.loads(body)
        place = rng.choice([event, event["data"], event["data"]["object"], event["data"]["object"]])
        place[rng.choice(list(place))] = rng.choice(strange)
        body = json.dumps(event).encode()
        try:
            for found in stripe.verify(signed(body, STAMP), body, NOW):
                assert found.answer is not None
                assert found.answer.charge is None or found.answer.charge.amount == Money(3333, "EUR")
        except Unverified:
            continue
