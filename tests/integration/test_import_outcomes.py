"""Outcome tables: every row in one count, all stored or none, each value counted as if it came alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from amends import Mean, Proportion
from amends.errors import ImportRefused, UsageError
from amends.importing import read_table
from amends.importing.outcomes import OutcomeColumns
from amends.lab.outcome_rows import import_outcomes
from amends.lab.syncing import sync

KEY = "late_parcel"
METRICS = [
    Proportion("completed"),
    Proportion("complaint", source="outcome", better="lower"),
    Mean("refund", source="outcome", sd=10),
    Mean("star", source="outcome", scale=(1, 5), sd=1),
]
BY_ID = OutcomeColumns(
    metrics={"complaint": "complained", "refund": "paid", "star": "stars"}, unit="id", at="on"
)


@pytest.fixture
def lab(open_lab: Any, define: Any, late: Any, clock: Any) -> Any:
    lab = open_lab(define(metrics=METRICS, response_window=timedelta(days=7)))
    for n in range(6):
        lab.assign(KEY, f"C-{n}", **late)
    lab.assign(KEY, "C-test", test=True, **late)
    clock.pass_by(days=10)
    return lab


def take(lab: Any, content: str, columns: OutcomeColumns = BY_ID, **how: Any) -> Any:
    path = Path(lab.settings.experiments) / "outcomes.csv"
    path.write_text(content, encoding="utf-8")
    return import_outcomes(lab, KEY, [read_table(path)], columns, **how)


HEADER = "id,complained,paid,stars,on\n"
GOOD = HEADER + (
    "C-0,yes,12.5,5,2026-03-03T09:00:00+07:00\n"
    "C-1,0,,3,2026-03-03T09:00:00Z\n"
    "C-2,1,-3,,2026-03-11T09:00:00Z\n"  # after the window of seven days
    "C-test,1,1,1,2026-03-03T09:00:00Z\n"
)


@pytest.mark.both_databases
def test_rows_are_stored_and_counted_as_single_records_are(lab: Any) -> None:
    done = take(lab, GOOD)
    assert (done.new, done.values) == (10, 10)
    assert {fate: n for fate, n in done.account.counts().items() if n} == {"read": 4, "matched": 4}
    at = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert lab.store.verify() == []
    rows = list(lab.store.export_rows(KEY).outcomes)
    assert [(row["metric"], row["value"], row["late"]) for row in rows] == [
        *[("complaint", 1.0, False), ("refund", 12.5, False), ("star", 5.0, False)],
        *[("complaint", 0.0, False), ("star", 3.0, False)],
        *[("complaint", 1.0, True), ("refund", -3.0, True)],
        *[("complaint", 1.0, False), ("refund", 1.0, False), ("star", 1.0, False)],
    ]
    assert {row["at"] for row in rows if not row["late"]} == {at, at - timedelta(hours=7)}
    counted = {arm.arm: arm for arm in lab.tally(KEY).arms}
    assert (
        sum(arm.outcomes["complaint"] for arm in counted.values()) == 1
    )  # neither the late one nor the test
    assert sum(arm.moments["refund"].n for arm in counted.values()) == 1


@pytest.mark.both_databases
def test_the_same_table_again_stores_nothing_and_zero_gives_way(lab: Any) -> None:
    take(lab, GOOD)
    again = take(lab, GOOD)
    assert (again.new, again.values) == (0, 10)
    later = take(lab, HEADER + "C-1,1,,4,2026-03-04T09:00:00Z\n")
    assert later.new == 1  # the complaint of 0 said "nothing so far"; three stars stand
    assert lab.store.verify() == []
    values = {(row["unit"], row["metric"]): row["value"] for row in lab.store.export_rows(KEY).outcomes}
    assert values[lab.store.pseudonym("C-1"), "complaint"] == 1
    assert values[lab.store.pseudonym("C-1"), "star"] == 3


@pytest.mark.parametrize(
    ("row", "fault", "said"),
    [
        ("C-9,1,,,", "unknown", "line 3: this unit was never assigned in late_parcel (unknown)"),
        ("C-0,1,,,", "duplicate", "line 3: id 'C-0' already stands on outcomes.csv line 2 (duplicate)"),
        ("C-1,2,,,", "out of scale", "complained: '2' is not 0 or 1, true or false, yes or no"),
        ("C-1,,,6,", "out of scale", "stars: 6 is off the scale of star, 1 to 5 (out of scale)"),
        ("C-1,,much,,", "unreadable", "paid: 'much' is not a number"),
        ("C-1,1,,,2026-03-03T09:00:00", "unreadable", "is not a time with its zone"),
        ("C-1,1,,,2026-03-01T09:00:00Z", "unreadable", "is before its unit's message"),
        ("C-1,1,,,2027-03-01T09:00:00Z", "unreadable", "lies in the future"),
        (",1,,,", "unreadable", "unit id is an empty text"),
    ],
)
def test_one_bad_row_and_nothing_is_stored(lab: Any, row: str, fault: str, said: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        take(lab, f"{HEADER}C-0,1,,,\n{row}\n")
    shown = str(refused.value)
    assert shown.startswith("2 rows read: 1 matched,")
    assert f"1 {fault}" in shown.splitlines()[0]
    assert said in shown
    assert list(lab.store.export_rows(KEY).outcomes) == []


def test_unknown_rows_can_be_left_out_and_are_counted(lab: Any) -> None:
    done = take(lab, HEADER + "C-0,1,,,\nX-1,1,,,\nX-2,0,,,\n", skip_unknown=True)
    assert (done.account.counts()["matched"], done.account.counts()["unknown"], done.new) == (1, 2, 1)
    with pytest.raises(ImportRefused, match="1 out of scale"):
        take(lab, HEADER + "C-1,1,,9,\nX-1,1,,,\n", skip_unknown=True)


def test_exported_pseudonyms_find_their_units_and_parquet_is_read(lab: Any, tmp_path: Path) -> None:
    for _ in sync(lab, KEY, tmp_path / "sync"):
        pass
    (file,) = (tmp_path / "sync").glob("table=assignments/day=*/rows.parquet")
    units = [row["unit"] for row in pyarrow.parquet.ParquetFile(file).read().to_pylist() if not row["test"]]
    path = tmp_path / "complaints.parquet"
    happened = [datetime(2026, 3, 4, tzinfo=UTC)] * 6
    flags = [True, False, True, None, False, True]
    pyarrow.parquet.write_table(pyarrow.table({"unit": units, "c": flags, "on": happened}), path)
    columns = OutcomeColumns(metrics={"complaint": "c"}, pseudonym="unit", at="on")
    assert import_outcomes(lab, KEY, [read_table(path)], columns).new == 5
    assert sum(arm.outcomes["complaint"] for arm in lab.tally(KEY).arms) == 3


def test_two_files_are_one_table(lab: Any, tmp_path: Path) -> None:
    for name, row in (("march", "C-0,1"), ("april", "C-1,1"), ("again", "C-0,1")):
        (tmp_path / f"{name}.csv").write_text(f"id,c\n{row}\n")
    columns = OutcomeColumns(metrics={"complaint": "c"}, unit="id")
    tables = {name: read_table(tmp_path / f"{name}.csv") for name in ("march", "april", "again")}
    with pytest.raises(ImportRefused, match="again.csv line 2: id 'C-0' already stands on march.csv line 2"):
        import_outcomes(lab, KEY, list(tables.values()), columns)
    assert import_outcomes(lab, KEY, [tables["march"], tables["april"]], columns).account.read == 2


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (OutcomeColumns(metrics={"complaint": "complained"}), "--unit COLUMN or by --pseudonym COLUMN"),
        (OutcomeColumns(metrics={"complaint": "complained"}, unit="id", pseudonym="id"), "give one of them"),
        (OutcomeColumns(metrics={}, unit="id"), "no outcome is read"),
        (OutcomeColumns(metrics={"completed": "complained"}, unit="id"), "'completed' is not an outcome"),
        (OutcomeColumns(metrics={"complaint": "nope"}, unit="id"), "no column 'nope'"),
        (OutcomeColumns(metrics={"complaint": "complained"}, pseudonym="id"), "'c-0' is no pseudonym"),
    ],
)
def test_columns_that_do_not_fit_are_refused(lab: Any, columns: OutcomeColumns, said: str) -> None:
    with pytest.raises((ImportRefused, UsageError), match=said):
        take(lab, HEADER + "C-0,1,,,\n", columns)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"not any")
    with pytest.raises(ImportRefused, match="x.parquet cannot be read as Parquet"):
        read_table(tmp_path / "x.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"id": pyarrow.array([], "string")}), tmp_path / "e.parquet")
    with pytest.raises(ImportRefused, match="e.parquet has no rows"):
        read_table(tmp_path / "e.parquet")
    with pytest.raises(ImportRefused, match="does not exist"):
        read_table(tmp_path / "nowhere.parquet")
