"""Lists of names and amounts, pasted or sent as a file: what fits, and what is named because it does not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
from hypothesis import given, strategies as st

from bot.commands import Enclosed, parse, takes_a_file
from bot.commands.rows import of_cells, of_text
from bot.domain import command as c
from bot.domain.errors import ListDoesNotFit, NotAFile, Refusal, SumsDoNotMeet, WhichMember
from bot.domain.model import Mode
from bot.service import lists
from tests.commands.chat import ALICE, ANNA, BEN, ME, OTHER_ALICE, WANG, context, said


def collected(text: str, **options: Any) -> c.Collect:
    command = parse(text, context(**options))
    assert isinstance(command, c.Collect)
    return command


def refused(kind: type[Refusal], text: str, **options: Any) -> dict[str, Any]:
    with pytest.raises(kind) as caught:
        parse(text, context(**options))
    return dict(caught.value.params)


def enclosed(data: bytes, text: str = "/collect fixed Trip") -> c.Collect:
    """What the file asks for."""
    return collected(text, enclosed=Enclosed("list", lists.cells(data)))


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# -- pasted ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "/collect fixed Trip\nAnna 30\nBen 50",
        "/collect fixed Trip\n@anna 30\n@ben 50",
        "/collect fixed Trip\n\n1. Anna, 30\n2. Ben, 50\n",
        "/collect fixed Trip\nAnna\t30\nBen\t50",
        "/collect fixed Trip\nAnna; 30\nBen; 50;",
        "/collect fixed Trip\nAnna: 30\nBen: 20+30",
        "/collect 80 fixed Trip\nAnna 30\nBen 50",
        "/collect fixed Trip\nAnna 30\nBen 50\nTotal 80",
        "收款 定额 Trip\nAnna：30元\nBen：50元\n合计：80元",
        "收款 定额 Trip\n1、Anna30\n2、Ben50",
    ],
)
def test_a_pasted_list_in_many_hands(text: str) -> None:
    asked = collected(text)
    assert (asked.mode, asked.fixed, asked.title) == (Mode.FIXED, ((ANNA, 3000), (BEN, 5000)), "Trip")


def test_names_in_a_list_are_found_as_elsewhere() -> None:
    asked = collected("收款 定额\n小王 30\n我 12.5\n小李：20")
    assert asked.fixed == ((WANG, 3000), (ME, 1250), (BEN, 2000))


def test_every_row_that_does_not_fit_is_named_with_its_line_and_the_reason() -> None:
    answer = refused(
        ListDoesNotFit,
        "/collect fixed Trip\nAnna 30\nZoe 20\nBen\nAnna 5\nBen 1e3\n42\n小王 ٥٠\nAlice 9",
    )
    assert [(row["line"], row["said"], row["code"]) for row in answer["lines"]] == [
        (3, "Zoe 20", "NOT_KNOWN"),
        (4, "Ben", "NO_AMOUNT"),
        (5, "Anna 5", "TWICE"),
        (6, "Ben 1e3", "EXPONENT"),
        (7, "42", "NO_AMOUNT"),
        (8, "小王 ٥٠", "NO_AMOUNT"),
        (9, "Alice 9", "SEVERAL"),
    ]
    assert answer["good"] == 1


def test_a_single_name_that_several_share_is_asked_about_with_the_whole_list_for_each() -> None:
    with pytest.raises(WhichMember) as caught:
        parse("/collect fixed\nAlice 30\nBen 50", context())
    asked = {member.id: command for member, command in caught.value.options}
    assert {m: command.fixed for m, command in asked.items() if isinstance(command, c.Collect)} == {
        ALICE: ((ALICE, 3000), (BEN, 5000)),
        OTHER_ALICE: ((OTHER_ALICE, 3000), (BEN, 5000)),
    }


@pytest.mark.parametrize(
    ("text", "gap", "short"),
    [
        ("/collect 100 fixed\nAnna 30\nBen 50", 2000, True),
        ("/collect fixed\nAnna 30\nBen 50\nTotal 70", 1000, False),
        ("/collect 100 fixed @anna 30 @ben 50", 2000, True),
    ],
)
def test_sums_that_do_not_meet_the_total_show_the_gap_and_every_amount(text: str, gap: int, short: bool) -> None:
    answer = refused(SumsDoNotMeet, text)
    assert (answer["gap"].minor, answer["short"]) == (gap, short)
    assert [(line["name"], line["money"].minor) for line in answer["lines"]] == [
        (name if "\n" in text else name.lower(), minor) for name, minor in (("Anna", 3000), ("Ben", 5000))
    ]


def test_one_line_stays_one_line_and_a_title_below_is_a_title() -> None:
    assert said(c.Collect, "/collect fixed @anna 30 @ben 50\nTrip").title == "Trip"


@given(st.text(max_size=200))
def test_any_list_is_read_or_refused(text: str) -> None:
    try:
        command = parse(f"/collect fixed\n{text}", context())
    except Refusal:
        return
    assert isinstance(command, c.Collect)
    assert all(minor > 0 for _, minor in command.fixed)


# -- files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"Anna,30\nBen,50\n",
        b"\xef\xbb\xbfname,amount\r\nAnna,30.00\r\nBen,50.00\r\n",
        b'"Anna";"30"\n"Ben";"50"\n',
        b"Anna\t30\nBen\t50\ntotal\t80\n",
        "姓名,备注,金额\nAnna,早到,30\nBen,,50元\n".encode("gb18030"),
        "Anna\t30\nBen\t50\n".encode("utf-16"),
        b"1,Anna,30\n2,Ben,50\n",
        b"Anna 30\nBen 50\n",
        workbook([["Name", "Amount"], ["Anna", 30], ["Ben", 50.0]]),
        workbook([["Anna", "30"], [None, None], ["Ben", "¥50.00"], ["合计", 80]]),
        workbook([["nr", "who", "share"], [1, "Anna", 30], [2, "Ben", 50]]),
    ],
)
def test_a_file_in_many_makes(data: bytes) -> None:
    asked = enclosed(data)
    assert (asked.fixed, asked.title) == (((ANNA, 3000), (BEN, 5000)), "Trip")


def test_chinese_names_come_through_every_encoding() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"):
        assert enclosed("小王,30\n小李,50\n".encode(encoding)).fixed == ((WANG, 3000), (BEN, 5000))


def test_a_spreadsheets_binary_fraction_is_what_it_shows() -> None:
    assert enclosed(workbook([["Anna", 0.1 + 0.2], ["Ben", 19.99]])).fixed == ((ANNA, 30), (BEN, 1999))


def test_a_row_of_a_file_is_named_by_its_number_in_the_file() -> None:
    answer = refused(
        ListDoesNotFit, "/collect fixed", enclosed=Enclosed("x", lists.cells(b"name,amount\nAnna,30\n\nZoe,1.234\n"))
    )
    assert [(row["line"], row["said"], row["code"]) for row in answer["lines"]] == [(4, "Zoe | 1.234", "PRECISION")]


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "too large": (lambda: b"Anna,30\n" * 200_000, "TOO_LARGE"),
    "a bomb": (lambda: _zip({"xl/worksheets/sheet1.xml": b"0" * 30_000_000}), "TOO_LARGE"),
    "many parts": (lambda: _zip({f"xl/{n}.xml": b"" for n in range(300)}), "TOO_LARGE"),
    "entities": (lambda: _zip({"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "BROKEN"),
    "no workbook": (lambda: _zip({"hello.txt": b"hello"}), "BROKEN"),
    "a torn archive": (lambda: workbook([["Anna", 30]])[:-200], "BROKEN"),
    "an executable": (lambda: b"MZ\x00\x01\x00\x02" * 30, "UNREADABLE"),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "UNREADABLE"),
    "an open quote": (lambda: b'"Anna,30\nBen,50\n', "BROKEN"),
    "nothing": (lambda: b"", "EMPTY"),
    "blank rows": (lambda: b"\n\n,,\n", "EMPTY"),
    "too many rows": (lambda: b"a,1\n" * 2_001, "TOO_MANY"),
    "too many rows in a workbook": (lambda: workbook([["a", 1]] * 2_001), "TOO_MANY"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_list_is_refused_by_name(case: str) -> None:
    made, code = HOSTILE[case]
    with pytest.raises(lists.NotAList) as caught:
        lists.cells(made())
    assert caught.value.code == code
    assert refused(NotAFile, "/collect fixed", enclosed=Enclosed("x", trouble=code)) == {"code": code}


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    for body in (data, b"PK\x03\x04" + data):
        try:
            table = lists.cells(body)
        except lists.NotAList:
            continue
        of_cells(table)


def test_a_file_is_fetched_only_for_a_line_that_takes_one() -> None:
    for line in ("/collect fixed", "/collect fixed Trip by fri", "收款 定额"):
        assert takes_a_file(line, frozenset())
    for line in ("/collect 200 equal", "fixed", "here is the list", "/paid"):
        assert not takes_a_file(line, frozenset())


def test_lines_are_counted_as_they_stand() -> None:
    assert [row.line for row in of_text(["a 1", "", "b 2"], first=2)] == [2, 4]
