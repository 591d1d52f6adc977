"""The catalogue of what can stop a payment is well-formed, and knows every code that the adapter gives by itself."""

from __future__ import annotations

from adapters.channels import telegram_invoice
from tests.channels.catalogue import codes, given


def test_the_catalogue_knows_every_code_that_we_give_ourselves() -> None:
    known = codes(telegram_invoice)
    assert len(known) >= 25
    assert given(telegram_invoice) <= known
    assert {"token_refused", "unreadable_answer", "bad_request"} <= known, "not written out where they are raised"
