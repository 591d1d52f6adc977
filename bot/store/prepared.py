"""Statements of hot paths, compiled once.

SQLAlchemy prepares every execution anew (cache key, parameters, result metadata): some 20 µs a statement and 4 µs
a row of many. On SQLite that is more than the statement takes, so there a prepared statement goes straight to the
driver. On PostgreSQL, where the round trip hides it, everything goes through SQLAlchemy. Figures: ``tests/bench``.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

_NONE: Final[Mapping[str, Any]] = {}


class Prepared:
    """A statement without ``IN`` lists, for any connection. Rows have the columns' names."""

    def __init__(self, statement: sa.Select[Any] | sa.Insert | sa.Update | sa.Delete) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def all(self, connection: sa.Connection, values: Mapping[str, Any] = _NONE) -> Sequence[Any]:
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, dict(values)).all()
        compiled = self._for(connection, values)
        rows = _driver(connection).execute(compiled.sql, compiled.parameters(values)).fetchall()
        return [compiled.row(row) for row in rows]

    def first(self, connection: sa.Connection, values: Mapping[str, Any] = _NONE) -> Any | None:
        """The only row that is wanted, or None."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, dict(values)).first()
        compiled = self._for(connection, values)
        cursor = _driver(connection).execute(compiled.sql, compiled.parameters(values))
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.row(row)

    def scalars(self, connection: sa.Connection, values: Mapping[str, Any] = _NONE) -> list[Any]:
        """The first column of every row, as the driver has it."""
        if connection.dialect.name != "sqlite":
            return list(connection.execute(self._statement, dict(values)).scalars())
        compiled = self._for(connection, values)
        return [row[0] for row in _driver(connection).execute(compiled.sql, compiled.parameters(values)).fetchall()]

    def scalar(self, connection: sa.Connection, values: Mapping[str, Any] = _NONE) -> Any:
        """The first column of the first row; None when there is no row."""
        row = self.first(connection, values)
        return None if row is None else row[0]

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> int:
        """How many rows were touched."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, dict(values)).rowcount
        compiled = self._for(connection, values)
        return int(_driver(connection).execute(compiled.sql, compiled.parameters(values)).rowcount)

    def run_many(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each of ``rows``, which all have the same keys."""
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            connection.execute(self._statement, [dict(row) for row in rows])
            return
        compiled = self._for(connection, rows[0])
        if len(rows) == 1:
            _driver(connection).execute(compiled.sql, compiled.parameters(rows[0]))
        else:
            _driver(connection).executemany(compiled.sql, map(compiled.parameters, rows))

    def run_rows(self, connection: sa.Connection, keys: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """``run_many`` for very many rows: values in the order of ``keys``, which are the columns of an INSERT in the
        order of their table."""
        if connection.dialect.name != "sqlite":
            self.run_many(connection, [dict(zip(keys, row, strict=True)) for row in rows])
        elif rows:
            _driver(connection).executemany(self._for(connection, dict.fromkeys(keys)).in_order(keys), rows)

    def _for(self, connection: sa.Connection, values: Mapping[str, Any]) -> _Compiled:
        keys = tuple(values)
        found = self._compiled.get(keys)
        if found is None:
            found = self._compiled[keys] = _Compiled(self._statement, connection.dialect, keys)
        return found


class _Compiled:
    """The SQL, and how parameters go in and rows come out."""

    def __init__(self, statement: Any, dialect: sa.Dialect, keys: Sequence[str]) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(keys) if statement.is_insert else None)
        assert "POSTCOMPILE" not in compiled.string, "IN (…) is expanded at execution: write it out"
        self.sql: str = compiled.string
        fixed = {key: value for key, value in compiled.params.items() if key not in keys}
        self._order: Sequence[str] = compiled.positiontup
        self.parameters = _binder(self._order, fixed)
        columns = list(statement.exported_columns)
        named = namedtuple("Row", [c.key for c in columns], rename=True)  # type: ignore[misc]
        readers = {
            at: reader
            for at, column in enumerate(columns)
            if (reader := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        }
        self.row: Callable[[tuple[Any, ...]], Any] = named._make if not readers else _reader(named._make, readers)

    def in_order(self, keys: Sequence[str]) -> str:
        """The SQL, for values that come in the order of ``keys``."""
        assert tuple(self._order) == tuple(keys), "columns of the table, in its order"
        return self.sql


def _binder(order: Sequence[str], fixed: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], list[Any]]:
    if not fixed:
        return lambda values: [values[key] for key in order]
    return lambda values: [values[key] if key in values else fixed[key] for key in order]


def _reader(make: Callable[..., Any], readers: Mapping[int, Callable[[Any], Any]]) -> Callable[[tuple[Any, ...]], Any]:
    def read(row: tuple[Any, ...]) -> Any:
        values = list(row)
        for at, reader in readers.items():
            values[at] = reader(values[at])
        return make(values)

    return read


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection
