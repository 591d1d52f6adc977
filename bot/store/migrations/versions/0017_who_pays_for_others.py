"""Who pays for others and owes nothing themselves was never taken off"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NEVER_ASKED = """
    amount = 0 AND paid = 0 AND NOT EXISTS (
        SELECT 1 FROM posting
        WHERE posting.collection_id = due.collection_id
        AND posting.account = 'owed:' || CAST(due.member_id AS TEXT)
    )
"""


def upgrade() -> None:
    op.execute(
        "UPDATE due SET standing = 'for_others', state = 'for_others' "  # noqa: S608 - nothing from outside is in it
        f"WHERE standing = 'dropped' AND {_NEVER_ASKED}"
    )


def downgrade() -> None:
    op.execute("UPDATE due SET standing = 'dropped', state = 'dropped' WHERE standing = 'for_others'")
