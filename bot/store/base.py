"""What the parts of a transaction share."""

from __future__ import annotations

import sqlalchemy as sa


class Base:
    """One transaction on one connection. ``stirred`` when it wrote something that somebody waits for."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self.stirred = False
