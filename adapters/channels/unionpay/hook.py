"""Back notices: a form, signed as answers are. Of payments only success is told, of refunds the end either way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import unquote_to_bytes

from adapters.channels.unionpay.sign import Forged, Keys
from adapters.channels.unionpay.wire import DONE, UNCLEAR
from adapters.channels.unionpay.words import CURRENCY, money_of, time_near, time_of
from bot.domain.model import IntentState, RefundState
from bot.ports import ChannelAnswer, ChargeFact, HookEvent, RefundAnswer, ReturnFact, Unverified

MOST_FIELDS: Final = 100
_CHARSETS: Final = {"utf-8": "utf-8", "gbk": "gbk"}
_GROUP: Final = re.compile(rb"\{[^}]*\}")
_HIDDEN: Final = re.compile(rb"&[A-Za-z_]\w*=|\{")
"""What no value holds outside of a group such as ``{phoneNo=1&certifId=2}``: another field, or half a group."""
_NAME: Final = re.compile(rb"[A-Za-z_]\w{0,63}")
_ORDER: Final = re.compile(r"[A-Za-z0-9]{8,40}", re.ASCII)
QUERY_ID: Final = re.compile(r"\d{21}", re.ASCII)


def read(body: bytes, keys: Keys, now: datetime, *, mer_id: str) -> Sequence[HookEvent]:
    """What a notice says. ``Unverified`` for what is not UnionPay's or not for us."""
    fields = _fields(body)
    try:
        keys.check(fields, now)
    except Forged as error:
        raise Unverified(str(error)) from error
    if fields.get("merId") != mer_id:
        raise Unverified("for another merchant")
    if fields.get("currencyCode", CURRENCY) != CURRENCY:
        raise Unverified("in another currency")
    try:
        return _events(fields)
    except (KeyError, ValueError) as error:
        raise Unverified("not the shape of a notice") from error


def charge_of(fields: Mapping[str, str]) -> ChargeFact:
    """Money that arrived, from a notice or an answer. ``KeyError`` or ``ValueError`` for what tells of none."""
    amount = money_of(fields["txnAmt"])
    if amount.minor < 1 or not QUERY_ID.fullmatch(fields["queryId"]):
        raise ValueError("nothing was paid")
    ordered = time_of(fields["txnTime"])
    return ChargeFact(fields["queryId"], amount, time_near(fields["traceTime"], ordered))


def _events(fields: Mapping[str, str]) -> Sequence[HookEvent]:
    order, code, kind, event = fields["orderId"], fields["respCode"], fields["txnType"], fields["queryId"]
    if not _ORDER.fullmatch(order) or not QUERY_ID.fullmatch(event):
        raise ValueError("no number")
    if kind == "01" and code in DONE:
        charge = charge_of(fields)
        return (HookEvent(event, order, ChannelAnswer(IntentState.PAID, reference=charge.reference, charge=charge)),)
    if kind == "04" and code not in UNCLEAR:
        state = RefundState.REFUNDED if code in DONE else RefundState.FAILED
        refunded = RefundAnswer(state, event, cause="" if code in DONE else code)
        returned = _returned(fields) if code in DONE and "origQryId" in fields else None
        return (HookEvent(event, fields.get("reqReserved", ""), refund=order, refunded=refunded, returned=returned),)
    return ()


def _returned(fields: Mapping[str, str]) -> ReturnFact:
    """A refund that may be none of ours: ``origQryId`` is the payment that it is of."""
    if not QUERY_ID.fullmatch(fields["origQryId"]):
        raise ValueError("no number")
    at = time_near(fields["traceTime"], time_of(fields["txnTime"]))
    return ReturnFact(fields["origQryId"], fields["queryId"], money_of(fields["txnAmt"]), at)


def _fields(body: bytes) -> dict[str, str]:
    pairs = [part.replace(b"+", b" ").partition(b"=") for part in body.split(b"&", MOST_FIELDS)]
    raw = {unquote_to_bytes(name): unquote_to_bytes(value) for name, _, value in pairs}
    if len(raw) != len(pairs) or len(pairs) > MOST_FIELDS or not all(_NAME.fullmatch(name) for name in raw):
        raise Unverified("no form")
    if any(_HIDDEN.search(_GROUP.sub(b"", value)) for value in raw.values()):
        raise Unverified("a field is hidden in another")
    charset = _CHARSETS.get(raw.get(b"encoding", b"").decode("ascii", "replace").lower())
    if charset is None:
        raise Unverified("no charset that is known")
    try:
        return {name.decode(): value.decode(charset) for name, value in raw.items()}
    except UnicodeDecodeError as error:
        raise Unverified("not in the charset it names") from error
