"""Amounts: every case of the shared list, other currencies, and that no cent is lost between typing and showing."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from bot.commands import amount_of
from bot.commands.amounts import NotAnAmount, parse_amount
from bot.domain.errors import Unclear
from bot.domain.money import Money, exponent
from bot.i18n import LOCALES, format_money
from tests.commands.chat import MOST

HOSTILE = json.loads((Path(__file__).parents[1] / "fixtures" / "hostile.json").read_text("utf-8"))
CASES = [case for case in HOSTILE["cases"] if case["surface"] == "amount"]
CURRENCY_BY_EXPONENT = {0: "JPY", 2: "CNY", 3: "KWD"}


def typed(case: dict[str, Any]) -> str:
    """What was typed; the list writes long repetitions as ``'9'*10000``."""
    if case["input"] is not None:
        return str(case["input"])
    repeated = re.fullmatch(r"'(.)'\*(\d+)", case["input_py"])
    assert repeated is not None
    return repeated[1] * int(repeated[2])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_shared_list_of_amounts(case: dict[str, Any]) -> None:
    currency, signed = CURRENCY_BY_EXPONENT[case["params"]["minor_exponent"]], case["params"]["signed"]
    if case["expect"] == "accept":
        assert parse_amount(typed(case), currency, most=MOST, signed=signed) == case["value_minor"], case["why"]
    else:
        with pytest.raises(NotAnAmount) as caught:
            parse_amount(typed(case), currency, most=MOST, signed=signed)
        assert caught.value.code == case["code"], case["why"]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("¥200", "JPY", 200),
        ("1.234", "KWD", 1234),
        ("$20", "USD", 2000),
        ("20 EUR", "EUR", 2000),
        ("€20", "EUR", 2000),
        ("￥２０", "CNY", 2000),
        ("20块", "CNY", 2000),
        ("rmb 20", "CNY", 2000),
        ("7", "XTR", 7),
        ("0007", "CNY", 700),
    ],
)
def test_an_amount_may_carry_the_sign_of_its_own_currency(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency, most=MOST) == minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("20元", "EUR", "CURRENCY"),
        ("€20", "USD", "CURRENCY"),
        ("1.5", "JPY", "PRECISION"),
        ("¥¥20", "CNY", "SYNTAX"),
        ("¥", "CNY", "SYNTAX"),
        ("20元元", "CNY", "SYNTAX"),
        ("+", "CNY", "SYNTAX"),
        ("--5", "CNY", "SYNTAX"),
        ("9" * 32, "CNY", "TOO_LARGE"),
        ("9" * 33, "CNY", "TOO_LONG"),
    ],
)
def test_what_is_no_amount_of_that_currency(text: str, currency: str, code: str) -> None:
    with pytest.raises(NotAnAmount) as caught:
        parse_amount(text, currency, most=MOST)
    assert caught.value.code == code


def test_the_most_that_is_allowed_is_allowed_and_one_more_is_not() -> None:
    assert parse_amount("10,000,000.00", "CNY", most=MOST) == MOST
    with pytest.raises(NotAnAmount, match="TOO_LARGE"):
        parse_amount("10,000,000.01", "CNY", most=MOST)


@given(minor=st.integers(1, MOST), currency=st.sampled_from(["CNY", "JPY", "KWD", "EUR", "USD", "XTR"]))
def test_an_amount_that_is_shown_and_typed_again_is_the_same(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_amount(money.digits(), currency, most=MOST) == minor
    for locale in LOCALES:
        shown = format_money(money, locale).removeprefix("⭐")
        assert parse_amount(shown, currency, most=MOST) == minor


@given(text=st.text(), currency=st.sampled_from(["CNY", "JPY", "KWD"]))
def test_any_text_is_an_amount_within_bounds_or_refused(text: str, currency: str) -> None:
    with suppress(NotAnAmount):
        assert 0 < parse_amount(text, currency, most=MOST) <= MOST


@given(whole=st.integers(0, 99_999), cents=st.integers(0, 99))
def test_writing_full_width_or_with_commas_changes_nothing(whole: int, cents: int) -> None:
    minor = whole * 100 + cents
    plain = f"{whole}.{cents:02}"
    wide = plain.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    for text in (plain, wide, f"{whole:,}.{cents:02}", f" ¥{plain} ", f"{plain}元"):
        if minor:
            assert parse_amount(text, "CNY", most=MOST) == minor
    assert exponent("CNY") == 2


def test_a_page_refuses_in_the_same_words_as_a_chat() -> None:
    assert amount_of("12.50", "CNY") == 1250
    with pytest.raises(Unclear) as caught:
        amount_of(" 12,34 ", "CNY")
    assert caught.value.params == {
        "code": "AMBIGUOUS_SEPARATOR",
        "understood": "",
        "problem": "12,34",
        "example": "",
    }
