"""Letters handed to mail servers.

Revision: 0008, after 0007.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table, empty."""
    op.create_table(
        "mail",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _text("experiment"),
        _text("unit"),
        _text("kind"),
        _text("incident"),
        _text("message_id"),
        sa.Column("enrolled", sa.Boolean(), nullable=False),
        _text("state"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _text("detail", nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_mail"),
        sa.ForeignKeyConstraint(["experiment"], ["experiment.key"], name="fk_mail_experiment_experiment"),
    )
    op.create_index("uq_mail_letter", "mail", ["experiment", "unit", "kind", "incident"], unique=True)
    op.create_index("uq_mail_message_id", "mail", ["message_id"], unique=True)
    op.create_index("ix_mail_unit", "mail", ["unit"])


def downgrade() -> None:
    """Removes the table with what it holds: a mailer run again would then write to everybody again."""
    op.drop_table("mail")


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sqlmodel.AutoString(), nullable=nullable)
