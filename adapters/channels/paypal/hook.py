"""A webhook's bytes → what it means for us. The signature was checked before (``sign``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from adapters.channels.paypal.amounts import from_paypal
from adapters.channels.paypal.answers import (
    Json,
    capture_of,
    captured,
    instant,
    intent_of,
    obj,
    refund_of,
    refunded,
    text,
    unit,
)
from bot.domain.model import RefundState
from bot.ports import HookEvent, ReturnFact, Unverified


def _refuse(number: str) -> Any:
    raise Unverified(f"{number[:20]} is no integer")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """No key twice: two readers might not take the same one."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unverified("a key twice")
    return made


def events(body: bytes, *, merchant: str) -> Sequence[HookEvent]:
    """``merchant`` is the id of the account that gets the money, empty when any will do."""
    try:
        event = json.loads(body, parse_constant=_refuse, object_pairs_hook=_unique)
        kind, id_ = obj(event).get("event_type"), text(obj(event).get("id"))
        if not isinstance(kind, str):
            raise Unverified("no event")
        read = _KINDS.get(kind)
        if read is None:
            return ()
        resource = obj(event.get("resource"))
        payee = resource.get("payee") or {}
        if merchant and obj(payee).get("merchant_id", merchant) != merchant:
            raise Unverified("another account")
        return read(id_, resource)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise Unverified("not the shape of an event") from error


def _approved(id_: str, order: Json) -> Sequence[HookEvent]:
    """The payer's word is no money: the attempt is asked about at once, and asking takes the money."""
    intent = intent_of(unit(order))
    return (HookEvent(id_, intent, moved=True),) if intent else ()


def _capture(id_: str, capture: Json) -> Sequence[HookEvent]:
    intent = intent_of(capture)
    related = obj(obj(capture.get("supplementary_data") or {}).get("related_ids") or {})
    order = text(related["order_id"]) if "order_id" in related else ""
    return (HookEvent(id_, intent, captured(capture, order)),) if intent else ()


def _refund(id_: str, refund: Json) -> Sequence[HookEvent]:
    """Without our mark it was made on PayPal's pages."""
    mine, intent = refund_of(refund)
    if mine:
        return (HookEvent(id_, intent, refund=mine, refunded=refunded(refund)),)
    return _elsewhere(id_, refund, "refund")


def _reversal(id_: str, refund: Json) -> Sequence[HookEvent]:
    """PayPal took it back: a dispute, or the payer's bank."""
    return _elsewhere(id_, refund, "dispute")


def _elsewhere(id_: str, refund: Json, kind: Literal["refund", "dispute"]) -> Sequence[HookEvent]:
    said, capture = refunded(refund), capture_of(refund)
    if said.state is RefundState.PENDING or not capture:
        return ()
    amount = from_paypal(refund.get("amount"))
    if amount.minor < 1:
        raise ValueError("nothing went back")
    at, undone = instant(refund.get("create_time")), said.state is RefundState.FAILED
    return (HookEvent(id_, "", returned=ReturnFact(capture, said.reference, amount, at, kind, undone=undone)),)


_LOST: Final = frozenset({"RESOLVED_BUYER_FAVOUR", "ACCEPTED"})
"""Outcomes of a dispute that leave the money with the payer; after any other it is here again, or here still."""


def _dispute(id_: str, dispute: Json) -> Sequence[HookEvent]:
    """PayPal holds the money of a case, and moves nothing while payer and payee only talk (stage INQUIRY):
    developer.paypal.com/docs/api/customer-disputes/v1."""
    outcome = obj(dispute.get("dispute_outcome") or {}).get("outcome_code")
    paid = dispute.get("disputed_transactions")
    talking = outcome is None and dispute.get("dispute_life_cycle_stage") == "INQUIRY"
    if talking or not isinstance(paid, list) or len(paid) != 1:
        return ()
    capture, number = text(obj(paid[0]).get("seller_transaction_id")), text(dispute.get("dispute_id"))
    amount, at = from_paypal(dispute.get("dispute_amount")), instant(dispute.get("create_time"))
    if amount.minor < 1:
        raise ValueError("nothing is disputed")
    undone = outcome is not None and outcome not in _LOST
    return (HookEvent(id_, "", returned=ReturnFact(capture, number, amount, at, "dispute", undone=undone)),)


_KINDS: Final[Mapping[str, Callable[[str, Json], Sequence[HookEvent]]]] = {
    "CHECKOUT.ORDER.APPROVED": _approved,
    "PAYMENT.CAPTURE.COMPLETED": _capture,
    "PAYMENT.CAPTURE.PENDING": _capture,
    "PAYMENT.CAPTURE.DENIED": _capture,
    "PAYMENT.CAPTURE.DECLINED": _capture,
    "PAYMENT.CAPTURE.REFUNDED": _refund,
    "PAYMENT.CAPTURE.REVERSED": _reversal,
    "PAYMENT.REFUND.PENDING": _refund,
    "PAYMENT.REFUND.FAILED": _refund,
    "CUSTOMER.DISPUTE.CREATED": _dispute,
    "CUSTOMER.DISPUTE.UPDATED": _dispute,
    "CUSTOMER.DISPUTE.RESOLVED": _dispute,
}
