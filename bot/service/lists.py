"""Files with lists of people and amounts → their cells as text. CSV in the encodings that spreadsheets write, and XLSX.

What a stranger sends is not trusted: sizes, rows, columns and what an archive unfolds to are capped before anything is
read, and no formula is worked out (a cell shows what was saved as its value).
"""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any, Final

import openpyxl

MOST_BYTES: Final = 1_000_000
MOST_UNFOLDED: Final = 20_000_000
MOST_PARTS: Final = 200
MOST_ROWS: Final = 2_000
MOST_COLUMNS: Final = 20
MOST_CELL: Final = 200
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
Table = tuple[tuple[str, ...], ...]


class NotAList(ValueError):
    """``code`` says why (section ``lists`` of ``strings.toml``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def cells(data: bytes) -> Table:
    """The cells of a file, row by row; empty rows keep their number. ``NotAList`` when it cannot be read as one."""
    if len(data) > MOST_BYTES:
        raise NotAList("TOO_LARGE")
    table = _of_workbook(data) if data[:4] == b"PK\x03\x04" else _of_text(data)
    if not any(any(row) for row in table):
        raise NotAList("EMPTY")
    return table


def _of_text(data: bytes) -> Table:
    text = _decoded(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max("\t;,", key=first.count) if any(mark in first for mark in "\t;,") else "\t"
    rows: list[tuple[str, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            if len(rows) == MOST_ROWS:
                raise NotAList("TOO_MANY")
            rows.append(tuple(cell.strip()[:MOST_CELL] for cell in row[:MOST_COLUMNS]))
    except csv.Error as error:
        raise NotAList("BROKEN") from error
    return tuple(rows)


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with one (Excel's «Unicode text»), else GB18030 (Excel in China)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NotAList("UNREADABLE")


def _of_workbook(data: bytes) -> Table:
    _harmless(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise NotAList("BROKEN") from error
    try:
        rows: list[tuple[str, ...]] = []
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a file may lie about its size
        for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
            if len(rows) == MOST_ROWS:
                raise NotAList("TOO_MANY")
            rows.append(tuple(_shown(cell) for cell in row))
        return tuple(rows)
    except NotAList:
        raise
    except Exception as error:
        raise NotAList("BROKEN") from error
    finally:
        book.close()


def _harmless(data: bytes) -> None:
    """Refuse an archive that unfolds to too much, or brings its own document types (entities that multiply)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNFOLDED:
                raise NotAList("TOO_LARGE")
            if any(part.flag_bits & 1 for part in parts):
                raise NotAList("UNREADABLE")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(part):
                    raise NotAList("BROKEN")
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError) as error:
        raise NotAList("BROKEN") from error


def _shown(cell: Any) -> str:
    """A cell as the spreadsheet shows it. It keeps numbers as binary fractions of 15 significant digits: what is shown
    of them is exact again, and amounts are read from that."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return str(cell).strip()[:MOST_CELL]
