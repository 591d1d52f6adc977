"""Stripe's webhook signature: ``Stripe-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>]``, each ``v1`` an HMAC-SHA256 of
``<t>.<body>`` under one of the endpoint's secrets (docs.stripe.com/webhooks#verify-manually). Other schemes (``v0``)
are ignored: they sign test events and are no proof."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.ports import Unverified

HEADER: Final = "stripe-signature"
TOLERANCE: Final = 300
"""Seconds that the stamp may be off. To both sides: stripe-python looks at the past alone."""
MOST_MARKS: Final = 16


def mark(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def check(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """``Unverified`` unless some signature is right under some secret and the stamp is fresh."""
    parts = [part.partition("=")[::2] for part in headers.get(HEADER, "").split(",")]
    stamps = [value for key, value in parts if key == "t"]
    marks = [value.encode("utf-8", "replace") for key, value in parts if key == "v1"]
    if len(stamps) != 1 or not _is_stamp(stamps[0]) or not marks or len(marks) > MOST_MARKS:
        raise Unverified("no signature")
    stamp = int(stamps[0])
    wanted = [mark(secret, stamp, body).encode() for secret in secrets]
    if not any(hmac.compare_digest(ours, theirs) for ours in wanted for theirs in marks):
        raise Unverified("wrong signature")
    age = int(now.timestamp()) - stamp
    if abs(age) > TOLERANCE:
        raise Unverified("too old" if age > 0 else "from the future")


def _is_stamp(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12 and (text == "0" or not text.startswith("0"))
