"""An index of test and forced assignments, which every report counts.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "ix_assignment_test"


def upgrade() -> None:
    op.create_index(
        NAME,
        "assignment",
        ["experiment"],
        sqlite_where=sa.text("test IS 1"),
        postgresql_where=sa.text("test IS true"),
    )


def downgrade() -> None:
    op.drop_index(NAME, "assignment")
