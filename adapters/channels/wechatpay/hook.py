"""Notices of WeChat Pay: bytes → what happened. Nothing is believed before the signature over the bytes is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from adapters.channels.wechatpay import facts, strict
from adapters.channels.wechatpay.facts import Merchant
from adapters.channels.wechatpay.sign import PublicKey, Suite, check, unsealed
from bot.ports import HookEvent, Unverified


def read(
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    *,
    suite: Suite,
    find: Callable[[str], PublicKey | None],
    ours: Merchant,
) -> Sequence[HookEvent]:
    """One event, or none when it is of a kind that says nothing about payments or refunds."""
    check(headers, body, suite, find, now)
    try:
        notice = strict.read(body)
        number, kind = strict.text(notice, "id"), strict.text(notice, "event_type")
        if strict.text(notice, "resource_type") != "encrypt-resource":
            raise Unverified("not sealed")
        inside = strict.read(unsealed(strict.part(notice, "resource"), suite))
        return _events(number, kind, inside, ours)
    except ValueError as error:
        raise Unverified(str(error)) from error


def _events(number: str, kind: str, inside: Mapping[str, object], ours: Merchant) -> Sequence[HookEvent]:
    if kind.startswith("TRANSACTION."):
        intent, answer = facts.order(inside, ours)
        return (HookEvent(number, intent, answer),)
    if kind.startswith("REFUND."):
        if inside.get("mchid") != ours.mchid:
            raise ValueError("not our merchant")
        refund, refunded = facts.refund(inside, "refund_status")
        intent = strict.text(inside, "out_trade_no")
        return (HookEvent(number, intent, refund=refund, refunded=refunded, returned=facts.returned(inside)),)
    return ()
