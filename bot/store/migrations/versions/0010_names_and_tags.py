"""Whether the group reads names, and the cents that tell who paid"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("names", "tagged"):
        op.add_column("collection", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("due", sa.Column("tag", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("due", "tag")
    for name in ("tagged", "names"):
        op.drop_column("collection", name)
