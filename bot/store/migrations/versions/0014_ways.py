"""Ways: what an attempt's payer wanted, what was tried before it, and why its channel was taken"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NEW = ("wanted", "tried", "reasons")


def upgrade() -> None:
    for name in _NEW:
        op.add_column("intent", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_index("intent_created", "intent", ["created_at"])


def downgrade() -> None:
    op.drop_index("intent_created", "intent")
    for name in _NEW:
        op.drop_column("intent", name)
