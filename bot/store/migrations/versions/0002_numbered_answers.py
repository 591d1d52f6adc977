"""Numbered answers, for platforms without buttons"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "menu",
        sa.Column("platform", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("external", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "external"),
    )


def downgrade() -> None:
    op.drop_table("menu")
