"""Signatures have one form each."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, strategies as st

from adapters.sealed import unbase64


@given(st.binary(max_size=300))
def test_what_is_written_as_base64_is_read(raw: bytes) -> None:
    assert unbase64(base64.b64encode(raw).decode()) == raw


@pytest.mark.parametrize("letter", "BCDEFGHIJKLMNOP")
def test_spare_bits_make_no_second_form(letter: str) -> None:
    """256 bytes, an RSA signature's, leave four bits of the last letter unused."""
    written = base64.b64encode(bytes(256)).decode()
    changed = f"{written[:-3]}{letter}=="
    assert base64.b64decode(changed, validate=True) == bytes(256)
    with pytest.raises(ValueError, match="to spare"):
        unbase64(changed)


@pytest.mark.parametrize("text", ["A", "A===", "AA=", "A A=", "ÿA==", "AA==\n"])
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unbase64(text)
