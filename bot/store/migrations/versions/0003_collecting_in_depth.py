"""Collecting in depth: credit, weights, sign-up, co-treasurers, paying for others"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEW: dict[str, tuple[sa.Column[Any], ...]] = {
    "collection": (
        sa.Column("recipient", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("helpers", sa.Text(), nullable=False, server_default=""),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.Column("quorum", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False, server_default=""),
    ),
    "due": (
        sa.Column("credit", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("weight", sa.BigInteger(), nullable=False, server_default="100"),
        sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("rest_until", sa.BigInteger(), nullable=True),
        sa.Column("promised", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("paying_for", sa.Text(), nullable=False, server_default=""),
    ),
    "intent": (
        sa.Column("covers", sa.Text(), nullable=False, server_default=""),
        sa.Column("surface", sa.Text(), nullable=False, server_default="web"),
        sa.Column("ip", sa.Text(), nullable=False, server_default=""),
    ),
    "charge": (
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
    ),
}


def upgrade() -> None:
    for table, columns in _NEW.items():
        for column in columns:
            op.add_column(table, column)
    op.execute("UPDATE collection SET recipient = organiser")
    op.execute(
        "UPDATE due SET credit = COALESCE((SELECT -SUM(posting.minor) FROM posting WHERE posting.collection_id ="
        " due.collection_id AND posting.account = 'listed:overpaid:' || CAST(due.member_id AS TEXT)), 0)"
    )


def downgrade() -> None:
    for table, columns in _NEW.items():
        for column in columns:
            op.drop_column(table, column.name)
