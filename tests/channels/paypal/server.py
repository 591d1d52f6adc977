"""A server that speaks the part of PayPal's REST API that we use, and refuses what PayPal would refuse.

Facts (developer.paypal.com/docs/api, orders v2 and payments v2): client credentials for a token; ``PayPal-Request-Id``
is mandatory where a payment source is named, and the same id gives the same answer again; an order is approved by its
payer and captured once; values have no decimals in HUF, JPY and TWD; a refund is at most what is left of the capture.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.ports import FakeClock
from tests.channels.loopback import Vendor
from tests.channels.paypal import authority
from tests.channels.paypal.authority import Authority

Json = dict[str, Any]

CLIENT, SECRET, WEBHOOK, MERCHANT = "client made up", "secret made up", "5WX29840UR6634623", "MERCHANT12345"
CERT_PATH: Final = "/v1/notifications/certs/CERT-360caa42-fca2a594"
_WHOLE: Final = {"HUF", "JPY", "TWD"}
_URL: Final = r"https?://\S{1,4000}"


class Refused(Exception):
    def __init__(self, status: int, name: str, issue: str = "", *, links: list[Json] | None = None) -> None:
        super().__init__(f"{name} {issue}")
        self.status = status
        self.body: Json = {"name": name, "message": name, "debug_id": secrets.token_hex(6)}
        if issue:
            self.body["details"] = [{"issue": issue, "description": issue.lower()}]
        if links:
            self.body["links"] = links


class PayPalServer(Vendor):
    """PayPal's and the payer's side is played by ``approve``, ``decline_next`` …; ``event`` gives a signed webhook."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(
            [
                Route("/v1/oauth2/token", self._token, methods=["POST"]),
                Route("/v2/checkout/orders", self._answer(self._create), methods=["POST"]),
                Route("/v2/checkout/orders/{id}", self._answer(self._order)),
                Route("/v2/checkout/orders/{id}/capture", self._answer(self._capture), methods=["POST"]),
                Route("/v2/payments/captures/{id}", self._answer(self._one_capture)),
                Route("/v2/payments/captures/{id}/refund", self._answer(self._refund), methods=["POST"]),
                Route("/v2/payments/refunds/{id}", self._answer(self._one_refund)),
                Route("/v1/notifications/webhooks/{id}", self._answer(self._webhook)),
                Route("/v1/reporting/transactions", self._answer(self._transactions)),
                Route("/v1/notifications/certs/{id}", self._certificate),
            ]
        )
        self.clock = clock
        self.authority = Authority(clock.now() - timedelta(days=30))
        self.certificate = self.authority.leaf()
        self.orders: dict[str, Json] = {}
        self.captures: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.reported: list[Json] = []
        self.tokens: set[str] = set()
        self.captured = 0
        """How often money was taken."""
        self.declining: list[str] = []
        """Issues with which the next captures are refused."""
        self.pending = ""
        """The reason for which captures stay pending."""
        self._done: dict[str, Json] = {}

    @property
    def now(self) -> str:
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    # -- the door ---------------------------------------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != wanted:
            return JSONResponse({"error": "invalid_client", "error_description": "Client Authentication failed"}, 401)
        if (await request.body()) != b"grant_type=client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        token = f"A21AA{secrets.token_hex(8)}"
        self.tokens.add(token)
        return JSONResponse({"scope": "x", "access_token": token, "token_type": "Bearer", "expires_in": 32400})

    def _answer(self, handle: Callable[[Request, Json], Json]) -> Any:
        async def answer(request: Request) -> Response:
            raw = await request.body()
            try:
                body = self._admit(request, raw)
                key = f"{request.url.path} {request.headers.get('paypal-request-id', '')}"
                if request.method == "POST" and key in self._done:
                    return JSONResponse(self._done[key], 200)
                made = json.loads(json.dumps(handle(request, body)))
            except Refused as refused:
                if refused.body["name"] == "INVALID_REQUEST":
                    self.violations.append(str(refused))
                return JSONResponse(refused.body, refused.status)
            if request.method == "POST":
                self._done[key] = made
            return JSONResponse(made, 201 if request.method == "POST" else 200)

        return answer

    def _admit(self, request: Request, raw: bytes) -> Json:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise Refused(401, "AUTHENTICATION_FAILURE")
        if request.method == "GET":
            return {}
        if request.headers.get("content-type") != "application/json":
            raise Refused(415, "UNSUPPORTED_MEDIA_TYPE")
        if not 1 <= len(request.headers.get("paypal-request-id", "")) <= 108:
            raise Refused(400, "INVALID_REQUEST", "PAYPAL_REQUEST_ID_REQUIRED")
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            raise Refused(400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON")
        return body

    def _read(self, body: Json, known: Json, path: str = "") -> None:
        """``known``: name → pattern, object, list of one object; a name with ``?`` may be missing."""
        forms = {name.rstrip("?"): form for name, form in known.items()}
        for name, value in body.items():
            if name not in forms:
                raise Refused(400, "INVALID_REQUEST", f"UNKNOWN {path}/{name}")
            form = forms[name]
            if isinstance(form, dict) and isinstance(value, dict):
                self._read(value, form, f"{path}/{name}")
            elif isinstance(form, list) and isinstance(value, list) and len(value) == 1:
                self._read(value[0], form[0], f"{path}/{name}")
            elif not (isinstance(form, str) and isinstance(value, str) and re.fullmatch(form, value, re.DOTALL)):
                raise Refused(400, "INVALID_REQUEST", f"INVALID_PARAMETER_VALUE {path}/{name}")
        for name in known:
            if not name.endswith("?") and name not in body:
                raise Refused(400, "INVALID_REQUEST", f"MISSING_REQUIRED_PARAMETER {path}/{name}")

    def _money(self, amount: Json) -> int:
        """Hundredths, or wholes where there are no decimals."""
        currency, value = amount["currency_code"], amount["value"]
        if currency in _WHOLE:
            if "." in value:
                raise Refused(422, "UNPROCESSABLE_ENTITY", "DECIMALS_NOT_SUPPORTED")
            return int(value)
        if not re.fullmatch(r"\d+(\.\d{1,2})?", value):
            raise Refused(422, "UNPROCESSABLE_ENTITY", "DECIMAL_PRECISION")
        whole, _, rest = value.partition(".")
        minor = int(whole) * 100 + int(rest.ljust(2, "0"))
        if not minor:
            raise Refused(422, "UNPROCESSABLE_ENTITY", "CANNOT_BE_ZERO_OR_NEGATIVE")
        return minor

    # -- orders -----------------------------------------------------------------------------------------------

    def _create(self, request: Request, body: Json) -> Json:
        amount = {"currency_code": r"[A-Z]{3}", "value": r"\d{1,32}(\.\d+)?"}
        self._read(
            body,
            {
                "intent": r"CAPTURE",
                "purchase_units": [
                    {"custom_id": r".{1,255}", "invoice_id": r".{1,127}", "amount": amount, "description?": r".{1,127}"}
                ],
                "payment_source": {
                    "paypal": {
                        "experience_context": {
                            "return_url": _URL,
                            "cancel_url": _URL,
                            "user_action": r"CONTINUE|PAY_NOW",
                            "shipping_preference": r"NO_SHIPPING",
                            "payment_method_preference": r"UNRESTRICTED|IMMEDIATE_PAYMENT_REQUIRED",
                            "locale": r"[a-z]{2}(-[A-Z]{2})?",
                            "contact_preference?": r"NO_CONTACT_INFO|UPDATE_CONTACT_INFO|RETAIN_CONTACT_INFO",
                            "landing_page?": r"LOGIN|GUEST_CHECKOUT|NO_PREFERENCE",
                        }
                    }
                },
            },
        )
        unit = body["purchase_units"][0]
        self._money(unit["amount"])
        if unit["amount"]["currency_code"] == "RUB":
            raise Refused(422, "UNPROCESSABLE_ENTITY", "CURRENCY_NOT_SUPPORTED")
        id_ = secrets.token_hex(9)[:17].upper()
        self.orders[id_] = {
            "id": id_, "intent": "CAPTURE", "status": "PAYER_ACTION_REQUIRED", "create_time": self.now,
            "update_time": self.now, "purchase_units": [
                {**unit, "reference_id": "default", "payee": {"merchant_id": MERCHANT}}
            ],
            "payment_source": {"paypal": {}},
            "links": [
                {"href": f"{self.base_url}/v2/checkout/orders/{id_}", "rel": "self", "method": "GET"},
                {"href": f"https://www.sandbox.paypal.com/checkoutnow?token={id_}", "rel": "payer-action",
                 "method": "GET"},
            ],
        }  # fmt: skip
        return self.orders[id_]

    def _found(self, request: Request, among: dict[str, Json]) -> Json:
        if request.path_params["id"] not in among:
            raise Refused(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return among[request.path_params["id"]]

    def _order(self, request: Request, body: Json) -> Json:
        return self._found(request, self.orders)

    def _capture(self, request: Request, body: Json) -> Json:
        self._read(body, {})
        order = self._found(request, self.orders)
        if order["status"] == "COMPLETED":
            raise Refused(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise Refused(422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED")
        if self.declining:
            order["update_time"] = self.now
            where = f"https://www.sandbox.paypal.com/checkoutnow?token={order['id']}&again"
            links = [{"href": where, "rel": "redirect", "method": "GET"}]
            raise Refused(422, "UNPROCESSABLE_ENTITY", self.declining.pop(0), links=links)
        return self.take(order["id"])

    def take(self, id_: str) -> Json:
        order, capture = self.orders[id_], secrets.token_hex(9)[:17].upper()
        unit, self.captured = order["purchase_units"][0], self.captured + 1
        self.captures[capture] = {
            "id": capture, "status": "PENDING" if self.pending else "COMPLETED", "amount": unit["amount"],
            "final_capture": True, "custom_id": unit["custom_id"], "invoice_id": unit["invoice_id"],
            "create_time": self.now, "update_time": self.now, "payee": {"merchant_id": MERCHANT},
            "supplementary_data": {"related_ids": {"order_id": id_}},
        }  # fmt: skip
        if self.pending:
            self.captures[capture]["status_details"] = {"reason": self.pending}
        else:
            self.settle(capture)
        order |= {"status": "COMPLETED", "update_time": self.now}
        unit["payments"] = {"captures": [self.captures[capture]]}
        return order

    def settle(self, capture: str) -> Json:
        """What was pending is there."""
        found = self.captures[capture]
        currency = found["amount"]["currency_code"]
        fee = {"currency_code": currency, "value": "1" if currency in _WHOLE else "0.59"}
        found |= {"status": "COMPLETED", "seller_receivable_breakdown": {"paypal_fee": fee}}
        found.pop("status_details", None)
        self._report("T0006", capture, found["amount"], found["custom_id"], fee)
        return found

    def _one_capture(self, request: Request, body: Json) -> Json:
        return self._found(request, self.captures)

    # -- refunds ----------------------------------------------------------------------------------------------

    def _refund(self, request: Request, body: Json) -> Json:
        capture = self._found(request, self.captures)
        amount = {"currency_code": r"[A-Z]{3}", "value": r"\d{1,32}(\.\d+)?"}
        self._read(body, {"amount": amount, "custom_id": r"[A-Za-z0-9-_.,]{1,127}", "invoice_id": r".{1,127}"})
        if any(made["invoice_id"] == body["invoice_id"] for made in self.refunds.values()):
            raise Refused(422, "UNPROCESSABLE_ENTITY", "DUPLICATE_INVOICE_ID")
        order = self.orders[capture["supplementary_data"]["related_ids"]["order_id"]]
        payments = order["purchase_units"][0]["payments"]
        given = sum(self._money(made["amount"]) for made in payments.setdefault("refunds", []))
        whole = self._money(capture["amount"])
        if given == whole:
            raise Refused(422, "UNPROCESSABLE_ENTITY", "CAPTURE_FULLY_REFUNDED")
        if given + self._money(body["amount"]) > whole:
            raise Refused(422, "UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED")
        id_ = secrets.token_hex(9)[:17].upper()
        self.refunds[id_] = {**body, "id": id_, "status": "COMPLETED", "create_time": self.now, "links": []}
        payments["refunds"].append(self.refunds[id_])
        capture["status"] = "PARTIALLY_REFUNDED"
        back = {**body["amount"], "value": f"-{body['amount']['value']}"}
        of = {"paypal_reference_id": capture["id"], "paypal_reference_id_type": "TXN"}
        self._report("T1107", id_, back, body["custom_id"], None, **of)
        return self.refunds[id_]

    def refund_by_hand(self, capture: str, value: str) -> Json:
        """On PayPal's own pages: without our marks."""
        id_, amount = secrets.token_hex(9)[:17].upper(), {**self.captures[capture]["amount"], "value": value}
        up = {"href": f"https://api-m.paypal.com/v2/payments/captures/{capture}", "rel": "up", "method": "GET"}
        self.refunds[id_] = {
            "id": id_, "status": "COMPLETED", "amount": amount, "create_time": self.now, "links": [up],
        }  # fmt: skip
        self._report("T1107", id_, amount | {"value": f"-{value}"}, "", None)
        return self.refunds[id_]

    def dispute(self, capture: str, stage: str = "CHARGEBACK", outcome: str = "") -> Json:
        """The payer objects to all of a capture."""
        ended = {"dispute_outcome": {"outcome_code": outcome}, "status": "RESOLVED"} if outcome else {}
        return {
            "dispute_id": "PP-D-27803", "create_time": self.now, "update_time": self.now, "status": "OPEN",
            "disputed_transactions": [{"seller_transaction_id": capture, "buyer": {"name": "A Payer"}}],
            "reason": "UNAUTHORISED", "dispute_amount": self.captures[capture]["amount"],
            "dispute_life_cycle_stage": stage, "dispute_channel": "INTERNAL", **ended,
        }  # fmt: skip

    def _one_refund(self, request: Request, body: Json) -> Json:
        return self._found(request, self.refunds)

    # -- the rest ---------------------------------------------------------------------------------------------

    def _webhook(self, request: Request, body: Json) -> Json:
        return self._found(request, {WEBHOOK: {"id": WEBHOOK, "url": "https://pay.example/hooks/paypal"}})

    def _report(self, code: str, id_: str, amount: Json, custom: str, fee: Json | None, **more: str) -> None:
        info = {
            "transaction_id": id_, "transaction_event_code": code, "transaction_amount": amount,
            "transaction_initiation_date": self.clock.now().strftime("%Y-%m-%dT%H:%M:%S+0000"), "custom_field": custom,
            "transaction_status": "S",
        }  # fmt: skip
        info |= more
        if fee:
            info["fee_amount"] = {**fee, "value": f"-{fee['value']}"}
        self.reported.append({"transaction_info": info})

    def _transactions(self, request: Request, body: Json) -> Json:
        params = dict(request.query_params)
        stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"
        known = {"start_date": stamp, "end_date": stamp, "fields": r"[a-z_,]+", "page": r"[1-9]\d*",
                 "page_size": r"[1-9]\d?|[1-4]\d\d|500"}  # fmt: skip
        self._read(params, known)
        day, size, page = params["start_date"][:10], int(params["page_size"]), int(params["page"])
        found = [r for r in self.reported if r["transaction_info"]["transaction_initiation_date"].startswith(day)]
        return {
            "transaction_details": found[size * (page - 1) : size * page],
            "total_items": len(found), "page": page, "total_pages": max(1, -(-len(found) // size)),
        }  # fmt: skip

    async def _certificate(self, request: Request) -> Response:
        return Response(self.certificate, media_type="application/x-pem-file")

    def forget(self) -> None:
        """The keys of earlier requests, as after 45 days."""
        self._done.clear()

    # -- what payers do ---------------------------------------------------------------------------------------

    def approve(self, id_: str) -> Json:
        self.orders[id_] |= {"status": "APPROVED", "update_time": self.now}
        return self.orders[id_]

    def event(self, kind: str, resource: Json, **changed: object) -> tuple[dict[str, str], bytes]:
        """Headers and body of a webhook."""
        event = {
            "id": f"WH-{secrets.token_hex(12).upper()}", "event_version": "1.0", "create_time": self.now,
            "resource_type": "capture", "resource_version": "2.0", "event_type": kind, "summary": "…",
            "resource": resource, "links": [],
        }  # fmt: skip
        body = json.dumps(event | changed).encode()
        return self.signed(body), body

    def signed(self, body: bytes, **more: Any) -> dict[str, str]:
        return authority.headers(body, self.clock.now(), WEBHOOK, f"{self.base_url}{CERT_PATH}", **more)
