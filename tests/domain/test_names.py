"""Display names: whatever somebody calls themselves, the message around it stays what it is."""

from __future__ import annotations

import html
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from bot.domain.names import MOST_CHARACTERS, csv_cell, isolate, show_name, show_names

_HOSTILE = Path(__file__).parents[1] / "fixtures" / "hostile.json"
CASES = [case for case in json.loads(_HOSTILE.read_text("utf-8"))["cases"] if case["surface"] == "name"]


UNSAYABLE = {"N15": "Z" + "\u0300" * 500, "N21": "x\ud800"}
"""Names that JSON cannot say, or that the list does not spell out."""


def _raw(case: dict[str, Any]) -> str:
    return UNSAYABLE.get(case["id"]) or str(case["input"])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_hostile_name_is_harmless_in_a_message(case: dict[str, Any]) -> None:
    assert html.escape(isolate(show_name(_raw(case), 42))) == case["telegram_html"], case["why"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_hostile_name_is_harmless_in_a_spreadsheet(case: dict[str, Any]) -> None:
    assert csv_cell(show_name(_raw(case), 42)) == case["csv_cell"], case["why"]


@given(st.text())
def test_a_shown_name_is_one_short_readable_line(raw: str) -> None:
    name = show_name(raw, 42)
    assert 0 < len(name) <= MOST_CHARACTERS + len("…")
    assert not any(unicodedata.category(ch) in ("Cc", "Cs", "Zl", "Zp") or ch in "\u202e\u2066\u2067" for ch in name)


@given(st.text())
def test_showing_a_shown_name_changes_nothing(raw: str) -> None:
    once = show_name(raw, 42)
    assert show_name(once, 42) == once


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "＝"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert csv_cell(f"{start}SUM(A1)").startswith("'")


def test_members_who_look_alike_carry_their_numbers() -> None:
    names = {1: "Alice", 2: "\u0410lice", 3: "Bob"}
    assert show_names(names) == {1: "Alice #1", 2: "\u0410lice #2", 3: "Bob"}


def test_a_name_of_nothing_readable_is_the_members_number() -> None:
    assert show_names({5: "", 6: "\u3164"}) == {5: "member #5", 6: "member #6"}
