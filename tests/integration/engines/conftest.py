"""Real engines with a table of ids: DuckDB on Parquet, PostgreSQL, and Spark on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow
import pyarrow.parquet
import pytest
from sqlalchemy import create_engine, make_url

ENGINES = ("duckdb", "postgres", "pyspark")

MakeTable = Callable[[Mapping[str, Sequence[Any]]], Any]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_table(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeTable]:
    """Puts columns into a table of the engine; its arguments are those of a Parquet file."""
    opened: list[Any] = []

    def parquet(columns: Mapping[str, Sequence[Any]]) -> str:
        path = tmp_path / f"table{len(opened)}.parquet"
        pyarrow.parquet.write_table(pyarrow.table(dict(columns)), path)
        return str(path)

    def make(columns: Mapping[str, Sequence[Any]]) -> Any:
        if engine == "pyspark":
            return ibis.pyspark.connect(request.getfixturevalue("spark")).read_parquet(parquet(columns))
        if engine == "duckdb":
            opened.append(ibis.duckdb.connect())
            return opened[-1].read_parquet(parquet(columns))
        opened.append(connect(request.getfixturevalue("base")))
        return opened[-1].create_table(f"t{len(opened)}", pyarrow.table(dict(columns)))

    yield make
    for connection in opened:
        connection.disconnect()


@pytest.fixture
def base(postgresql: str) -> Iterator[str]:
    """A PostgreSQL database of its own, in UTF-8."""
    home = make_url(postgresql).set(drivername="postgresql+psycopg")
    admin = create_engine(home, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE warehouse TEMPLATE template0 ENCODING 'UTF8'")
    yield home.set(drivername="postgresql", database="warehouse").render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE warehouse WITH (FORCE)")
    admin.dispose()


def connect(address: str) -> Any:
    url = make_url(address)
    return ibis.postgres.connect(host=url.query["host"], user=url.username, database=url.database)
