"""The store: SQLModel and SQL live here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from bot.store import faults
from bot.store.board import BoardFacts, Boards
from bot.store.coming_due import ComingDue
from bot.store.engine import PostgresEngine, SqliteEngine, open_engine, sqlite_version
from bot.store.inbox import Conflict, Inbox, PendingUpdate
from bot.store.outbox import Outbox, OutboxRow
from bot.store.queries import CardFacts, CardRef
from bot.store.questions import Questions
from bot.store.save import Saving
from bot.store.schema import migrate
from bot.store.statements import OnRecord

T = TypeVar("T")

__all__ = [
    "BoardFacts",
    "CardFacts",
    "CardRef",
    "Conflict",
    "OnRecord",
    "OutboxRow",
    "PendingUpdate",
    "Store",
    "Work",
    "faults",
    "sqlite_version",
]


class Work(Boards, ComingDue, Saving, Inbox, Outbox, Questions):
    """One transaction: everything that may be read and written in it."""


class Store:
    """Where everything is kept. Works run one after the other (SQLite) or side by side (PostgreSQL)."""

    def __init__(self, engine: SqliteEngine | PostgresEngine) -> None:
        self._engine = engine
        self.on_commit: Callable[[], None] | None = None
        """Called in any thread after a commit that gave somebody something to do."""

    @staticmethod
    def open(url: str, *, pool: int = 8) -> Store:
        """Open and bring the schema up to date. ``url`` as in ``engine.open_engine``."""
        engine = open_engine(url, pool=pool)
        try:
            migrate(engine)
        except BaseException:
            engine.close()
            raise
        return Store(engine)

    def submit(self, work: Callable[[Work], T]) -> Future[T]:
        """Run ``work`` in a transaction; the future is done after the commit, with its result or its exception."""
        stirred: list[bool] = []

        def run(connection: Any) -> T:
            unit = Work(connection)
            result = work(unit)
            stirred.append(unit.stirred)
            return result

        future: Future[T] = self._engine.submit(run)
        future.add_done_callback(lambda done: self._stir(done, stirred))
        return future

    def run(self, work: Callable[[Work], T]) -> T:
        """``submit`` and wait. Never from the event loop."""
        return self.submit(work).result()

    def read(self, look: Callable[[Work], T]) -> Future[T]:
        """Look at a consistent state; nothing is written."""
        future: Future[T] = self._engine.read(lambda connection: look(Work(connection)))
        return future

    def close(self) -> None:
        """Finish what was submitted, then close."""
        self._engine.close()

    def _stir(self, done: Future[Any], stirred: list[bool]) -> None:
        committed = not done.cancelled() and done.exception() is None
        if committed and any(stirred) and self.on_commit is not None:
            self.on_commit()
