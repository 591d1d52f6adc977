"""Whatever is typed: parsing ends soon, and with a command, a refusal or nothing."""

from __future__ import annotations

import sys
from itertools import chain

import pytest
from hypothesis import given, strategies as st

from bot.commands import parse
from bot.commands.words import ALL_MEMBERS, COMMANDS, KEYWORDS
from bot.domain.command import Command
from bot.domain.errors import Refusal
from tests.commands.chat import context

NASTY = ["\x00", "\ud800", "\u202e", "\u200b", "\u0338", "\u3000", "\n", "\x1b[2J", '"', "“", "「", "@", "@[0]", "#3"]
PIECES = [
    *chain.from_iterable(COMMANDS.values()),
    *chain.from_iterable(KEYWORDS.values()),
    *ALL_MEMBERS,
    *NASTY,
    *(
        "/",
        "／",
        "200",
        "２００",
        "1e9",
        "12,34",
        "¥",
        "EUR",
        "二百",
        "@anna",
        "@alice",
        "by",
        "fri",
        "今晚8点",
        "9999-12-31",
    ),
    *("0001-01-01 00:00", "2-29", "25:00", ",", "，", " ", "pay_", "off", "火锅", "+8613800138000"),
]
ANYTHING = st.one_of(
    st.text(st.characters()),
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.lists(st.sampled_from(PIECES)).map(" ".join),
    st.lists(st.sampled_from(PIECES)).map(lambda pieces: "/collect " + " ".join(pieces)),
)


def outcome(text: str, zone: str = "UTC") -> Command | Refusal | None:
    try:
        return parse(text, context(timezone=zone))
    except Refusal as refusal:
        return refusal


@given(text=ANYTHING, zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]))
def test_any_text_is_a_command_a_refusal_or_talk(text: str, zone: str) -> None:
    assert isinstance(outcome(text, zone), Command | Refusal | None)


@given(pieces=st.lists(st.sampled_from([*PIECES, "9", "a", "均摊"]), min_size=1, max_size=4))
def test_ten_thousand_characters_of_anything_are_read_too(pieces: list[str]) -> None:
    text = "".join(pieces)
    outcome("/collect " + text * (10_000 // len(text)))


@pytest.mark.parametrize(
    "unit",
    [
        "均摊",
        "1均摊",
        "“",
        '"',
        "@",
        "9",
        "9,",
        "9 ",
        "18:00 ",
        "by fri ",
        "@anna 1 ",
        "not @ben ",
        "a",
        "，",
        "1.",
        "\u0338",
    ],
)
def test_the_work_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    """Counts calls: a pattern or a loop that starts over for every character would show."""

    def calls(length: int) -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        text = "/collect 200 equal " + unit * (length // len(unit))
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            outcome(text)
        finally:
            sys.setprofile(before)
        return count

    outcome("/collect 200 equal x")
    assert calls(4000) < 6 * calls(1000) + 2000


def test_words_written_without_a_space_a_thousand_times_are_read_one_by_one() -> None:
    assert isinstance(outcome("/collect " + "均摊" * 2000), Refusal)


def test_a_full_width_space_is_a_space() -> None:
    assert outcome("/确认\u3000@小王\u300050") == outcome("/确认 @小王 50")
    assert outcome("/collect\u3000200\u3000equal") == outcome("/collect 200 equal")
