"""What of a charge was for others, and whose due a refund comes off"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("charge", sa.Column("covered", sa.Text(), nullable=False, server_default=""))
    op.add_column("refund", sa.Column("paid_for", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("refund", "paid_for")
    op.drop_column("charge", "covered")
