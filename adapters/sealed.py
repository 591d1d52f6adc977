"""Signatures as they travel: base64, in the one form that each has.

Spare bits at the end of base64 let one signature be written in several ways. It would be as good in each, but what was
changed on its way shall be refused, whatever was changed.
"""

from __future__ import annotations

import base64


def unbase64(text: str) -> bytes:
    """``ValueError`` when it is no base64, or not written as base64 is."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("base64 with something to spare")
    return raw
