"""Lists of who pays what → rows: pasted lines, or the cells of a file. What they mean is looked at later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.commands.sums import PATTERN as SUM

MOST_ROWS: Final = 2_000
_NUMBERED: Final = re.compile(r"\s*[0-9０-９]{1,4}\s*[.、)）:：]\s*(?=\D)")
_BETWEEN: Final = r"[\s,，;；:：、=]"
_ENDS_IN_AMOUNT: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<name>.*?){_BETWEEN}+(?P<amount>{SUM})",
        rf"(?P<name>.*\S){_BETWEEN}+(?P<amount>\S*[0-9０-９]\S*)",
        r"(?P<name>.*[^0-9０-９.,，．¥￥$€£+\-])(?P<amount>[¥￥$€£]?[0-9０-９][0-9０-９.,，．]*(?:元|块)?)",
    )
)
_TOTALS: Final = frozenset({"total", "sum", "合计", "总计", "共计", "总额", "一共", "小计"})
_NAME_HEADS: Final = frozenset({"name", "member", "who", "person", "姓名", "名字", "成员", "昵称", "群昵称"})
_AMOUNT_HEADS: Final = frozenset({"amount", "due", "share", "money", "sum", "金额", "应付", "应收", "应缴", "费用"})


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that came with a line: its cells, or why it cannot be read (``trouble``, section ``lists``)."""

    name: str
    cells: tuple[tuple[str, ...], ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. ``name`` or ``amount`` empty: there is none to be seen. ``said`` is what stood there."""

    line: int
    said: str
    name: str
    amount: str

    @property
    def total(self) -> bool:
        """It states the sum of the others."""
        return self.name.casefold().strip(" :：") in _TOTALS


def of_text(lines: Sequence[str], *, first: int = 1) -> tuple[Row, ...]:
    """The rows of pasted lines, counted from ``first``; empty ones are none."""
    return tuple(_of_line(line, n) for n, line in enumerate(lines, start=first) if line.strip(" \t\r,;，；"))


def _of_line(line: str, number: int) -> Row:
    said = line.strip()
    body = said[found.end() :] if (found := _NUMBERED.match(said)) else said
    for pattern in _ENDS_IN_AMOUNT:
        if match := pattern.fullmatch(body.strip(" \t,;，；")):
            return Row(number, said, match["name"].strip(" \t,，;；:：、="), match["amount"])
    return Row(number, said, body, "")


def of_cells(table: Sequence[Sequence[str]]) -> tuple[Row, ...]:
    """The rows of a file. A first row of column titles says where name and amount stand; else the name is the first
    cell with letters, the amount the last cell."""
    cells = [[cell.strip() for cell in row] for row in table]
    columns = _columns(cells[0]) if cells else None
    found = []
    for number, row in enumerate(cells, start=1):
        if not any(row) or (number == 1 and (columns or not any(ch.isdigit() for cell in row for ch in cell))):
            continue
        name, amount = _picked(row, columns)
        found.append(Row(number, " | ".join(cell for cell in row if cell), name, amount))
    return tuple(found)


def _columns(heads: Sequence[str]) -> tuple[int, int] | None:
    low = [head.casefold() for head in heads]
    names = [i for i, head in enumerate(low) if head in _NAME_HEADS]
    amounts = [i for i, head in enumerate(low) if head in _AMOUNT_HEADS]
    return (names[0], amounts[0]) if names and amounts else None


def _picked(row: Sequence[str], columns: tuple[int, int] | None) -> tuple[str, str]:
    if columns is not None:
        name, amount = (row[i] if i < len(row) else "" for i in columns)
        return name, amount
    filled = [cell for cell in row if cell]
    if len(filled) == 1:
        alone = _of_line(filled[0], 0)
        return alone.name, alone.amount
    name = next((cell for cell in filled[:-1] if not cell.replace(".", "").isdigit()), filled[0])
    return name, filled[-1]
