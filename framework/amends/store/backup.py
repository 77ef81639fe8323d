"""A copy of the database while it is in use, and back: checked before anybody relies on it.

SQLite copies itself page by page, on one view of the data. PostgreSQL is copied and restored by its own
`pg_dump` and `pg_restore`, which know every version's ways.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import URL

from amends.errors import ConfigurationError, StoreUnavailable, UsageError
from amends.store.urls import readable_url

TOOLS = (
    "Install PostgreSQL's client programs (Debian: apt install postgresql-client; macOS: brew install libpq)."
)
COUNTED = ("experiment", "assignment", "response", "audit")


def backup(url: str, file: Path) -> dict[str, int]:
    """Writes a copy of the database to a new file that this user alone may read.

    Args:
        url: The database's SQLAlchemy URL.
        file: Where the copy goes; it must not exist yet.

    Returns:
        Rows of the main tables in the copy; of PostgreSQL the number of entries in the archive.

    Raises:
        UsageError: The file exists, its folder does not, or the database is in memory.
        ConfigurationError: PostgreSQL's programs are missing.
        StoreUnavailable: The database could not be copied; no file is left.
    """
    _refuse_existing(file)
    partial = file.with_name(file.name + ".part")
    os.close(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    parsed = readable_url(url)
    try:
        write = _dump if parsed.get_backend_name() == "postgresql" else _copy
        counts = write(parsed, partial)
        partial.replace(file)
    finally:
        for left in (partial, *(Path(f"{partial}{end}") for end in ("-wal", "-shm", "-journal"))):
            with suppress(FileNotFoundError):
                left.unlink()
    return counts


def restore(file: Path, url: str) -> None:
    """Brings a copy back, into a database that does not exist yet (SQLite) or is empty (PostgreSQL).

    Raises:
        UsageError: There is no such copy, it is damaged, or the database is in use.
        ConfigurationError: PostgreSQL's programs are missing.
        StoreUnavailable: The server did not take it.
    """
    if not file.is_file():
        raise UsageError(f"there is no copy at {file.absolute()}.")
    parsed = readable_url(url)
    if parsed.get_backend_name() == "postgresql":
        _load(parsed, file)
        return
    target = _file_of(parsed)
    if target.exists():
        raise UsageError(
            f"{target.absolute()} exists. Move it away first: no copy takes a database's place by itself."
        )
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        _check(copy, file)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(target)) as made:
            copy.backup(made)


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise UsageError(f"{file.absolute()} exists: give the copy a name of its own.")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"the folder {file.absolute().parent} does not exist: make it first.")


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise UsageError("a database in memory has no file to copy.")
    return Path(url.database)


def _copy(url: URL, file: Path) -> dict[str, int]:
    source = _file_of(url)
    if not source.is_file():
        raise StoreUnavailable(f"the database {source} is not there.")
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as database,
            closing(sqlite3.connect(file)) as copy,
        ):
            database.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, to be carried anywhere
            return _check(copy, file)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the database {source} could not be copied ({error}).") from error


def _check(copy: sqlite3.Connection, file: Path) -> dict[str, int]:
    try:
        (said,) = copy.execute("PRAGMA integrity_check").fetchone()
        counts = {name: copy.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED}
    except sqlite3.Error as error:
        raise UsageError(f"{file} is no copy of an amends database ({error}).") from None
    if said != "ok":
        raise UsageError(f"the copy {file} is damaged: {said}.")
    return counts


def _dump(url: URL, file: Path) -> dict[str, int]:
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={file}")
    listed = _run("pg_restore", None, "--list", str(file))
    entries = sum(bool(line.strip()) and not line.startswith(";") for line in listed.splitlines())
    return {"entries": entries}


def _load(url: URL, file: Path) -> None:
    _run("pg_restore", None, "--list", str(file))
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _run("pg_restore", url, *options, str(file))


def _run(program: str, url: URL | None, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise ConfigurationError(f"{program} is not on PATH. {TOOLS}")
    environment = dict(os.environ)
    where: list[str] = []
    if url is not None:
        if url.password is not None:  # not among the arguments, which every user of the machine can see
            environment["PGPASSWORD"] = str(url.password)
        bare = url.set(drivername="postgresql", password=None)
        where = [f"--dbname={bare.render_as_string()}"]
    done = subprocess.run(
        [found, *where, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = "; ".join(line.strip() for line in done.stderr.strip().splitlines()[:3])
        if "version mismatch" in said:
            raise ConfigurationError(f"{said}. {TOOLS}")
        raise StoreUnavailable(f"{program} failed: {said or 'no reason given'}.")
    return done.stdout
