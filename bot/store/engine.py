"""Connections and transactions.

SQLite: one writer thread owns the only writing connection and groups all waiting works into one commit (WAL,
``synchronous=FULL``: acknowledged is durable). Each work runs in a savepoint of its own. PostgreSQL: a pool of
connections, one transaction per work. ADR 0004.
"""

from __future__ import annotations

import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.store import faults

T = TypeVar("T")
MOST_GROUPED: Final = 256
"""Works in one commit: bounds how long the first waits for the last."""
TRIES: Final = 5
"""Of a PostgreSQL transaction that lost a deadlock or serialisation race."""
FIXED_SQLITE: Final = (3, 51, 3)
"""From here on several connections in WAL mode are safe (sqlite.org/wal.html, WAL-reset bug)."""

try:
    import pysqlite3 as _sqlite
except ImportError:  # no wheel for this platform: the interpreter's own library
    _sqlite = sqlite3


def sqlite_version() -> tuple[int, ...]:
    """Of the library in use."""
    return tuple(_sqlite.sqlite_version_info)


Run = Callable[[sa.Connection], Any]


class SqliteEngine:
    """One writer; readers beside it only where the library allows several connections."""

    def __init__(self, url: str) -> None:
        in_memory = url in ("sqlite://", "sqlite:///:memory:")
        self.engine = _sqlite_engine(url, begin="BEGIN IMMEDIATE")
        self.engine.connect().close()  # a file that cannot be opened is known here, not in a thread
        self._works: queue.SimpleQueue[tuple[Run, Future[Any]] | None] = queue.SimpleQueue()
        self._closed = False
        self._reader: ThreadPoolExecutor | None = None
        if not in_memory and sqlite_version() >= FIXED_SQLITE:
            self._read_engine = _sqlite_engine(url, begin="BEGIN")
            self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-read")
        self._writer = threading.Thread(target=self._write, name="store-write", daemon=True)
        self._writer.start()

    def submit(self, run: Run) -> Future[Any]:
        future: Future[Any] = Future()
        if self._closed:
            raise RuntimeError("the store is closed")
        self._works.put((run, future))
        return future

    def read(self, run: Run) -> Future[Any]:
        if self._reader is None:
            return self.submit(run)
        return self._reader.submit(self._look, run)

    def close(self) -> None:
        """Finish what was submitted, then close."""
        if self._closed:
            return
        self._closed = True
        self._works.put(None)
        self._writer.join()
        if self._reader is not None:
            self._reader.shutdown()
            self._read_engine.dispose()
        self.engine.dispose()

    def _look(self, run: Run) -> Any:
        with self._read_engine.connect() as connection, connection.begin() as transaction:
            result = run(connection)
            transaction.rollback()
            return result

    def _write(self) -> None:
        with self.engine.connect() as connection:
            while (first := self._works.get()) is not None:
                group, last = [first], False
                while len(group) < MOST_GROUPED and not last:
                    try:
                        more = self._works.get_nowait()
                    except queue.Empty:
                        break
                    if more is None:
                        last = True
                    else:
                        group.append(more)
                self._commit(connection, group)
                if last:
                    return

    def _commit(self, connection: sa.Connection, group: list[tuple[Run, Future[Any]]]) -> None:
        """Run the works of a group, each in its savepoint, and resolve their futures after the one commit."""
        done: list[tuple[Future[Any], Any]] = []
        try:
            with connection.begin():
                driver: Any = connection.connection.dbapi_connection
                for run, future in group:
                    if not future.set_running_or_notify_cancel():
                        continue
                    driver.execute("SAVEPOINT work")
                    try:
                        result = run(connection)
                    except Exception as error:  # noqa: BLE001 - goes to whoever submitted the work
                        driver.execute("ROLLBACK TO work")
                        future.set_exception(error)
                    else:
                        done.append((future, result))
                    driver.execute("RELEASE work")
                faults.point("before-commit")
        except Exception as error:  # noqa: BLE001 - nothing of the group was committed: every submitter must know
            for future, _ in done:
                future.set_exception(error)
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        faults.point("after-commit")
        for future, result in done:
            future.set_result(result)


def _sqlite_engine(url: str, *, begin: str) -> sa.Engine:
    engine = sa.create_engine(
        url, module=_sqlite, poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False}
    )

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}").fetchall()

    @sa.event.listens_for(engine, "begin")
    def began(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class PostgresEngine:
    """A pool of connections; commands of one collection are ordered by the lock on its header."""

    def __init__(self, url: str, *, pool: int) -> None:
        self.engine = sa.create_engine(url, pool_size=pool, max_overflow=0, pool_pre_ping=True)
        self._threads = ThreadPoolExecutor(pool, thread_name_prefix="store")

    def submit(self, run: Run) -> Future[Any]:
        return self._threads.submit(self._transact, run)

    def read(self, run: Run) -> Future[Any]:
        return self._threads.submit(self._look, run)

    def close(self) -> None:
        self._threads.shutdown()
        self.engine.dispose()

    def _look(self, run: Run) -> Any:
        with self.engine.connect() as connection, connection.begin() as transaction:
            result = run(connection)
            transaction.rollback()
            return result

    def _transact(self, run: Run) -> Any:
        for left in reversed(range(TRIES)):
            try:
                with self.engine.begin() as connection:
                    result = run(connection)
                    faults.point("before-commit")
            except OperationalError as error:
                if not left or getattr(error.orig, "sqlstate", "") not in ("40001", "40P01"):
                    raise
                time.sleep(random.uniform(0.001, 0.02))  # noqa: S311 - jitter between rivals, no secret
            else:
                faults.point("after-commit")
                return result
        raise AssertionError("unreachable")


def open_engine(url: str, *, pool: int) -> SqliteEngine | PostgresEngine:
    """``sqlite:///file``, ``sqlite://`` (memory) or ``postgresql+psycopg://…``."""
    if url.startswith("sqlite"):
        return SqliteEngine(url)
    return PostgresEngine(url, pool=pool)
