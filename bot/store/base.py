"""What the parts of a transaction share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


class Base:
    """One transaction on one connection. ``stirred`` when it wrote something that somebody waits for."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self.stirred = False


def insert_into(dialect: str, table: sa.Table) -> Any:
    """An INSERT of that dialect: both know ON CONFLICT, SQLAlchemy has no common class for it."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
