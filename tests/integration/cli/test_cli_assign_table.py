"""`amends assign --table`: the arms of a whole table as one file, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from sqlalchemy import make_url, text

from amends import Experiment
from amends.discovery import discover

ASSIGN = ("assign", "late_parcel", "--table", "parquet:late.parquet", "--unit", "id")
TO = ("--to", "arms.parquet")


def write(columns: dict[str, list[Any]], path: str = "late.parquet") -> None:
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def arms() -> dict[str, tuple[str | None, str]]:
    rows = pyarrow.parquet.read_table("arms.parquet").to_pylist()
    assert [sorted(row) for row in rows] == [["arm", "status", "unit"]] * len(rows)
    return {row["unit"]: (row["arm"], row["status"]) for row in rows}


def experiment() -> Experiment:
    return discover(Path("experiments")).experiments["late_parcel"]


@pytest.mark.both_databases
def test_units_get_their_arms_and_those_who_opted_out_none(running: Any) -> None:
    ids = [f"C-{n}" for n in range(500)]
    write({"id": ids, "delay_hours": [23.9 if n % 10 == 0 else 30.0 for n in range(500)]})
    running("optout", "C-7")
    said = json.loads(running(*ASSIGN, *TO, "--json").stdout)
    expected: dict[str, tuple[str | None, str]] = {
        one: (arm, "assigned") for one, arm in zip(ids, experiment().arms_of(ids), strict=True)
    }
    for one in [*ids[::10], "C-7"]:
        expected[one] = (None, "not_eligible")
    assert arms() == expected
    assert said["rows"] == 500
    assert said["not_assigned"] == {"not_eligible": 51}
    assert sum(said["arms"].values()) == 449
    assert list(Path().glob(".*part")) == []
    assert running.rows("assignment") == 0
    found = running.run(text("SELECT detail FROM audit WHERE action = 'assign table'"))
    assert '"rows": 500' in str(found[0][0]).replace("'", '"')


def test_the_counts_are_said_and_the_file_names_the_definition(running: Any) -> None:
    write({"id": ["C-1", "C-2"], "delay_hours": [30, 30]})
    shown = running(*ASSIGN, *TO).stdout
    assert shown.startswith("Wrote arms.parquet: 2 rows. They are recorded nowhere else: keep the file.")
    metadata = pyarrow.parquet.read_schema("arms.parquet").metadata
    assert metadata[b"amends.experiment"] == b"late_parcel"
    assert metadata[b"amends.fingerprint"].decode() == experiment().fingerprint()


def test_a_refused_table_leaves_the_former_file_as_it_was(running: Any) -> None:
    write({"id": ["C-1"], "delay_hours": [30]})
    running(*ASSIGN, *TO)
    write({"id": ["C-1", ""], "delay_hours": [30, 30]})
    assert "id: 1 with an empty id" in running.refused(*ASSIGN, *TO)
    assert list(arms()) == ["C-1"]


def test_a_postgres_table_is_read_where_it_lies(running: Any, postgresql: str) -> None:
    import psycopg

    url = make_url(postgresql)
    with psycopg.connect(
        host=str(url.query["host"]), user=url.username, dbname=url.database, autocommit=True
    ) as connection:
        connection.execute("CREATE SCHEMA late")
        connection.execute("CREATE TABLE late.parcels AS SELECT 'C-1' AS id, 30 AS delay_hours")
        try:
            table = f"postgres:{postgresql}&table=late.parcels"
            running("assign", "late_parcel", "--table", table, "--unit", "id", *TO)
        finally:
            connection.execute("DROP SCHEMA late CASCADE")
    assert arms() == {"C-1": (experiment().arm_of("C-1"), "assigned")}


def test_only_a_running_experiment_gives_arms(desk: Any) -> None:
    write({"id": ["C-1"], "delay_hours": [30]})
    assert "late_parcel is draft" in desk.refused(*ASSIGN, *TO)
    desk("start", "late_parcel", "--yes")
    desk("pause", "late_parcel")
    assert "late_parcel is paused" in desk.refused(*ASSIGN, *TO)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--table", "parquet:late.parquet"), "--table URL and --to PATH.parquet go together"),
        (("--to", "arms.parquet"), "--table URL and --to PATH.parquet go together"),
        (("list.csv", "--table", "parquet:x", "--to", "y.parquet"), "CUSTOMERS.CSV is of a list"),
        (("--table", "parquet:late.parquet", "--to", "arms.csv"), "must end in .parquet"),
        (("--table", "oracle:late", "--to", "arms.parquet"), "parquet, postgres"),
        (("--table", "parquet:nowhere.parquet", "--to", "arms.parquet"), "nowhere.parquet"),
        (("list.csv", "--out", "x.csv", "--cluster", "party"), "--cluster is of a table"),
        (("list.csv",), "needs a list and --out"),
        ((), "needs a list and --out"),
    ],
)
def test_half_a_command_is_refused(running: Any, words: tuple[str, ...], said: str) -> None:
    assert said in running.refused("assign", "late_parcel", *words)
