"""The audit refuses the two ways past its first triggers: TRUNCATE, and an INSERT OR REPLACE.

Revision: 0007, after 0006.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REFUSAL = "the audit only grows: its rows are neither changed nor deleted"


def upgrade() -> None:
    """Adds a trigger to each database: row triggers see no TRUNCATE, SQLite's see no REPLACE."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
        return
    op.execute(
        "CREATE TRIGGER audit_refuses_replacing BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number) "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def downgrade() -> None:
    """Takes it away again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_is_not_emptied ON audit")
    else:
        op.execute("DROP TRIGGER audit_refuses_replacing")
