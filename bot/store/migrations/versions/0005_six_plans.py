"""Six plans: what is being planned, the plan that was chosen, and from when on a person's past counts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planning",
        sa.Column("collection_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("collection_id"),
    )
    op.add_column("collection", sa.Column("plan", sa.Text(), nullable=False, server_default=""))
    op.add_column("person", sa.Column("forgotten_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "forgotten_at")
    op.drop_column("collection", "plan")
    op.drop_table("planning")
