"""Whether a list fits: every row somebody known and an amount, all of them the total that was stated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.commands.amounts import NotAnAmount
from bot.commands.rows import MOST_ROWS, Row
from bot.commands.sums import is_sum, read_amount, written
from bot.domain.errors import ListDoesNotFit, NotAFile, SumsDoNotMeet
from bot.domain.model import Member, MemberId
from bot.domain.money import Money
from bot.domain.notice import Value

MOST_LINES: Final = 20
MOST_FAULTS: Final = 10
MOST_NAME: Final = 40
MYSELF: Final = frozenset({"@me", "me", "@我", "我"})
Found = tuple[str, MemberId, int]
"""The name as it stood there, whose it is, and minor units."""


class Ambiguous(Exception):
    """``name`` may be any of ``members``."""

    def __init__(self, name: str, members: Sequence[Member]) -> None:
        super().__init__(name)
        self.name, self.members = name, members


class _Misfit(Exception):
    """``code`` says why a row does not fit (sections ``lists`` and ``unclear``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Fitting:
    """Looks at one list. ``who`` finds members by name, ``chosen`` settles names that several share."""

    def __init__(
        self,
        who: Callable[[str], Sequence[Member]],
        chosen: Mapping[str, MemberId],
        myself: MemberId,
        currency: str,
        most: int,
    ) -> None:
        self._who, self._chosen, self._myself = who, chosen, myself
        self._currency, self._most = currency, most
        self.sums: dict[str, int] = {}
        """What was worked out, as it is read back."""
        self.stated: int | None = None
        """What a row of the list says is the sum of the others."""

    def fit(self, rows: Sequence[Row]) -> tuple[Found, ...]:
        """The members and amounts of ``rows``. ``ListDoesNotFit`` names every row that is not both; a single name that
        several share is ``Ambiguous``, if it is all that is unclear."""
        if len(rows) > MOST_ROWS:
            raise NotAFile(code="TOO_MANY")
        found: list[Found] = []
        faults: list[tuple[Row, str]] = []
        unclear: dict[str, Ambiguous] = {}
        lines: dict[MemberId, int] = {}
        for row in rows:
            try:
                minor = self._amount(row)
                if row.total:
                    self.stated = minor
                    continue
                member = self._member(row.name)
                if member in lines:
                    raise _Misfit("TWICE")
                lines[member] = row.line
                found.append((row.name, member, minor))
            except _Misfit as misfit:
                faults.append((row, misfit.code))
            except Ambiguous as several:
                unclear[several.name] = several
                faults.append((row, "SEVERAL"))
        if len(unclear) == 1 and all(code == "SEVERAL" for _, code in faults):
            raise next(iter(unclear.values()))
        if faults or not found:
            raise _does_not_fit(faults, len(found))
        return tuple(found)

    def _amount(self, row: Row) -> int:
        if not row.amount:
            raise _Misfit("NO_AMOUNT")
        if not row.name:
            raise _Misfit("NO_NAME")
        try:
            minor = read_amount(row.amount, self._currency, most=self._most)
        except NotAnAmount as error:
            raise _Misfit(error.code) from None
        if is_sum(row.amount):
            self.sums[written(row.amount)] = minor
        return minor

    def _member(self, name: str) -> MemberId:
        if name in self._chosen:
            return self._chosen[name]
        if name.lower() in MYSELF:
            return self._myself
        found = self._who(name) or (() if name.startswith(("@", "#")) else self._who(f"@{name}"))
        if not found:
            raise _Misfit("NOT_KNOWN")
        if len(found) > 1:
            raise Ambiguous(name, found)
        return found[0].id


def _does_not_fit(faults: Sequence[tuple[Row, str]], good: int) -> ListDoesNotFit:
    lines: tuple[Value, ...] = tuple(
        {"line": row.line, "said": row.said[:MOST_NAME], "code": code} for row, code in faults[:MOST_FAULTS]
    )
    return ListDoesNotFit(lines=lines, more=max(0, len(faults) - MOST_FAULTS), good=good)


def does_not_meet(stated: int, amounts: Sequence[tuple[str, int]], currency: str) -> SumsDoNotMeet:
    """The refusal for ``amounts`` (as said, minor units) of which ``stated`` is not the sum."""
    gap = stated - sum(minor for _, minor in amounts)
    lines: tuple[Value, ...] = tuple(
        {"name": name[:MOST_NAME], "money": Money(minor, currency)} for name, minor in amounts[:MOST_LINES]
    )
    return SumsDoNotMeet(
        stated=Money(stated, currency),
        total=Money(stated - gap, currency),
        gap=Money(abs(gap), currency),
        short=gap > 0,
        lines=lines,
        more=max(0, len(amounts) - MOST_LINES),
    )
