"""Statements of channels: the days that were read, and the lines of ours in them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statement",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("day", sa.Text(), primary_key=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
    )
    op.create_table(
        "statement_line",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("channel", "kind", "reference")),
        sa.Column("day", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("statement_line")
    op.drop_table("statement")
