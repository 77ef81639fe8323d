"""The connection to the database: short transactions, safe to fork, troubles told as `StoreUnavailable`.

SQLite: WAL, synchronous FULL, foreign keys on, every write `BEGIN IMMEDIATE`. A plain `BEGIN` takes
the write lock only at the first write and then fails at once when somebody else wrote in between;
`IMMEDIATE` waits its turn. PostgreSQL: read committed, deadlocks tried again.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, exc
from sqlalchemy.pool import StaticPool

from amends.errors import ConfigurationError, StoreUnavailable
from amends.store.gate import Gate
from amends.store.idle import see_that_idle_connections_live
from amends.store.trouble import is_operational, worth_another_try
from amends.store.urls import file_of, in_memory, readable_url

Result = TypeVar("Result")


class Database:
    """An engine, and the only ways to use it.

    Args:
        url: SQLAlchemy URL of a SQLite or PostgreSQL database.
        timeout: Seconds to wait for a connection or a lock before giving up.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        self.url = readable_url(url)
        self.timeout = timeout
        self.dialect = self.url.get_backend_name()
        self.in_memory = self.dialect == "sqlite" and in_memory(self.url)
        self.engine = _engine(self.url, timeout=timeout, in_memory=self.in_memory)
        self._file = file_of(self.url) if self.dialect == "sqlite" and not self.in_memory else None
        self.has_short_way = self._file is not None
        self._kept: PoolProxiedConnection | None = None
        self._opened: tuple[int, int] | None = None
        self._turn = threading.Lock()
        self.gate = Gate(timeout=timeout, empty_out=self._forget_connections)

    def _forget_connections(self) -> None:
        if self._turn.acquire(blocking=False):
            self._give_back()
        else:  # somebody did not leave in time, and goes on with the connection: it is not ours any more
            self._kept = None
        self._turn = threading.Lock()
        if not self.in_memory:  # an in-memory database is its connection
            self.engine.dispose()

    def dispose(self) -> None:
        """Closes every connection; the next use connects again."""
        with self._turn:
            self._give_back()
        self.engine.dispose()

    def _refuse_another_file(self) -> None:
        """SQLite goes on in a file that was removed, and every record written there would be lost."""
        if self._file is None:
            return
        try:
            found = self._file.stat()
        except OSError:
            mark = None
        else:
            mark = (found.st_dev, found.st_ino)
        if self._opened is None:
            self._opened = mark
        elif mark != self._opened:
            raise StoreUnavailable(
                f"the database {self._file} was removed or replaced since it was opened. Nothing was stored; "
                "put the file back, or restart this process to go on with another."
            )

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Runs `work` in one write transaction and returns its result once that is durable.

        A deadlock or a connection that was lost before the commit is tried again within the
        timeout, so `work` must have no effect outside its connection.

        Raises:
            StoreUnavailable: The database did not answer in time, is full, read-only or gone.
        """
        deadline = time.monotonic() + self.timeout
        self._refuse_another_file()
        while True:
            committing = False
            try:
                with self.gate, self._my_turn(deadline), self.engine.connect() as connection:
                    connection = connection.execution_options(amends_deadline=deadline)
                    with connection.begin():
                        result = work(connection)
                        committing = True
                    return result
            except exc.SQLAlchemyError as error:
                if not is_operational(error):
                    raise
                if committing or not worth_another_try(error) or time.monotonic() >= deadline:
                    raise self.unavailable(error) from error

    def look(self, work: Callable[[Connection], Result], *, long: bool = False) -> Result:
        """Runs `work` on one consistent view of the data; once more where its connection had been ended.

        A server that was restarted, a proxy that closes what is idle: the next call must not notice.

        Args:
            work: Reads, and nothing else.
            long: As for `read`.

        Raises:
            StoreUnavailable: As from `write`.
        """
        try:
            with self.read(long=long) as connection:
                return work(connection)
        except StoreUnavailable as error:
            if not (isinstance(error.__cause__, exc.DBAPIError) and error.__cause__.connection_invalidated):
                raise
        with self.read(long=long) as connection:
            return work(connection)

    @contextmanager
    def read(self, *, long: bool = False) -> Iterator[Connection]:
        """A connection on one consistent view of the data.

        Args:
            long: No time limit for a statement (PostgreSQL): a recount or an export.
        """
        self._refuse_another_file()
        try:
            with self.gate, self._my_turn(None), self.engine.connect() as connection:
                if self.dialect == "postgresql":
                    connection = connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    if long and self.dialect == "postgresql":
                        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                    yield connection
        except exc.SQLAlchemyError as error:
            if not is_operational(error):
                raise
            raise self.unavailable(error) from error

    @contextmanager
    def short_way(self, *, write: bool) -> Iterator[sqlite3.Connection | None]:
        """SQLite's own connection (where `has_short_way`), for the call that a customer waits for.

        SQLAlchemy's layers cost ten times what SQLite takes for such a call. One connection is kept for
        it, and used by whose turn it is. With `write` it is one transaction, durable when the block ends.
        Without, each statement sees the data of its own moment, and where somebody else has the
        connection it is None: a reader waits for no writer.

        Raises:
            StoreUnavailable: As from `write`.
        """
        deadline = time.monotonic() + self.timeout
        self._refuse_another_file()
        try:
            with self.gate, self._my_turn(deadline if write else 0.0) as mine:
                if not mine:
                    yield None
                    return
                if self._kept is None:
                    self._kept = self.engine.raw_connection()
                raw: Any = self._kept.dbapi_connection
                try:
                    if write:
                        _begin_immediate(raw.execute, self._kept.info, deadline)
                    yield raw
                    if write:
                        raw.execute("COMMIT")
                except BaseException:
                    self._give_back()
                    raise
        except (sqlite3.DatabaseError, exc.SQLAlchemyError) as error:
            if not is_operational(error):
                raise
            raise self.unavailable(error) from error

    def _give_back(self) -> None:
        """The kept connection goes back to the others, which takes back what was not committed."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    @contextmanager
    def _my_turn(self, deadline: float | None) -> Iterator[bool]:
        """Threads of one process queue here for SQLite's single writer, instead of polling its lock.

        In memory there is one connection for everybody, so readers queue too.

        Args:
            deadline: When to give up; 0 for whoever does not wait and is told False; None for readers.
        """
        if self.dialect != "sqlite" or (deadline is None and not self.in_memory):
            yield True
            return
        turn = self._turn
        if deadline == 0:
            wait = 0.0
        else:
            wait = self.timeout if deadline is None else max(deadline - time.monotonic(), 0)
        if not turn.acquire(timeout=wait):
            if deadline != 0:
                raise exc.TimeoutError("waiting for the database's write lock within this process")
            yield False
            return
        try:
            yield True
        finally:
            turn.release()

    def unavailable(self, error: Exception) -> StoreUnavailable:
        """The error in our words, without statement or values, which may hold customer data."""
        cause = getattr(error, "orig", None) or error
        reason = str(cause).strip().splitlines()
        return StoreUnavailable(
            f"the database {self.url.render_as_string(hide_password=True)} did not do its work "
            f"within {self.timeout:g} s ({reason[0] if reason else type(cause).__name__}). Nothing was "
            "stored; try again, and see that it runs, has space and may be written to."
        )


def _engine(url: URL, *, timeout: float, in_memory: bool) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(
                url,
                hide_parameters=True,
                connect_args={"timeout": timeout, "check_same_thread": False, "isolation_level": None},
                **({"poolclass": StaticPool} if in_memory else {"pool_timeout": timeout}),
            )
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        engine = create_engine(
            url,
            hide_parameters=True,  # what customers wrote would stand in an unforeseen error's traceback
            pool_timeout=timeout,
            connect_args={"connect_timeout": max(int(timeout), 1)},
        )
    except ImportError as error:
        raise ConfigurationError(
            f"the driver for {url.drivername} is not installed ({error.name}). "
            "Run: pip install 'amends[postgres]'"
        ) from error
    event.listen(engine, "connect", _prepare_postgresql(timeout))
    see_that_idle_connections_live(engine)
    return engine


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA synchronous = FULL")
    # Zeros over what is deleted or replaced, whatever SQLite was built with: erased is gone from the file.
    raw.execute("PRAGMA secure_delete = ON")
    # At most 64 MiB a connection, taken as pages are read. With the 2 MiB that SQLite has by itself a count
    # over 100,000 units reads most pages several times. (Mapping the file would crash us if it were cut.)
    raw.execute("PRAGMA cache_size = -65536")


def _begin_sqlite(connection: Connection) -> None:
    deadline = connection.get_execution_options().get("amends_deadline")
    if deadline is None:
        connection.exec_driver_sql("BEGIN")
        return
    _begin_immediate(connection.exec_driver_sql, connection.info, deadline)


def _begin_immediate(execute: Callable[[str], object], info: Any, deadline: float) -> None:
    # Time already spent in the queue counts: what is left is what SQLite may wait. In steps of
    # 100 ms, so that a call that did not queue pays nothing.
    left = max(round((deadline - time.monotonic()) * 10), 1) * 100
    if info.get("amends_busy") != left:
        execute(f"PRAGMA busy_timeout = {left}")
        info["amends_busy"] = left
    execute("BEGIN IMMEDIATE")


def _prepare_postgresql(timeout: float) -> Callable[[Any, Any], None]:
    def prepare(raw: Any, _record: Any) -> None:
        milliseconds = max(int(timeout * 1000), 1)
        raw.execute(
            f"SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds}; SET timezone = 'UTC'"
        )
        raw.commit()

    return prepare


def use_wal(database: Database) -> None:
    """Puts a SQLite file into write-ahead mode, which it remembers; readers then never block writers."""
    deadline = time.monotonic() + database.timeout
    while True:
        try:
            with database.gate, database.engine.connect() as connection:
                raw: Any = connection.connection.dbapi_connection
                if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                    raw.execute("PRAGMA journal_mode = WAL")
            return
        except Exception as error:
            # Two processes that create the file at once: SQLite does not wait here by itself.
            if "locked" not in str(error) or time.monotonic() >= deadline:
                raise database.unavailable(error) from error
            threading.Event().wait(0.01)
