"""What the bank holds is what the books received and what is kept beside them, whatever was said, lost and answered."""

from __future__ import annotations

import os

import pytest

from tests.store.bank import Bank
from tests.store.town import Town

LIVES = 60 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 12


@pytest.mark.parametrize("seed", range(LIVES))
def test_a_bank_and_its_books_agree_in_the_end(town: Town, seed: int) -> None:
    bank = Bank(town, seed)
    bank.live(25)
    bank.comes_to_rest()
    held, booked = bank.balance()
    assert held == booked
