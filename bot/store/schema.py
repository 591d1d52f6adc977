"""Brings a database's schema up to date with Alembic; works from a checkout and from an installed wheel."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.store.engine import PostgresEngine, SqliteEngine

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x71756E73686F75
"""PostgreSQL advisory lock: two processes that start at once migrate one after the other."""


def config(connection: sa.Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


def head() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def migrate(engine: SqliteEngine | PostgresEngine) -> None:
    """Upgrade to the newest revision; quick when it is there already."""
    engine.submit(_upgrade).result()


def _upgrade(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if MigrationContext.configure(connection).get_current_revision() == head():
        return
    command.upgrade(config(connection), "head")
