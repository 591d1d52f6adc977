"""The contact policy: what was announced at creation, and who was asked for consent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("collection", sa.Column("contract", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("person", sa.Column("consent_asked", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("person", "consent_asked")
    op.drop_column("collection", "contract")
