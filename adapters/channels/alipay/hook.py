"""Asynchronous notices: a form, signed over its fields as they stand, in UTF-8 or GBK.

Trade notices are signed without ``sign_type``, those of other services with it: both are tried
(https://docs.open.alipay.com/270/105902). The signed text does not say where one field ends, so a value in which
another field is hidden is refused: whoever chooses a title could otherwise move money about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from adapters.channels.alipay.sign import Keys
from adapters.channels.alipay.yuan import CNY, money_of, time_of
from bot.domain.model import IntentState, RefundState
from bot.ports import ChannelAnswer, ChargeFact, HookEvent, RefundAnswer, ReturnFact, Unverified

MOST_FIELDS: Final = 100
_CHARSETS: Final = {"utf-8": "utf-8", "gbk": "gbk", "gb2312": "gbk"}
_HIDDEN: Final = re.compile(rb"&[A-Za-z_]\w*=")
_NAME: Final = re.compile(rb"[A-Za-z_]\w{0,63}")
_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_PAID: Final = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})


def read(body: bytes, keys: Keys, *, app_id: str, seller_id: str) -> Sequence[HookEvent]:
    """What a notice says of a payment or a refund; nothing for kinds that say neither. ``Unverified`` for what is not
    Alipay's or not for us."""
    fields = _verified(_fields(body), keys)
    if fields.get("app_id") != app_id:
        raise Unverified("for another app")
    if fields.get("notify_type") != "trade_status_sync":
        return ()
    if fields.get("seller_id") != seller_id:
        raise Unverified("for another seller")
    if fields.get("trans_currency", CNY) != CNY:
        raise Unverified("in another currency")
    try:
        return _events(fields)
    except (KeyError, ValueError) as error:
        raise Unverified("not the shape of a trade notice") from error


def _returned(fields: Mapping[str, str], refund: str) -> ReturnFact | None:
    """``refund_fee`` is all that has gone back of the trade so far, ``gmt_refund`` has thousandths
    (https://docs.open.alipay.com/270/105902)."""
    if "refund_fee" not in fields:
        return None
    amount, at = money_of(fields["refund_fee"]), time_of(fields["gmt_refund"][:19])
    if amount.minor < 1:
        raise ValueError("nothing went back")
    return ReturnFact(fields["trade_no"], refund or fields["notify_id"], amount, at, total=True)


def _fields(body: bytes) -> dict[bytes, bytes]:
    """The form as bytes: what is signed are bytes, whatever they are encoded in."""
    pairs = [part.replace(b"+", b" ").partition(b"=") for part in body.split(b"&", MOST_FIELDS)]
    fields = {unquote_to_bytes(name): unquote_to_bytes(value) for name, _, value in pairs}
    if len(fields) != len(pairs) or len(pairs) > MOST_FIELDS or not all(_NAME.fullmatch(name) for name in fields):
        raise Unverified("no form")
    if any(_HIDDEN.search(value) for value in fields.values()):
        raise Unverified("a field is hidden in another")
    return fields


def _verified(fields: dict[bytes, bytes], keys: Keys) -> Mapping[str, str]:
    signature, kind = fields.pop(b"sign", b""), fields.get(b"sign_type", b"RSA2")
    if not signature or kind != b"RSA2":
        raise Unverified("no signature of the kind RSA2")
    given = signature.decode("ascii", "replace")
    bare = {name: value for name, value in fields.items() if name != b"sign_type"}
    if not keys.verify(_content(bare), given) and not keys.verify(_content(fields), given):
        raise Unverified("wrong signature")
    charset = _CHARSETS.get(fields.get(b"charset", b"utf-8").decode("ascii", "replace").lower())
    if charset is None:
        raise Unverified("no charset that is known")
    try:
        return {name.decode(): value.decode(charset) for name, value in fields.items()}
    except UnicodeDecodeError as error:
        raise Unverified("not in the charset it names") from error


def _content(fields: Mapping[bytes, bytes]) -> bytes:
    return b"&".join(name + b"=" + value for name, value in sorted(fields.items()))


def _events(fields: Mapping[str, str]) -> Sequence[HookEvent]:
    intent, trade, status = fields["out_trade_no"], fields["trade_no"], fields["trade_status"]
    if not _NUMBER.fullmatch(intent) or not _NUMBER.fullmatch(trade):
        raise ValueError("no number")
    event = fields["notify_id"]
    if not _NUMBER.fullmatch(event):
        raise ValueError("no number")
    if "gmt_refund" in fields:
        refund = fields.get("out_biz_no", "")
        refund = refund if _NUMBER.fullmatch(refund) else ""
        refunded = RefundAnswer(RefundState.REFUNDED, refund) if refund else None
        return (HookEvent(event, intent, refund=refund, refunded=refunded, returned=_returned(fields, refund)),)
    if status in _PAID:
        amount = money_of(fields["total_amount"])
        if amount.minor < 1:
            raise ValueError("nothing was paid")
        charge = ChargeFact(trade, amount, time_of(fields["gmt_payment"]))
        return (HookEvent(event, intent, ChannelAnswer(IntentState.PAID, reference=trade, charge=charge)),)
    if status == "TRADE_CLOSED":
        return (HookEvent(event, intent, ChannelAnswer(IntentState.CLOSED, reference=trade, cause=status)),)
    if status == "WAIT_BUYER_PAY":
        return ()
    raise ValueError("no such state")
