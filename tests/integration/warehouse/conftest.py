"""One set of rows in every engine, and the report that the store gives of the same rows."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from sqlalchemy import create_engine

from amends import Experiment, Lab
from amends.settings import load_settings
from amends.store.values import Finished
from tests.integration.conftest import new_database

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENGINES = ("pandas", "polars", "arrow", "duckdb", "postgresql", "spark")
ELSEWHERE = ("checks", "done", "planned_and_done", "preregistration", "methods")
"""Sections that tell of the recording itself, of which a table knows nothing."""

Rows = Sequence[Mapping[str, Any]]


@pytest.fixture(scope="session")
def postgresql_base(postgresql: str) -> Iterator[str]:
    with new_database(postgresql, "template1") as url:
        yield url


@pytest.fixture
def table_in(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, pyarrow.Table], Any]:
    """The rows as that engine holds them: a frame, or an address."""

    def put(engine: str, rows: pyarrow.Table) -> Any:
        if engine == "pandas":
            return rows.to_pandas()
        if engine == "polars":
            return polars.from_arrow(rows)
        if engine == "arrow":
            return rows
        if engine == "postgresql":
            return _in_postgresql(request.getfixturevalue("postgresql_base"), rows)
        pyarrow.parquet.write_table(rows, tmp_path / "rows.parquet")
        if engine == "spark":
            request.getfixturevalue("spark")
        return f"{'parquet' if engine == 'duckdb' else 'spark'}:{tmp_path / 'rows.parquet'}"

    return put


def _in_postgresql(url: str, rows: pyarrow.Table) -> str:
    import ibis
    from sqlalchemy import make_url

    parts = make_url(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS late_rows")
    engine.dispose()
    base = ibis.postgres.connect(
        host=str(parts.query["host"]), user=parts.username, database=parts.database, password=parts.password
    )
    base.create_table("late_rows", rows, schema=ibis.Schema.from_pyarrow(rows.schema))
    base.disconnect()
    address = parts.set(drivername="postgresql").update_query_dict({"table": "late_rows"})
    return f"postgres:{address.render_as_string(hide_password=False)}"


def recorded(experiment: Experiment, rows: Rows) -> dict[str, Any]:
    """The report of the rows by the other route: every row into a store, counted and analysed there."""
    key = str(experiment.key)
    settings = load_settings({"AMENDS_DATABASE_URL": "sqlite://"})
    with closing(Lab([experiment], settings=settings, clock=lambda: NOON)) as lab:
        finished = [
            Finished(
                lab.store.pseudonym(str(number)),
                row["arm"],
                bool(row["completed"]),
                ratings=row.get("ratings", {}),
                outcomes=row.get("outcomes", {}),
                covariates=row.get("covariates"),
                cluster=row.get("cluster"),
            )
            for number, row in enumerate(sorted(rows, key=_order))
        ]
        snapshot, fingerprint = experiment.snapshot(), experiment.fingerprint()
        lab.store.import_finished(
            key, finished, snapshot=snapshot, fingerprint=fingerprint, seed="5eed", at=NOON
        )
        return comparable(lab.analyze(key).to_dict())


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The order in which a table's groups are read, so that what is drawn with a seed is drawn alike."""
    rating = row.get("ratings", {}).get("satisfaction", math.inf)
    values = [*row.get("outcomes", {}).values(), *(row.get("covariates") or {}).values()]
    return row["arm"], row["completed"], rating, *values, row.get("cluster", "")


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    """The report without what a table cannot know: when it was read, and how its rows were recorded."""
    found = copy.deepcopy(report)
    for name in ("as_of", "notes", "warnings", "deviations"):
        del found[name]
    for name in ELSEWHERE:
        found["sections"].pop(name, None)
    return found


def differences(one: Any, other: Any, *, at: str = "") -> list[str]:
    """Where two reports differ: numbers by more than 1e-9 of their size, everything else at all."""
    if isinstance(one, bool) or isinstance(other, bool) or type(one) in (str, type(None)):
        return [] if one == other else [f"{at}: {one!r} and {other!r}"]
    if isinstance(one, dict) and isinstance(other, dict):
        found = [f"{at}.{key} on one side only" for key in one.keys() ^ other.keys()]
        for key in one.keys() & other.keys():
            found += differences(one[key], other[key], at=f"{at}.{key}")
        return found
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{at}: {len(one)} and {len(other)} entries"]
        return [
            d
            for place, pair in enumerate(zip(one, other, strict=True))
            for d in differences(*pair, at=f"{at}[{place}]")
        ]
    if isinstance(one, int | float) and isinstance(other, int | float):
        exact = isinstance(one, int) and isinstance(other, int)
        same = one == other if exact else math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        return [] if same else [f"{at}: {one!r} and {other!r}"]
    return [f"{at}: {one!r} and {other!r}"]


def frame(rows: Rows) -> pandas.DataFrame:
    """The rows as a flat table with columns of a warehouse's own names."""
    return pandas.DataFrame(
        [
            {
                "gruppe": {"thank_you": "Dankeschön ✓", "sorry": "申し訳"}.get(row["arm"], row["arm"]),
                "done": int(row["completed"]),
                **{f"r_{name}": value for name, value in row.get("ratings", {}).items()},
                **{f"o_{name}": value for name, value in row.get("outcomes", {}).items()},
                **{f"c_{name}": value for name, value in (row.get("covariates") or {}).items()},
                **({"party": row["cluster"]} if "cluster" in row else {}),
            }
            for row in rows
        ]
    )
