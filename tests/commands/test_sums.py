"""Amounts that are worked out: exact, bounded, and never guessed or rounded."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from bot.commands.amounts import NotAnAmount
from bot.commands.sums import is_sum, read_amount, written
from bot.domain import command as c
from bot.domain.model import Mode
from tests.commands.chat import ANNA, BEN, MOST, said, unclear
from tests.commands.test_amounts import CASES, CURRENCY_BY_EXPONENT, typed

Drawn = tuple[str, Fraction | None]


@pytest.mark.parametrize(
    ("text", "minor", "read_back"),
    [
        ("(200+40)/3", 8000, "(200+40)/3"),
        ("3*66", 19800, "3×66"),
        ("3x66", 19800, "3×66"),
        ("88+12.5", 10050, "88+12.5"),
        ("（２００＋４０）÷3", 8000, "(200+40)/3"),
        ("200 + 40", 24000, "200+40"),
        ("¥200+40元", 24000, "¥200+40元"),
        ("1,000+1", 100100, "1,000+1"),
        ("100-20*2-10/4", 5750, "100-20×2-10/4"),
        ("100*0.075", 750, "100×0.075"),
        ("2*(3+(4-1))", 1200, "2×(3+(4-1))"),
    ],
)
def test_a_sum_is_worked_out_and_read_back(text: str, minor: int, read_back: str) -> None:
    assert read_amount(text, "CNY", most=MOST) == minor
    assert written(text) == read_back


@pytest.mark.parametrize(
    ("text", "code", "instead"),
    [
        ("10/3", "INEXACT", "3.34"),
        ("0.001+0.001", "INEXACT", "0.01"),
        ("1/0", "DIVIDE", ""),
        ("5-5", "ZERO", ""),
        ("3-5", "ZERO", ""),
        ("(1+2", "SYNTAX", ""),
        ("1+2)", "SYNTAX", ""),
        ("1++2", "SYNTAX", ""),
        ("=1+1", "SYNTAX", ""),
        ("2**9", "SYNTAX", ""),
        ("(2)(3)", "SYNTAX", ""),
        ("12,34+1", "AMBIGUOUS_SEPARATOR", ""),
        ("€5+5", "CURRENCY", ""),
        ("9999999*9999999", "TOO_LARGE", ""),
        ("((((((((((1+1))))))))))", "DEEP", ""),
        ("+".join(["1"] * 40), "TOO_LONG", ""),
        ("+".join(["1"] * 4000), "TOO_LONG", ""),
    ],
)
def test_what_does_not_come_out_is_refused_with_a_reason(text: str, code: str, instead: str) -> None:
    with pytest.raises(NotAnAmount) as caught:
        read_amount(text, "CNY", most=MOST)
    assert (caught.value.code, caught.value.instead) == (code, instead)


@pytest.mark.parametrize("case", [x for x in CASES if x["expect"] != "accept"], ids=lambda case: case["id"])
def test_what_is_no_amount_is_no_sum_either(case: dict[str, object]) -> None:
    params = case["params"]
    assert isinstance(params, dict)
    with pytest.raises(NotAnAmount) as caught:
        read_amount(typed(case), CURRENCY_BY_EXPONENT[params["minor_exponent"]], most=MOST, signed=params["signed"])
    assert caught.value.code == case["code"]


def _joined(drawn: tuple[Drawn, str, Drawn]) -> Drawn:
    (left, a), operator, (right, b) = drawn
    if a is None or b is None or (operator == "/" and not b):
        return f"({left}{operator}{right})", None
    worked_out = {"+": a + b, "-": a - b, "*": a * b, "/": a / (b or 1)}[operator]
    return f"({left}{operator}{right})", worked_out


@given(
    st.recursive(
        st.integers(1, 999).map(lambda n: (str(n), Fraction(n))),
        lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(_joined),
        max_leaves=6,
    ).filter(lambda drawn: is_sum(drawn[0]))
)
def test_a_sum_is_exactly_what_fractions_say_or_refused(drawn: Drawn) -> None:
    text, exact = drawn
    cents = None if exact is None else exact * 100
    if cents is not None and 0 < cents <= MOST and cents.denominator == 1:
        assert read_amount(text, "CNY", most=MOST) == cents
    else:
        with pytest.raises(NotAnAmount):
            read_amount(text, "CNY", most=MOST)


@pytest.mark.parametrize(
    "text",
    [
        "/collect (200+40)/3 each Bus",
        "/collect (200 + 40) / 3 each Bus",
        "/collect 240/3 each Bus",
        "收款 （200＋40）÷3 每人 Bus",
        "收款(200+40)/3每人 Bus",
        "/collect each 240/3 Bus",
        "/collect 80+0 each Bus",
    ],
)
def test_a_sum_may_stand_where_an_amount_does(text: str) -> None:
    asked = said(c.Collect, text)
    assert (asked.mode, asked.amount, asked.title) == (Mode.EACH, 8000, "Bus")
    assert [minor for _, minor in asked.sums] == [8000]


def test_what_looks_like_a_day_is_an_amount_where_one_has_to_come() -> None:
    assert said(c.Collect, "/collect 90/3 each").amount == 3000
    assert said(c.Collect, "/collect each 12-5 by 12-5").amount == 700
    asked = said(c.Collect, "/collect fixed @anna 9/3 @ben 12-5 Trip 2026-12-05")
    assert (asked.fixed, asked.title) == (((ANNA, 300), (BEN, 700)), "Trip 2026-12-05")
    assert said(c.Collect, "/collect 200 equal 12-05 dinner").title == "12-05 dinner"
    assert said(c.Rest, "/promise 12-05").until.month == 12
    assert said(c.Declare, "我出 20/2").amount == 1000


def test_a_quotient_that_does_not_come_out_shows_a_line_that_does() -> None:
    answer = unclear("/collect 200/3 each Bus")
    assert (answer["code"], answer["problem"]) == ("INEXACT", "200/3")
    assert answer["example"] == "/collect 66.67 each Bus"


def test_a_title_keeps_its_dashes() -> None:
    assert said(c.Collect, "/collect 200 equal Year 2025-2026").title == "Year 2025-2026"
    assert said(c.Collect, "收款 200 均摊 学费2025-2026学年").title == "学费2025-2026学年"
    assert said(c.SetPayee, "/payee Bank 138-0013-8000").text == "Bank 138-0013-8000"
