"""A store on each kind of database, and scripts that use it from other processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amends.store import Store

SECRET = b"a secret of the tests"
STARTED = datetime(2025, 3, 1, 8, tzinfo=UTC)


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
