"""A server that speaks the part of Stripe's API that we use, and refuses what Stripe would refuse.

Facts (docs.stripe.com/api): bearer key; bodies are forms with brackets; unknown parameters are refused with
``parameter_unknown``; the same Idempotency-Key with the same parameters gives the first answer again, with others
``idempotency_error``; ``expires_at`` is 30 minutes to 24 hours ahead; only an open session can be expired; a refund
cannot be more than what is left of the charge. Webhooks are signed ``t=…,v1=…`` with the endpoint's secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.ports import FakeClock
from tests.channels.loopback import Vendor

Json = dict[str, Any]

KEY, HOOK_SECRET = "sk_test_madeup", "whsec_made_up"  # made up here
_VERSION: Final = re.compile(r"\d{4}-\d\d-\d\d(\.[a-z]+)?")
_ZERO: Final = {"jpy", "krw", "mga", "vnd", "clp", "xof"}
_THREE: Final = {"kwd", "bhd", "omr", "jod", "tnd"}
_WHOLE: Final = {"isk", "ugx"}
_SESSION: Final = {
    "mode": r"payment",
    "client_reference_id": r".{1,200}",
    "metadata[qunshou_intent]": r".{1,500}",
    "payment_intent_data[metadata][qunshou_intent]": r".{1,500}",
    "line_items[0][quantity]": r"1",
    "line_items[0][price_data][currency]": r"[a-z]{3}",
    "line_items[0][price_data][unit_amount]": r"[1-9]\d{0,7}",
    "line_items[0][price_data][product_data][name]": r"(?s).{1,250}",
    "adaptive_pricing[enabled]": r"false",
    "success_url": r"https?://\S{1,5000}",
    "cancel_url": r"https?://\S{1,5000}",
    "expires_at": r"\d{10}",
    "locale": r"auto|en|zh",
}
_REFUND: Final = {
    "payment_intent": r"pi_\w+",
    "amount": r"[1-9]\d{0,7}",
    "metadata[qunshou_refund]": r".{1,500}",
    "metadata[qunshou_intent]?": r".{1,500}",
}
_LIST: Final = {
    "created[gte]?": r"\d{10}",
    "created[lte]?": r"\d{10}",
    "created[lt]?": r"\d{10}",
    "limit?": r"[1-9]\d?|100",
    "starting_after?": r"\w+",
    "expand[0]?": r"data\.source",
    "payment_intent?": r"pi_\w+",
}


class Refused(Exception):
    def __init__(
        self, status: int, code: str, message: str, *, kind: str = "invalid_request_error", **more: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"code": code, "message": message, "type": kind, **more}
        if not code:
            del self.error["code"]


class StripeServer(Vendor):
    """The bank's side is played by the methods ``pay`` … ``expire``; ``event`` gives a signed webhook about it."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(
            [
                Route("/v1/checkout/sessions", self._answer(self._create), methods=["POST"]),
                Route("/v1/checkout/sessions", self._answer(self._list)),
                Route("/v1/checkout/sessions/{id}", self._answer(self._retrieve)),
                Route("/v1/checkout/sessions/{id}/expire", self._answer(self._expire), methods=["POST"]),
                Route("/v1/refunds", self._answer(self._refund), methods=["POST"]),
                Route("/v1/refunds", self._answer(self._refunds)),
                Route("/v1/refunds/{id}", self._answer(self._one_refund)),
                Route("/v1/balance_transactions", self._answer(self._balance)),
            ]
        )
        self.clock = clock
        self.sessions: dict[str, Json] = {}
        self.payments: dict[str, Json] = {}
        self.charges: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.booked: list[Json] = []
        self.settles_in = ""
        self._done: dict[str, tuple[str, int, Json]] = {}

    @property
    def now(self) -> int:
        return int(self.clock.now().timestamp())

    # -- the door ---------------------------------------------------------------------------------------------

    def _answer(self, handle: Any) -> Any:
        async def answer(request: Request) -> Response:
            body = (await request.body()).decode()
            key = request.headers.get("idempotency-key", "")
            try:
                self._admit(request, body)
                if key and key in self._done:
                    said, status, kept = self._done[key]
                    if said != f"{request.url.path}?{body}":
                        raise Refused(400, "", "Keys for idempotent requests can only be used with the same parameters "
                                      "they were first used with.", kind="idempotency_error")  # fmt: skip
                    return JSONResponse(kept, status, {"idempotent-replayed": "true", "request-id": "req_again"})
                params = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=bool(body)))
                made = handle(request, params | dict(request.query_params))
            except Refused as refused:
                if refused.error.get("param") and refused.status == 400:
                    self.violations.append(str(refused))
                return JSONResponse({"error": refused.error}, refused.status, {"request-id": "req_no"})
            made = json.loads(json.dumps(made))
            if key:
                self._done[key] = (f"{request.url.path}?{body}", 200, made)
            return JSONResponse(made, headers={"request-id": "req_yes"})

        return answer

    def _admit(self, request: Request, body: str) -> None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused(401, "", "Invalid API Key provided", kind="invalid_request_error")
        if not _VERSION.fullmatch(request.headers.get("stripe-version", "")):
            raise Refused(400, "parameter_invalid_string_blank", "no version", param="Stripe-Version")
        if request.method == "POST":
            if request.headers.get("content-type") != "application/x-www-form-urlencoded":
                raise Refused(400, "", "no form", param="Content-Type")
            if body and not 1 <= len(request.headers.get("idempotency-key", "")) <= 255:
                raise Refused(400, "", "without a key twice is twice", param="Idempotency-Key")

    def _read(self, params: Json, known: dict[str, str]) -> None:
        names = {name.rstrip("?"): form for name, form in known.items()}
        for name, value in params.items():
            if name not in names:
                raise Refused(400, "parameter_unknown", f"Received unknown parameter: {name}", param=name)
            if not re.fullmatch(names[name], value):
                raise Refused(400, "parameter_invalid", f"Invalid {name}: {value!r}", param=name)
        for name in known:
            if not name.endswith("?") and name not in params:
                raise Refused(400, "parameter_missing", f"Missing required param: {name}.", param=name)

    # -- sessions ---------------------------------------------------------------------------------------------

    def _create(self, request: Request, params: Json) -> Json:
        self._read(params, _SESSION)
        amount, currency = (
            int(params["line_items[0][price_data][unit_amount]"]),
            params["line_items[0][price_data][currency]"],
        )
        if (currency in _THREE and amount % 10) or (currency in _WHOLE and amount % 100):
            raise Refused(400, "invalid_charge_amount", "not evenly divisible", param="line_items[0]")
        if amount < (50 if currency not in _ZERO else 1):
            raise Refused(
                400, "amount_too_small", "The Checkout Session's total amount must convert to at least 50 cents."
            )
        ahead = int(params["expires_at"]) - self.now
        if not 30 * 60 <= ahead <= 24 * 3600:
            raise Refused(400, "", "`expires_at` must be between 30 minutes and 24 hours from now.", param="expires_at")
        return self._opened(params, amount=amount, currency=currency, expires_at=int(params["expires_at"]))

    def _opened(self, params: Json, *, amount: int = 500, currency: str = "eur", expires_at: int = 0) -> Json:
        id_ = f"cs_test_{secrets.token_hex(12)}"
        self.sessions[id_] = {
            "id": id_, "object": "checkout.session", "mode": "payment", "status": "open", "payment_status": "unpaid",
            "amount_total": amount, "amount_subtotal": amount, "currency": currency, "payment_intent": None,
            "client_reference_id": params["client_reference_id"], "created": self.now, "livemode": False,
            "expires_at": expires_at or self.now + 3600, "locale": params.get("locale", "auto"),
            "metadata": {"qunshou_intent": params["metadata[qunshou_intent]"]},
            "url": f"https://checkout.stripe.com/c/pay/{id_}#fid", "success_url": params.get("success_url"),
            "cancel_url": params.get("cancel_url"),
        }  # fmt: skip
        return self.sessions[id_]

    def crowd(self, count: int) -> list[str]:
        """So many sessions of others, as if they had been asked for."""
        made = [
            self._opened({"client_reference_id": f"other{number}", "metadata[qunshou_intent]": f"other{number}"})
            for number in range(count)
        ]
        return [session["id"] for session in made]

    def _found(self, request: Request, among: dict[str, Json], kind: str) -> Json:
        id_ = request.path_params["id"]
        if id_ not in among:
            raise Refused(404, "resource_missing", f"No such {kind}: '{id_}'", param="id")
        return among[id_]

    def _retrieve(self, request: Request, params: Json) -> Json:
        self._read(params, {"expand[0]?": r"payment_intent\.latest_charge\.balance_transaction"})
        session = dict(self._found(request, self.sessions, "checkout.session"))
        if params and session["payment_intent"]:
            payment = dict(self.payments[session["payment_intent"]])
            if payment["latest_charge"]:
                charge = dict(self.charges[payment["latest_charge"]])
                charge["balance_transaction"] = next(
                    (b for b in self.booked if b["id"] == charge["balance_transaction"]), None
                )
                payment["latest_charge"] = charge
            session["payment_intent"] = payment
        return session

    def _list(self, request: Request, params: Json) -> Json:
        self._read(params, _LIST)
        low, high = int(params.get("created[gte]", 0)), int(params.get("created[lte]", 10**11))
        found = [s for s in reversed(self.sessions.values()) if low <= s["created"] <= high]
        return self._page(request, params, found)

    def _page(self, request: Request, params: Json, found: list[Json]) -> Json:
        ids, most = [thing["id"] for thing in found], int(params.get("limit", 10))
        start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
        more = len(found) > start + most
        return {"object": "list", "url": request.url.path, "has_more": more, "data": found[start : start + most]}

    def _expire(self, request: Request, params: Json) -> Json:
        self._read(params, {})
        session = self._found(request, self.sessions, "checkout.session")
        if session["status"] != "open":
            raise Refused(400, "", 'Only Checkout Sessions with a status in ["open"] can be expired. '
                          f"This Checkout Session has a status of {session['status']}.")  # fmt: skip
        session |= {"status": "expired", "url": None}
        return session

    # -- refunds ----------------------------------------------------------------------------------------------

    def _refund(self, request: Request, params: Json) -> Json:
        self._read(params, _REFUND)
        return self._given_back(params)

    def _given_back(self, params: Json) -> Json:
        payment = self.payments.get(params["payment_intent"])
        if payment is None or not payment["latest_charge"]:
            raise Refused(400, "resource_missing", "No such payment_intent")
        charge, amount = self.charges[payment["latest_charge"]], int(params["amount"])
        if charge["amount"] == charge["amount_refunded"]:
            raise Refused(400, "charge_already_refunded", f"Charge {charge['id']} has already been refunded.")
        if amount > charge["amount"] - charge["amount_refunded"]:
            raise Refused(400, "", "Refund amount is greater than unrefunded amount on charge")
        charge["amount_refunded"] += amount
        id_ = f"re_{secrets.token_hex(12)}"
        mine = {name[9:-1]: value for name, value in params.items() if name.startswith("metadata")}
        self.refunds[id_] = {
            "id": id_, "object": "refund", "amount": amount, "currency": charge["currency"], "charge": charge["id"],
            "payment_intent": payment["id"], "created": self.now, "metadata": mine, "status": "pending",
            "reason": None,
        }  # fmt: skip
        self._book("refund", self.refunds[id_], -amount, 0)
        return self.refunds[id_]

    def refund_by_hand(self, payment: str, amount: int) -> Json:
        """In the dashboard: as ours, without our marks, and done at once."""
        made = self._given_back({"payment_intent": payment, "amount": str(amount)})
        made["status"] = "succeeded"
        return made

    def dispute(self, payment: str) -> Json:
        """The payer's bank takes all of a payment back."""
        charge = self.charges[self.payments[payment]["latest_charge"]]
        made = {
            "id": f"du_{secrets.token_hex(12)}", "object": "dispute", "amount": charge["amount"],
            "currency": charge["currency"], "charge": charge["id"], "payment_intent": payment, "created": self.now,
            "reason": "fraudulent", "status": "needs_response",
        }  # fmt: skip
        self.disputes[made["id"]] = made
        self._book("adjustment", made, -charge["amount"], 1500)
        return made

    def win(self, dispute: Json) -> None:
        self._book("adjustment", dispute, dispute["amount"], 0)

    def bounce(self, refund: Json) -> None:
        """It did not reach its payer."""
        refund["status"] = "failed"
        self._book("refund_failure", refund, refund["amount"], 0)

    def _one_refund(self, request: Request, params: Json) -> Json:
        return self._found(request, self.refunds, "refund")

    def _refunds(self, request: Request, params: Json) -> Json:
        self._read(params, _LIST)
        found = [r for r in self.refunds.values() if r["payment_intent"] == params["payment_intent"]]
        return self._page(request, params, found)

    def _balance(self, request: Request, params: Json) -> Json:
        self._read(params, _LIST)
        low, high = int(params["created[gte]"]), int(params["created[lt]"])
        sources = self.charges | self.refunds | self.disputes
        found = [b | {"source": sources.get(b["source"])} for b in self.booked if low <= b["created"] < high]
        return self._page(request, params, found)

    def _book(self, kind: str, source: Json, amount: int, fee: int) -> str:
        id_ = f"txn_{secrets.token_hex(12)}"
        currency = self.settles_in or source["currency"]
        self.booked.append(
            {"id": id_, "object": "balance_transaction", "type": kind, "source": source["id"], "amount": amount,
             "fee": fee, "net": amount - fee, "currency": currency, "created": self.now}
        )  # fmt: skip
        return id_

    # -- what payers and banks do -----------------------------------------------------------------------------

    def _payment(self, session: Json) -> Json:
        if session["payment_intent"] is None:
            id_ = f"pi_{secrets.token_hex(12)}"
            self.payments[id_] = {
                "id": id_, "object": "payment_intent", "amount": session["amount_total"], "latest_charge": None,
                "currency": session["currency"], "metadata": dict(session["metadata"]), "last_payment_error": None,
                "status": "requires_payment_method",
            }  # fmt: skip
            session["payment_intent"] = id_
        return self.payments[session["payment_intent"]]

    def pay(self, id_: str, *, fee: int = 59) -> Json:
        """With a card: at once. Or what was on its way arrives."""
        session = self.sessions[id_]
        payment, charge = self._payment(session), f"ch_{secrets.token_hex(12)}"
        self.charges[charge] = {
            "id": charge, "object": "charge", "amount": payment["amount"], "amount_refunded": 0, "created": self.now,
            "currency": payment["currency"], "metadata": dict(payment["metadata"]), "payment_intent": payment["id"],
            "status": "succeeded",
        }  # fmt: skip
        self.charges[charge]["balance_transaction"] = self._book("charge", self.charges[charge], payment["amount"], fee)
        payment |= {"status": "succeeded", "latest_charge": charge, "amount_received": payment["amount"]}
        session |= {"status": "complete", "payment_status": "paid", "url": None}
        return session

    def decline(self, id_: str, code: str = "insufficient_funds") -> Json:
        """A card is refused; the page stays open."""
        payment = self._payment(self.sessions[id_])
        error = {"type": "card_error", "code": "card_declined", "decline_code": code, "message": "declined"}
        payment["last_payment_error"] = error
        return payment

    def promise(self, id_: str) -> Json:
        """With a way to pay that takes days."""
        session = self.sessions[id_]
        self._payment(session)["status"] = "processing"
        session |= {"status": "complete", "payment_status": "unpaid", "url": None}
        return session

    def break_promise(self, id_: str) -> Json:
        session = self.sessions[id_]
        self._payment(session)["status"] = "requires_payment_method"
        return session

    def expire(self, id_: str) -> Json:
        self.sessions[id_] |= {"status": "expired", "url": None}
        return self.sessions[id_]

    def event(self, kind: str, thing: Json, **changed: object) -> tuple[dict[str, str], bytes]:
        """Headers and body of a webhook."""
        event = {
            "id": f"evt_{secrets.token_hex(12)}", "object": "event", "api_version": "2026-10-28.endive",
            "created": self.now, "data": {"object": thing}, "livemode": False, "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None}, "type": kind,
        }  # fmt: skip
        body = json.dumps(event | changed, indent=2).encode()
        return signed(body, self.now), body

    def later(self, **passed: float) -> None:
        self.clock.at += timedelta(**passed)


def signed(body: bytes, stamp: int, secret: str = HOOK_SECRET) -> dict[str, str]:
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "stripe-signature": f"t={stamp},v1={made},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
    }
