"""The migrations make exactly the schema that the tables describe."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import OperationalError

from bot.domain.command import AskToPay, Drop
from bot.domain.model import Mode
from bot.store import Store, Work
from bot.store.schema import config, head
from bot.store.tables import metadata
from tests.store.town import Town


def _revision(work: Work) -> str | None:
    return MigrationContext.configure(work.connection).get_current_revision()


def test_models_and_migrations_agree(store: Store) -> None:
    def differences(work: Work) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(work.connection), metadata))

    assert store.run(differences) == []


def test_a_store_that_is_opened_is_at_the_newest_revision(store: Store) -> None:
    assert store.run(_revision) == head()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/again.db"
    first = Store.open(url)
    town = Town(first)
    first.close()
    second = Store.open(url)
    assert second.run(_revision) == head()
    assert second.run(lambda work: work.chat(town.chat.id)) == town.chat
    second.close()


def test_who_only_paid_for_others_is_told_from_who_was_taken_off(town: Town) -> None:
    """Before, both were called dropped."""
    collection = town.collect(fixed=((town.mei, 100), (town.ann, 100)), mode=Mode.FIXED)
    town.do(town.on(AskToPay, town.bo, collection, covers=(town.ann,)))
    town.do(town.on(Drop, town.mei, collection, member=town.ann))

    def move(work: Work, to: str) -> list[str]:
        (command.downgrade if to == "0016" else command.upgrade)(config(work.connection), to)
        rows = work.connection.execute(sa.text("SELECT standing, state FROM due ORDER BY member_id"))
        return [standing for standing, state in rows if standing == state or standing == "active"]

    assert town.store.run(lambda work: move(work, "0016")) == ["active", "dropped", "dropped"]
    assert town.store.run(lambda work: move(work, "head")) == ["active", "dropped", "for_others"]


def test_a_schema_that_could_not_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "taken.db"
    with sqlite3.connect(file) as taken:
        taken.execute("CREATE TABLE posting (x)")
    taken.close()
    with pytest.raises(OperationalError, match="posting"):
        Store.open(f"sqlite:///{file}")
    with sqlite3.connect(file) as after:
        names = [name for (name,) in after.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    after.close()
    assert names == ["posting"]
