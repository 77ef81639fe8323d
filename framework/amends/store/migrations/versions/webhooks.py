"""Where survey vendors tell of answers, and the secrets they sign with.

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table, empty."""
    words: list[sa.Column[str]] = [
        sa.Column(name, sqlmodel.AutoString(), nullable=False)
        for name in ("name", "vendor", "experiment", "token_field")
    ]
    op.create_table(
        "webhook",
        *words,
        sa.Column("ratings", sa.JSON(), nullable=False),
        sa.Column("secret", sqlmodel.AutoString(), nullable=False),
        sa.Column("former_secret", sqlmodel.AutoString(), nullable=True),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_webhook"),
    )


def downgrade() -> None:
    """Removes the table with what it holds."""
    op.drop_table("webhook")
