"""A suggested amount, and the gatherings whose time runs out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("collection", sa.Column("suggested", sa.BigInteger(), nullable=True))
    gathering = sa.text("state = 'gathering'")
    op.create_index(
        "collection_gathering", "collection", ["deadline"], sqlite_where=gathering, postgresql_where=gathering
    )


def downgrade() -> None:
    op.drop_index("collection_gathering", "collection")
    op.drop_column("collection", "suggested")
