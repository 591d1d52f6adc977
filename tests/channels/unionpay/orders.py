"""What the make-believe UnionPay knows: orders by number and time, refunds, notices."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import quote_plus

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from bot.ports import Clock
from tests.channels.unionpay.keys import MER_ID, UNIONPAY, certificate, key, pem

BEIJING = timezone(timedelta(hours=8))


@dataclass(slots=True)
class Transaction:
    """A payment or a refund. ``code`` is 05 while it runs."""

    fields: dict[str, str]
    query_id: str
    trace_time: str
    code: str = "05"
    back: int = 0

    @property
    def amount(self) -> int:
        return int(self.fields["txnAmt"])


def signed(
    fields: Mapping[str, str], charset: str = "utf-8", *, by: x509.Certificate | None = None, whose: str = ""
) -> dict[str, str]:
    """With UnionPay's key and certificate, or with another's."""
    own = by or certificate(UNIONPAY, "CFCA OCA1")
    named = {k: v for k, v in fields.items() if v} | {"signPubKeyCert": pem(own).decode().strip()}
    content = "&".join(f"{k}={v}" for k, v in sorted(named.items()))
    digest = hashlib.sha256(content.encode(charset)).hexdigest().encode()
    mark = key(whose or UNIONPAY).sign(digest, PKCS1v15(), hashes.SHA256())
    return named | {"signature": base64.b64encode(mark).decode()}


def form(fields: Mapping[str, str], charset: str = "utf-8") -> bytes:
    return "&".join(f"{k}={quote_plus(v.encode(charset))}" for k, v in fields.items()).encode()


class Orders:
    """``found`` by number and time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.found: dict[tuple[str, str], Transaction] = {}

    def _now(self) -> datetime:
        return self._clock.now().astimezone(BEIJING)

    def taken_in(self, fields: dict[str, str]) -> Transaction:
        number = f"{int(fields['txnTime']):014}{len(self.found) + 1:07}"
        made = Transaction(fields, number, self._now().strftime("%m%d%H%M%S"))
        self.found[fields["orderId"], fields["txnTime"]] = made
        return made

    def of(self, order: str) -> Transaction:
        return next(t for (number, _), t in self.found.items() if number == order)

    def end(self, order: str, code: str = "00") -> Transaction:
        """The payer has paid, or could not; a refund was carried out, or not. After the time nothing is taken."""
        one = self.of(order)
        if one.fields.get("payTimeout", "9") > self._now().strftime("%Y%m%d%H%M%S"):
            one.code, one.trace_time = code, self._now().strftime("%m%d%H%M%S")
        return one

    def told(self, one: Transaction) -> dict[str, str]:
        """What answers and notices say of a transaction."""
        kept = ("orderId", "txnTime", "txnAmt", "txnType", "txnSubType", "bizType", "reqReserved", "origQryId")
        return {name: one.fields[name] for name in kept if name in one.fields} | {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "accessType": "0",
            "merId": MER_ID,
            "currencyCode": "156",
            "queryId": one.query_id,
            "traceNo": one.query_id[-6:],
            "traceTime": one.trace_time,
            "settleAmt": one.fields["txnAmt"],
            "settleCurrencyCode": "156",
            "settleDate": one.trace_time[:4],
            "customerInfo": "{phoneNo=138****0000&customerNm=**}",
        }

    def notice(self, order: str, *, charset: str = "utf-8", **changed: str) -> bytes:
        """A signed back notice. ``changed`` fields are signed too; an empty one is left out."""
        one = self.of(order)
        said = {
            "respCode": one.code,
            "respMsg": "成功[0000000]",
            "encoding": charset.upper(),
            "accNo": "6221********0000",
        }
        return form(signed(self.told(one) | said | changed, charset), charset)
