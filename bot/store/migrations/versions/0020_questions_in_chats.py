"""Questions that stand in chats, to be changed when they are answered"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("proposal", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("outbox_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("place", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("question")
