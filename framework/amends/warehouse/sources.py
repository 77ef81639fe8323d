"""Tables where they lie: by address (`parquet:PATH`, `postgres:URL?table=NAME`, `spark:PATH`), or given."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from amends.errors import UsageError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir

KINDS = ("parquet", "postgres", "spark")
FORMS = "parquet:late.parquet, postgres:postgresql://host/base?table=late or spark:late.parquet"


ENGINES = ("duckdb", "_duckdb", "ibis", "psycopg", "py4j", "pyspark", "pyarrow")
"""Modules whose errors say that a table cannot be read, not that the program is wrong."""


@contextmanager
def reading() -> Generator[None, None, None]:
    """Turns what an engine says against a table, while it reads it, into one line for people.

    Raises:
        UsageError: What the engine said: files of a folder that differ, words where numbers should be.
    """
    try:
        yield
    except Exception as error:  # the engines' errors have no class in common but this; all others go on
        if type(error).__module__.partition(".")[0] not in ENGINES:
            raise
        raise UsageError(
            f"the table cannot be read as its columns were named: {_said(error)}. Mend the table, or name "
            "another column."
        ) from error


def open_table(url: str) -> ir.Table:
    """Opens a table in its engine; nothing is read yet.

    Args:
        url: `parquet:late.parquet` (DuckDB; a path or a pattern), `postgres:postgresql://host/base?table=late`
            (or `table=schema.late`), or `spark:late.parquet` (a path or a pattern).

    Raises:
        UsageError: An address of another kind, or a table that cannot be opened.
    """
    kind, colon, rest = url.partition(":")
    if not colon or not rest or kind not in KINDS:
        raise UsageError(
            f"table {url!r} is not KIND:ADDRESS. {nearest(kind, KINDS, what='kinds')} Write {FORMS}."
        )
    ibis = _ibis()
    try:
        if kind == "parquet":
            return ibis.duckdb.connect().read_parquet(rest)
        return _postgres(rest) if kind == "postgres" else _spark(rest)
    except UsageError:
        raise
    except Exception as error:
        # Engines raise errors of their own, and each would reach the user as a traceback. An address may
        # hold a password, so that only what the engine said is passed on.
        raise UsageError(
            f"table {kind}:… cannot be opened: {_said(error)}. Check the address; it is written {FORMS}."
        ) from error


def as_table(thing: Any) -> ir.Table:
    """A table of an engine from an Ibis table, or from a pandas, polars or Arrow table by DuckDB.

    Args:
        thing: An `ibis` table, a pandas data frame, a polars data or lazy frame, a PyArrow table.

    Raises:
        UsageError: Something else.
    """
    _ibis()
    import ibis.expr.types as ir

    if isinstance(thing, ir.Table):
        return thing
    # Told by name, so that of the three only the one that made the table has to be installed.
    home, name = type(thing).__module__.partition(".")[0], type(thing).__name__
    if (home, name) in {("pandas", "DataFrame"), ("polars", "DataFrame"), ("pyarrow", "Table")}:
        return _in_duckdb(thing)
    if (home, name) == ("polars", "LazyFrame"):
        return _in_duckdb(thing.collect())
    raise UsageError(
        f"table is a {type(thing).__name__}; it must be a pandas, polars, Arrow or Ibis table, or an address "
        f"for amends.warehouse.sources.open_table: {FORMS}."
    )


def _said(error: Exception) -> str:
    """The first line of what an engine said; the others are its own traces and queries."""
    said = str(error).strip().splitlines()
    return said[0].rstrip(".") if said else type(error).__name__


def _in_duckdb(frame: Any) -> ir.Table:
    table: ir.Table = _ibis().memtable(frame)
    return table


def _ibis() -> Any:
    try:
        import ibis
    except ImportError:
        raise UsageError(
            "tables in engines need Ibis, which is not installed: pip install 'amends[warehouse]' "
            "(for Spark: 'amends[spark]')."
        ) from None
    return ibis


def _postgres(address: str) -> ir.Table:
    from sqlalchemy import make_url

    url = make_url(address if "://" in address else f"postgresql:{address}")
    name, host = url.query.get("table"), url.query.get("host", url.host)
    if not isinstance(name, str) or not isinstance(host, str | None):
        raise UsageError(
            "the address of a PostgreSQL table must end in ?table=NAME or ?table=SCHEMA.NAME and "
            "name one host."
        )
    connection = _ibis().postgres.connect(
        host=host,
        port=url.port or 5432,
        user=url.username,
        password=url.password,
        database=url.database,
    )
    schema, dot, plain = name.rpartition(".")
    table: ir.Table = connection.table(plain, database=schema if dot else None)
    return table


def _spark(path: str) -> ir.Table:
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[*]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    table: ir.Table = _ibis().pyspark.connect(session).read_parquet(path)
    return table
