"""PayPal's webhook signature: SHA256withRSA over ``<transmission id>|<time>|<webhook id>|<crc32 of the body>``
(developer.paypal.com/api/rest/webhooks/rest). The certificate comes from an address in the headers; which ones are
believed is said in ``certificates``."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from adapters.sealed import unbase64
from bot.ports import Unverified

ALGORITHM: Final = "SHA256withRSA"
CERTIFICATE: Final = "paypal-cert-url"
OLDEST: Final = timedelta(days=3, hours=1)
"""PayPal repeats a transmission for three days under its first time; what was heard already is dropped by its id."""
AHEAD: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Transmission:
    """The headers of one webhook."""

    id: str
    time: str
    signature: bytes
    certificate: str
    """Where its certificate lies."""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Transmission:
        words = [headers.get(f"paypal-transmission-{name}", "") for name in ("id", "time", "sig")]
        address = headers.get(CERTIFICATE, "")
        if headers.get("paypal-auth-algo") != ALGORITHM:
            raise Unverified("another algorithm")
        if not all(word and word.isascii() and len(word) <= 1000 and "|" not in word for word in (*words, address)):
            raise Unverified("no signature")
        try:
            signature = unbase64(words[2])
        except ValueError as error:
            raise Unverified("no signature") from error
        return cls(words[0], words[1], signature, address)

    def fresh(self, now: datetime) -> None:
        """``Unverified`` unless it is of the last three days."""
        try:
            sent = datetime.fromisoformat(self.time)
        except ValueError as error:
            raise Unverified("no time") from error
        if sent.tzinfo is None:
            raise Unverified("no time")
        age = now - sent.astimezone(UTC)
        if age > OLDEST or age < -AHEAD:
            raise Unverified("too old" if age > OLDEST else "from the future")

    def signed(self, webhook_id: str, body: bytes) -> bytes:
        return f"{self.id}|{self.time}|{webhook_id}|{zlib.crc32(body)}".encode()

    def check(self, key: RSAPublicKey, webhook_id: str, body: bytes) -> None:
        """``Unverified`` unless ``key`` signed ``body`` for the webhook of that id."""
        try:
            key.verify(self.signature, self.signed(webhook_id, body), PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise Unverified("wrong signature") from error
