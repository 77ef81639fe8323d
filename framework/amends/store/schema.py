"""Brings a database to the schema of this version, and binds it to one secret."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select, text

from amends.errors import ConfigurationError
from amends.store.engine import Database, use_wal
from amends.store.pseudonyms import fingerprint
from amends.store.statements import insert_new
from amends.store.tables import Meta, table

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

HEAD = "0009"
"""The newest step in `migrations/versions`: known here, so that an up-to-date start loads no Alembic."""

VERSION_TABLE = "amends_version"
ADVISORY_LOCK = 0x616D656E6473  # "amends": one process migrates, the others wait


def prepare(database: Database, *, secret: bytes, migrate: bool) -> None:
    """Creates or updates the tables and checks the secret.

    Raises:
        ConfigurationError: The database belongs to another secret, or to a newer version.
    """
    if database.dialect == "sqlite" and not database.in_memory:
        use_wal(database)
    with database.read() as connection:
        found = version(connection)
    if found != HEAD:
        _update(database, found, migrate=migrate)
    database.write(lambda connection: _check_secret(connection, database, secret))


def version(connection: Connection) -> str | None:
    """The step that the database is at; None where it is empty."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return found


def _update(database: Database, found: str | None, *, migrate: bool) -> None:
    shown = database.url.render_as_string(hide_password=True)
    if not migrate:
        raise ConfigurationError(
            f"the database {shown} is at schema {found or 'none'}, this version needs {HEAD}. "
            "Run: amends db upgrade"
        )

    def work(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        if version(connection) != HEAD:  # else another process was quicker
            upgrade(connection, shown=shown)

    database.write(work)


def upgrade(connection: Connection, *, shown: str = "", to: str = "head") -> None:
    """Runs the missing steps inside the connection's transaction: all of them or none.

    Raises:
        ConfigurationError: The database is at a step that this version does not know.
    """
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = config_of(connection)
    found = version(connection)
    try:
        if found is not None:
            ScriptDirectory.from_config(config).get_revision(found)
    except CommandError as error:
        raise ConfigurationError(
            f"the database {shown} is at schema {found}, which is newer than this version of amends knows "
            f"({HEAD}). Update amends: pip install --upgrade amends"
        ) from error
    command.upgrade(config, to)


def config_of(connection: Connection) -> Config:
    """Alembic's view of the steps, to be run inside the connection's transaction."""
    from pathlib import Path

    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _check_secret(connection: Connection, database: Database, secret: bytes) -> None:
    meta = table(Meta)
    mine = fingerprint(secret)
    connection.execute(
        insert_new(meta, connection.dialect.name, key=("name",)),
        {"name": "secret_fingerprint", "value": mine},
    )
    stored = connection.execute(select(meta.c.value).where(meta.c.name == "secret_fingerprint")).scalar_one()
    if not hmac.compare_digest(str(stored), mine):
        raise ConfigurationError(
            f"the database {database.url.render_as_string(hide_password=True)} was made with another secret: "
            f"its fingerprint is {stored[:8]}…, the given one's {mine[:8]}…. With the wrong secret every "
            "customer would look new. Set AMENDS_SECRET to the one it was made with, or use another database."
        )
