"""A page of PayPal's transaction search → lines of a statement. Event codes: T00xx payments, T1107 a refund of ours,
T1106 a reversal by PayPal, T1201 a chargeback (developer.paypal.com/docs/transaction-search/transaction-event-codes).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from adapters.channels.paypal.amounts import from_paypal
from adapters.channels.paypal.answers import Json, instant, intent_of, obj, refund_of, text
from bot.domain.money import Money
from bot.ports import Settling, StatementLine

SETTLING: Final = Settling(ready=timedelta(hours=4))
"""Days are asked for in UTC; a transaction takes up to three hours to be listed
(developer.paypal.com/docs/api/transaction-search/v1)."""
_BACK: Final[dict[str, Literal["refund", "dispute"]]] = {"T1106": "dispute", "T1107": "refund", "T1201": "dispute"}


def line(detail: object) -> StatementLine | None:
    """None for what is neither money of a payer nor on its way back to one, or is not done (yet)."""
    told: Json = obj(obj(detail).get("transaction_info"))
    code, amount = told.get("transaction_event_code"), from_paypal(told.get("transaction_amount"))
    if told.get("transaction_status") not in ("S", "V") or not isinstance(code, str):
        return None
    reference, at = text(told.get("transaction_id")), instant(told.get("transaction_initiation_date"))
    mark: Json = {"custom_id": told.get("custom_field")}
    if code in _BACK and amount.minor < 0:
        back = Money(-amount.minor, amount.currency)
        of = text(told.get("paypal_reference_id")) if told.get("paypal_reference_id_type") == "TXN" else ""
        return StatementLine(_BACK[code], reference, refund_of(mark)[0], back, at, charge=of)
    if code.startswith("T00") and amount.minor > 0:
        kept = from_paypal(told["fee_amount"]) if told.get("fee_amount") else None
        fee = Money(-kept.minor, kept.currency) if kept is not None and kept.currency == amount.currency else None
        return StatementLine("charge", reference, intent_of(mark), amount, at, fee)
    return None
