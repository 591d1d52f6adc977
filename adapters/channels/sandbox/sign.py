"""The sandbox's webhook signature: ``Sandbox-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>]``, each ``v1`` an
HMAC-SHA256 of ``<t>.<body>``. Several signatures allow the secret to be changed without a gap."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.ports import Unverified

HEADER: Final = "sandbox-signature"
TOLERANCE: Final = 300
"""Seconds that the stamp may be off, to either side."""


def sign(body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers for ``body``."""
    stamp = int(now.timestamp())
    marks = ",".join(f"v1={_mark(secret, stamp, body)}" for secret in secrets)
    return {HEADER: f"t={stamp},{marks}"}


def check(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """``Unverified`` unless some signature is right and the stamp is fresh."""
    given = {k.lower(): v for k, v in headers.items()}.get(HEADER, "")
    parts = [part.partition("=")[::2] for part in given.split(",")]
    stamps = [v for k, v in parts if k == "t" and v.isascii() and v.isdigit() and len(v) < 12]
    marks = [v for k, v in parts if k == "v1"]
    if len(stamps) != 1 or not marks:
        raise Unverified("no signature")
    age = int(now.timestamp()) - int(stamps[0])
    if age > TOLERANCE:
        raise Unverified("too old")
    if age < -TOLERANCE:
        raise Unverified("from the future")
    wanted = [_mark(secret, int(stamps[0]), body).encode() for secret in secrets]
    given_marks = [mark.encode("utf-8", "replace") for mark in marks]
    if not any(hmac.compare_digest(w, g) for w in wanted for g in given_marks):
        raise Unverified("wrong signature")


def _mark(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
