"""Swings of payment channels: how they did, as far as it was measured"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "swing",
        sa.Column("id", _SERIAL, sa.Identity(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("channel", "operation", "swung")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("latency", "answered", "calls", "at")),
    )
    op.create_index("swing_at", "swing", ["at"])


def downgrade() -> None:
    op.drop_table("swing")
