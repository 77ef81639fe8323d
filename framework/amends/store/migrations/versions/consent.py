"""What units decided about taking part, counted in the tally; the form that finished a response; used codes.

Revision: 0009, after 0008.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COUNTS = ("agreed", "refused", "withdrawn")


def upgrade() -> None:
    """Adds the tables and the columns: nobody was asked before, so all counts begin at 0."""
    op.create_table(
        "consent",
        sa.Column("assignment", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _text("version", nullable=False),
        _text("locale", nullable=False),
        _instant("agreed_at"),
        _instant("refused_at"),
        _instant("withdrawn_at"),
        _text("debrief_version", nullable=False),
        _instant("debriefed_at"),
        sa.PrimaryKeyConstraint("assignment", name="pk_consent"),
        sa.ForeignKeyConstraint(
            ["assignment"], ["assignment.number"], name="fk_consent_assignment_assignment"
        ),
    )
    op.create_table(
        "completion_code",
        _text("experiment", nullable=False),
        _text("digest", nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("experiment", "digest", name="pk_completion_code"),
    )
    op.add_column("response", _text("form"))
    for name in COUNTS:
        op.add_column("tally", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Takes them away again, and with them what was decided."""
    # Not in batches, which make a table anew: others refer to these.
    for name in reversed(COUNTS):
        op.drop_column("tally", name)
    op.drop_column("response", "form")
    op.drop_table("completion_code")
    op.drop_table("consent")


def _text(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sqlmodel.AutoString(), nullable=nullable)


def _instant(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)
