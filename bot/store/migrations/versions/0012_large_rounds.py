"""Large rounds of reminders: how far they are"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("round", sa.Text(), nullable=False, server_default=""))
    whole = sa.text("round != ''")
    op.create_index("outbox_round", "outbox", ["round", "created_at"], sqlite_where=whole, postgresql_where=whole)


def downgrade() -> None:
    op.drop_index("outbox_round", table_name="outbox")
    op.drop_column("outbox", "round")
