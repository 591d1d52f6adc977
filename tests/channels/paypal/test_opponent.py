"""PayPal's own SDK against our server: that the server is not only our reading of the protocol."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.channels.paypal.server import CLIENT, SECRET, PayPalServer

pytestmark = [pytest.mark.opponents, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def client(base_url: str) -> Any:
    from paypalserversdk.configuration import Configuration, Environment, Server
    from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

    Configuration.environments[Environment.SANDBOX][Server.DEFAULT] = base_url  # it knows no address but PayPal's
    return PaypalServersdkClient(
        client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
            o_auth_client_id=CLIENT, o_auth_client_secret=SECRET
        ),
        environment=Environment.SANDBOX,
        timeout=5,
    )


async def test_the_sdk_makes_an_order_takes_the_money_and_gives_it_back(server: PayPalServer) -> None:
    """The SDK is synchronous: it runs in a thread of its own."""
    order_id = await asyncio.to_thread(_order, server.base_url)
    server.approve(order_id)
    capture = await asyncio.to_thread(_capture, server.base_url, order_id)
    assert server.captured == 1
    assert await asyncio.to_thread(_refund, server.base_url, capture) == "COMPLETED"
    assert server.violations == []


def _body() -> dict[str, Any]:
    where = "https://pay.example/x"
    context = {
        "return_url": where, "cancel_url": where, "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING",
        "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED", "locale": "en-US",
    }  # fmt: skip
    amount = {"currency_code": "EUR", "value": "33.33"}
    return {
        "intent": "CAPTURE",
        "purchase_units": [{"custom_id": "i1", "invoice_id": "i1", "amount": amount}],
        "payment_source": {"paypal": {"experience_context": context}},
    }


def _order(base_url: str) -> str:
    from paypalserversdk.models.order_request import OrderRequest

    asked = {
        "body": OrderRequest.from_dictionary(_body()),
        "paypal_request_id": "k1",
        "prefer": "return=representation",
    }
    made = client(base_url).orders.create_order(asked).body
    assert made.status == "PAYER_ACTION_REQUIRED"
    assert [link.rel for link in made.links] == ["self", "payer-action"]
    again = client(base_url).orders.create_order(asked).body
    assert again.id == made.id
    return str(made.id)


def _capture(base_url: str, order_id: str) -> str:
    asked = {"id": order_id, "paypal_request_id": "k2", "prefer": "return=representation", "body": {}}
    done = client(base_url).orders.capture_order(asked).body
    (capture,) = done.purchase_units[0].payments.captures
    assert (done.status, capture.status, capture.amount.value) == ("COMPLETED", "COMPLETED", "33.33")
    assert capture.seller_receivable_breakdown.paypal_fee.value == "0.59"
    return str(capture.id)


def _refund(base_url: str, capture: str) -> str:
    from paypalserversdk.models.refund_request import RefundRequest

    wanted = {"amount": {"currency_code": "EUR", "value": "10.00"}, "custom_id": "r1.i1", "invoice_id": "r1"}
    asked = {"capture_id": capture, "paypal_request_id": "k3", "prefer": "return=representation",
             "body": RefundRequest.from_dictionary(wanted)}  # fmt: skip
    return str(client(base_url).payments.refund_captured_payment(asked).body.status)
