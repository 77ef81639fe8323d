"""How often an answer came again, counted with the response it repeats and so by arm.

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the count, 0 for what was stored before."""
    op.add_column("response", sa.Column("repeats", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Takes it away again."""
    with op.batch_alter_table("response") as responses:
        responses.drop_column("repeats")
