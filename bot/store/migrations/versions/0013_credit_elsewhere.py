"""Credit that pays in another collection"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refund", sa.Column("into", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("refund", "into")
