"""A webhook's bytes → what it means for us. The signature was checked before (``sign``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal

from adapters.channels.stripe.amounts import from_stripe
from adapters.channels.stripe.answers import INTENT, REFUND, Json, checkout, instant, obj, ours, refunded, text, trouble
from bot.domain.model import IntentState, RefundState
from bot.ports import ChannelAnswer, HookEvent, ReturnFact, Unverified


def _refuse(number: str) -> Any:
    raise Unverified(f"{number[:20]} is no integer")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """No key twice: two readers might not take the same one."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unverified("a key twice")
    return made


def events(body: bytes, *, live: bool, account: str) -> Sequence[HookEvent]:
    """``account`` is the connected account that we act for, empty for our own."""
    try:
        event = json.loads(body, parse_constant=_refuse, object_pairs_hook=_unique)
        if not isinstance(event, dict) or event.get("object") != "event":
            raise Unverified("no event")
        if event.get("livemode") is not live:
            raise Unverified("the other mode: test and live events do not mix")
        if (event.get("account") or "") != account:
            raise Unverified("another account")
        read = _KINDS.get(str(event.get("type")))
        return () if read is None else read(text(event.get("id")), event, obj(obj(event.get("data")).get("object")))
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise Unverified("not the shape of an event") from error


def _session(id_: str, event: Json, session: Json) -> Sequence[HookEvent]:
    intent = ours(session, INTENT)
    if not intent:
        return ()
    if session.get("client_reference_id") != intent:
        raise Unverified("two orders in one event")
    answer = checkout(session, paid_at=instant(event.get("created")))
    return (HookEvent(id_, intent, answer),)


def _failed_later(id_: str, event: Json, session: Json) -> Sequence[HookEvent]:
    """A way to pay that takes days was taken, and the money did not come."""
    failed = ChannelAnswer(IntentState.FAILED, text(session.get("id")), cause="async_payment_failed")
    return tuple(HookEvent(id_, found.intent, failed) for found in _session(id_, event, session))


def _declined(id_: str, event: Json, payment: Json) -> Sequence[HookEvent]:
    """One try on Stripe's page failed; the page lets the payer try again."""
    intent, cause = ours(payment, INTENT), trouble(payment)
    return (HookEvent(id_, intent, ChannelAnswer(IntentState.PENDING, cause=cause)),) if intent and cause else ()


def _refund(id_: str, event: Json, refund: Json) -> Sequence[HookEvent]:
    """Without our mark it was made in Stripe's dashboard."""
    intent, mine, said = ours(refund, INTENT), ours(refund, REFUND), refunded(refund)
    if mine:
        return (HookEvent(id_, intent, refund=mine, refunded=said),)
    if said.state is RefundState.PENDING or refund.get("payment_intent") is None:
        return ()
    return (HookEvent(id_, intent, returned=_return(refund, undone=said.state is RefundState.FAILED)),)


def _disputed(id_: str, event: Json, dispute: Json, *, undone: bool = False) -> Sequence[HookEvent]:
    """The payer's bank took the money, or gave it back. (A dispute that moves none is not told of.)"""
    if dispute.get("object") != "dispute":
        raise ValueError("no dispute")
    if dispute.get("payment_intent") is None:
        return ()
    return (HookEvent(id_, "", returned=_return(dispute, undone=undone, kind="dispute")),)


def _return(moved: Json, *, undone: bool, kind: Literal["refund", "dispute"] = "refund") -> ReturnFact:
    amount = from_stripe(moved.get("amount"), moved.get("currency"))
    if amount.minor < 1:
        raise ValueError("nothing went back")
    charge, reference = text(moved.get("payment_intent")), text(moved.get("id"))
    return ReturnFact(charge, reference, amount, instant(moved.get("created")), kind, undone=undone)


def _charge_refunded(id_: str, event: Json, charge: Json) -> Sequence[HookEvent]:
    """Accounts on an old API version hear of refunds in this way alone: with the list of them."""
    listed = obj(charge.get("refunds") or {}).get("data") or []
    found: list[HookEvent] = []
    for refund in listed:
        found += _refund(f"{id_}:{text(obj(refund).get('id'))}", event, refund)
    return found


_KINDS: Final[Mapping[str, Callable[[str, Json, Json], Sequence[HookEvent]]]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _failed_later,
    "checkout.session.expired": _session,
    "payment_intent.payment_failed": _declined,
    "charge.refunded": _charge_refunded,
    "charge.refund.updated": _refund,
    "charge.dispute.funds_withdrawn": _disputed,
    "charge.dispute.funds_reinstated": partial(_disputed, undone=True),
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
}
KINDS: Final = tuple(_KINDS)
"""What the endpoint must be told about; of other kinds nothing is to be learnt."""
