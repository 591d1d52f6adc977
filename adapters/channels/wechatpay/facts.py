"""What WeChat Pay says of orders and refunds → what it means to us. The same in answers and in notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any, Final

from adapters.channels.wechatpay.strict import moment, money, text
from bot.domain.model import IntentState, RefundState
from bot.ports import ChannelAnswer, ChargeFact, RefundAnswer, ReturnFact

BEIJING: Final = timezone(timedelta(hours=8))
"""WeChat Pay's own time."""
_STATES: Final = {
    "SUCCESS": IntentState.PAID,
    "REFUND": IntentState.PAID,  # paid, and (partly) refunded since
    "NOTPAY": IntentState.PENDING,
    "USERPAYING": IntentState.PENDING,
    "ACCEPT": IntentState.PENDING,
    "CLOSED": IntentState.CLOSED,
    "REVOKED": IntentState.CLOSED,
    "PAYERROR": IntentState.FAILED,
}
"""``trade_state``: https://pay.weixin.qq.com/doc/v3/merchant/4013070356"""
_REFUNDS: Final = {
    "SUCCESS": RefundState.REFUNDED,
    "PROCESSING": RefundState.PENDING,
    "CLOSED": RefundState.FAILED,
    "ABNORMAL": RefundState.FAILED,  # the payer's card takes nothing any more: the merchant must choose another way
}
"""``status`` of a refund, ``refund_status`` of a notice about one."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who we are to WeChat Pay."""

    mchid: str
    appid: str


def order(data: Mapping[str, Any], ours: Merchant) -> tuple[str, ChannelAnswer]:
    """Our id of the attempt, and what became of it. ``ValueError`` when it is not ours, or not whole."""
    if data.get("mchid") != ours.mchid or data.get("appid") != ours.appid:
        raise ValueError("not our merchant and app")
    said = text(data, "trade_state")
    state = _STATES.get(said)
    if state is None:
        raise ValueError("no such trade_state")
    number = text(data, "out_trade_no")
    if state is not IntentState.PAID:
        return number, ChannelAnswer(state, cause=said)
    reference = text(data, "transaction_id")
    charge = ChargeFact(reference, money(data, "total"), moment(data, "success_time"))
    return number, ChannelAnswer(state, reference=reference, charge=charge)


def refund(data: Mapping[str, Any], status: str) -> tuple[str, RefundAnswer]:
    """Our id of the refund, and what became of it; ``status`` is the name of the field that tells."""
    said = text(data, status)
    state = _REFUNDS.get(said)
    if state is None:
        raise ValueError(f"no such {status}")
    money(data, "refund")
    cause = "" if state in (RefundState.REFUNDED, RefundState.PENDING) else said
    return text(data, "out_refund_no"), RefundAnswer(state, reference=text(data, "refund_id"), cause=cause)


def returned(data: Mapping[str, Any]) -> ReturnFact | None:
    """What a notice about a refund says where the refund is none of ours (the merchant platform made it); None while it
    is not done."""
    if data.get("refund_status") != "SUCCESS":
        return None
    at = moment(data, "success_time")
    return ReturnFact(text(data, "transaction_id"), text(data, "refund_id"), money(data, "refund"), at)
