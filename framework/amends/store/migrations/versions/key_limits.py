"""Keys that expire, have a rate and show their last use; idempotency keys found by age.

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns and the index."""
    op.add_column("api_key", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_key", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_key", sa.Column("rate", sa.Float(), nullable=True))
    op.create_index("ix_idempotency_at", "idempotency", ["at"])


def downgrade() -> None:
    """Takes them away again."""
    op.drop_index("ix_idempotency_at", "idempotency")
    with op.batch_alter_table("api_key") as keys:
        for name in ("rate", "last_used_at", "expires_at"):
            keys.drop_column(name)
