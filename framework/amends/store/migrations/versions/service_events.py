"""Service events and the targets they are judged by.

Revision: 0003, after 0002.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both tables, empty."""
    op.create_table(
        "service_event",
        _text("incident", nullable=False),
        _text("customer"),
        _text("channel"),
        _instant("received_at"),
        _instant("promised_at"),
        _instant("answered_at"),
        _instant("closed_at"),
        _text("agent"),
        _text("mailbox"),
        _text("timezone"),
        _text("sender", nullable=False),
        _instant("told_at", nullable=False),
        sa.PrimaryKeyConstraint("incident", name="pk_service_event"),
    )
    for column in ("customer", "agent"):  # an erasure looks for these
        op.create_index(f"ix_service_event_{column}", "service_event", [column])
    op.create_table(
        "response_target",
        _text("channel", nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_response_target"),
    )


def downgrade() -> None:
    """Removes both tables with what they hold."""
    op.drop_table("response_target")
    op.drop_table("service_event")


def _text(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sqlmodel.AutoString(), nullable=nullable)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
