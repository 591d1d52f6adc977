"""Stripe's own SDK, as others use it, against our server: that the server is not only our reading of the protocol."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator

import pytest
import stripe as sdk

from tests.channels.stripe.server import HOOK_SECRET, KEY, StripeServer

pytestmark = [pytest.mark.opponents, pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")]
CREATE = {
    "mode": "payment",
    "client_reference_id": "i1",
    "metadata": {"qunshou_intent": "i1"},
    "payment_intent_data": {"metadata": {"qunshou_intent": "i1"}},
    "line_items": [
        {"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 3333, "product_data": {"name": "Hotpot"}}}
    ],
    "adaptive_pricing": {"enabled": False},
    "success_url": "https://pay.example/x",
    "cancel_url": "https://pay.example/x",
    "locale": "auto",
}


@pytest.fixture
async def client(server: StripeServer) -> AsyncIterator[sdk.StripeClient]:
    http = sdk.HTTPXClient(timeout=5)
    yield sdk.StripeClient(KEY, base_addresses={"api": server.base_url}, http_client=http)
    await http.close_async()  # type: ignore[no-untyped-call]


async def test_the_sdk_makes_reads_pays_and_refunds(client: sdk.StripeClient, server: StripeServer) -> None:
    wanted = CREATE | {"expires_at": server.now + 3600}
    made = await client.v1.checkout.sessions.create_async(wanted, {"idempotency_key": "k1"})  # type: ignore[arg-type]
    assert (made.status, made.amount_total) == ("open", 3333)
    again = await client.v1.checkout.sessions.create_async(wanted, {"idempotency_key": "k1"})  # type: ignore[arg-type]
    assert again.id == made.id
    with pytest.raises(sdk.IdempotencyError):
        await client.v1.checkout.sessions.create_async(wanted | {"locale": "en"}, {"idempotency_key": "k1"})  # type: ignore[arg-type]
    server.pay(made.id)
    found = await client.v1.checkout.sessions.retrieve_async(made.id)
    assert (found.payment_status, isinstance(found.payment_intent, str)) == ("paid", True)
    back = await client.v1.refunds.create_async(
        {"payment_intent": str(found.payment_intent), "amount": 33, "metadata": {"qunshou_refund": "r1"}},
        {"idempotency_key": "k2"},
    )
    assert back.status == "pending"
    with pytest.raises(sdk.InvalidRequestError, match="expired"):
        await client.v1.checkout.sessions.expire_async(made.id)


async def test_the_sdk_believes_our_servers_webhooks(server: StripeServer) -> None:
    server.clock.at = server.clock.at.fromtimestamp(time.time(), server.clock.at.tzinfo)  # noqa: TID251  # the SDK reads it
    thing = {"id": "cs_test_1", "object": "checkout.session", "status": "open"}
    headers, body = server.event("checkout.session.completed", thing)
    event = sdk.Webhook.construct_event(body, headers["stripe-signature"], HOOK_SECRET)
    assert (event.type, event.data.object["id"]) == ("checkout.session.completed", "cs_test_1")
    with pytest.raises(sdk.SignatureVerificationError):
        sdk.Webhook.construct_event(json.dumps(thing), headers["stripe-signature"], HOOK_SECRET)
