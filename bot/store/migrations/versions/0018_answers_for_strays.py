"""What became of money that could not be booked, and what was asked for instead of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stray", sa.Column("fate", sa.Text(), server_default="open", nullable=False))
    op.add_column("stray", sa.Column("asked", sa.BigInteger(), nullable=True))
    op.add_column("stray", sa.Column("asked_currency", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE stray SET fate = 'settled' WHERE settled_by != 0")


def downgrade() -> None:
    for name in ("asked_currency", "asked", "fate"):
        op.drop_column("stray", name)
