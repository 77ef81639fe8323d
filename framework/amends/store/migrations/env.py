"""Runs the steps over a connection that the store holds open, inside its transaction."""

from __future__ import annotations

from alembic import context

from amends.store.tables import Base

VERSION_TABLE = "amends_version"


def run() -> None:
    """Runs the missing steps; the version table has our name, so that a host's own Alembic is left alone."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if hasattr(context, "config"):  # Alembic executes this file; importing it runs nothing
    run()
