"""PayPal's orders, captures and refunds → answers of the port. The same reading serves webhooks and questions.

Everything here takes plain JSON and raises ``ValueError`` for what is not of the documented shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.channels.paypal.amounts import from_paypal
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money
from bot.ports import ChannelAnswer, ChargeFact, RefundAnswer

Json = Mapping[str, Any]

APPROVE_WITHIN: Final = timedelta(hours=3)
"""How long an order waits for its payer (developer.paypal.com/docs/api/orders/v2)."""
_OURS: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_THEIRS: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_CAPTURE: Final = re.compile(r"/v2/payments/captures/([A-Za-z0-9_-]{1,100})\Z")
_CAPTURED: Final = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_REFUNDS: Final = {
    "COMPLETED": RefundState.REFUNDED,
    "PENDING": RefundState.PENDING,
    "FAILED": RefundState.FAILED,
    "CANCELLED": RefundState.FAILED,
}


def obj(value: object) -> Json:
    if not isinstance(value, Mapping):
        raise ValueError("no object")
    return value


def text(value: object) -> str:
    """An id or a code of PayPal's."""
    if not isinstance(value, str) or not _THEIRS.fullmatch(value):
        raise ValueError("no id")
    return value


def instant(value: object) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) and len(value) < 40 else None
    if at is None or at.tzinfo is None:
        raise ValueError("no time")
    return at.astimezone(UTC)


def unit(order: Json) -> Json:
    """An order's only purchase unit."""
    units = order.get("purchase_units")
    if not isinstance(units, list) or len(units) != 1:
        raise ValueError("one purchase unit is expected")
    return obj(units[0])


def intent_of(thing: Json) -> str:
    """Our id of the attempt; empty where it is none of ours (the account may sell other things too)."""
    found = thing.get("custom_id")
    return found if isinstance(found, str) and _OURS.fullmatch(found) else ""


def refund_mark(refund: str, intent: str | None) -> str:
    """What a refund carries as its ``custom_id``: both ids."""
    return f"{refund}.{intent or ''}"


def refund_of(thing: Json) -> tuple[str, str]:
    """Our ids of a refund and of its attempt; both empty where it is none of ours."""
    found = thing.get("custom_id")
    refund, point, intent = found.partition(".") if isinstance(found, str) else ("", "", "")
    return (
        (refund, intent)
        if point and _OURS.fullmatch(refund) and re.fullmatch(r"[A-Za-z0-9_-]{0,64}", intent)
        else ("", "")
    )


def capture_of(refund: Json) -> str:
    """The capture that a refund is of: the link ``up`` leads to it. Empty where there is none."""
    links = refund.get("links")
    for one in links if isinstance(links, list) else ():
        where = one.get("href") if isinstance(one, Mapping) and one.get("rel") == "up" else None
        if isinstance(where, str) and (found := _CAPTURE.search(where)):
            return found[1]
    return ""


def link(thing: Json, *names: str) -> dict[str, str]:
    """The next action of the payer: the first link of one of these names."""
    links = thing.get("links")
    found = (
        {str(one.get("rel")): one.get("href") for one in links if isinstance(one, dict)}
        if isinstance(links, list)
        else {}
    )
    for name in names:
        if isinstance(where := found.get(name), str) and where.startswith("https://"):
            return {"kind": "redirect", "url": where}
    return {}


def waiting(order: Json, *, cause: str = "") -> ChannelAnswer:
    """An order that its payer has not approved (or not to PayPal's content)."""
    made = order.get("create_time")
    return ChannelAnswer(
        IntentState.PENDING,
        text(order.get("id")),
        link(order, "payer-action", "approve"),
        cause,
        expires_at=instant(made) + APPROVE_WITHIN if made is not None else None,
    )


def completed(order: Json) -> ChannelAnswer:
    """An order that was captured: what became of the capture."""
    captures = obj(unit(order).get("payments")).get("captures")
    if not isinstance(captures, list) or not captures:
        raise ValueError("no capture")
    return captured(obj(captures[-1]), text(order.get("id")))


def captured(capture: Json, reference: str) -> ChannelAnswer:
    """``reference`` is the order's id."""
    status, why = capture.get("status"), obj(capture.get("status_details") or {}).get("reason")
    if status in _CAPTURED:
        amount = from_paypal(capture.get("amount"))
        if amount.minor < 1:
            raise ValueError("nothing was paid")
        charge = ChargeFact(text(capture.get("id")), amount, instant(capture.get("create_time")), _fee(capture, amount))
        return ChannelAnswer(IntentState.PAID, reference, charge=charge)
    if status == "PENDING":
        return ChannelAnswer(IntentState.PENDING, reference, cause=text(why or "CAPTURE_PENDING"))
    if status in ("DECLINED", "FAILED"):
        return ChannelAnswer(IntentState.FAILED, reference, cause=text(why or f"CAPTURE_{status}"))
    raise ValueError("no such status")


def _fee(capture: Json, amount: Money) -> Money | None:
    told = capture.get("seller_receivable_breakdown")
    kept = told.get("paypal_fee") if isinstance(told, Mapping) else None
    if not isinstance(kept, Mapping) or kept.get("currency_code") != amount.currency:
        return None
    return from_paypal(kept)


def refunded(refund: Json) -> RefundAnswer:
    state = _REFUNDS.get(str(refund.get("status")))
    if state is None:
        raise ValueError("no refund")
    why = obj(refund.get("status_details") or {}).get("reason")
    failed = f"REFUND_{refund.get('status')}" if state is RefundState.FAILED else ""
    return RefundAnswer(state, text(refund.get("id")), text(why) if why else failed)
