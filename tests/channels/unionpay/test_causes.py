"""The catalogue of what can stop a payment is well-formed, and knows every code that the adapter gives by itself."""

from __future__ import annotations

from adapters import http
from adapters.channels import unionpay
from tests.channels.catalogue import codes, given


def test_the_catalogue_knows_every_code_that_we_give_ourselves() -> None:
    known = codes(unionpay)
    assert len(known) >= 55
    assert given(unionpay, http) - known == {"http_"}  # and the status
