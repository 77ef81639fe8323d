"""`amends export --since`: every row once, whatever the order of commits; files whole whatever breaks off."""

from __future__ import annotations

import json
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from amends import partitions
from amends.errors import UsageError
from amends.lab.syncing import sync
from amends.partition_columns import SCHEMA_VERSION, TABLES
from tests.integration.sync_files import KEY, agree, exported, run


@pytest.fixture
def lab(open_lab: Any, define: Any) -> Any:
    return open_lab(define())


@pytest.fixture
def week(lab: Any, clock: Any, late: Any) -> Any:
    """Five days with ten customers each, some of them sent to and answering."""
    for day in range(5):
        for n in range(10):
            unit = f"C-{day}-{n}"
            lab.assign(KEY, unit, **late)
            if n % 2:
                lab.record_delivery(KEY, unit, "sent")
            if n % 3 == 0:
                lab.record_response(KEY, unit, satisfaction=1 + n % 7)
        clock.pass_by(days=1)
    return lab


@pytest.mark.both_databases
def test_the_first_export_has_every_row_under_its_day(week: Any, tmp_path: Path) -> None:
    done = run(week, tmp_path / "sync")
    assert done.written == {"assignments": 5, "deliveries": 5, "responses": 5}
    assert done.rows == 50 + 25 + 20
    assert agree(week, tmp_path / "sync")
    for path in (tmp_path / "sync").glob("table=assignments/day=*/rows.parquet"):
        days = {
            row["assigned_at"].date().isoformat()
            for row in pyarrow.parquet.ParquetFile(path).read().to_pylist()
        }
        assert {f"day={day}" for day in days} == {path.parent.name}


def test_a_second_export_writes_nothing_and_a_new_row_only_its_day(
    week: Any, late: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "sync"
    run(week, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}
    assert (run(week, folder).written, run(week, folder).unchanged) == ({}, 15)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")} == before
    week.assign(KEY, "C-new", **late)
    assert run(week, folder).written == {"assignments": 1}
    assert agree(week, folder)


@pytest.mark.both_databases
def test_an_answer_to_an_old_message_writes_the_day_of_its_unit_anew(week: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sync"
    run(week, folder)
    week.record_response(KEY, "C-0-1", satisfaction=2, finished=False)
    assert run(week, folder).written == {"responses": 1}
    week.record_response(KEY, "C-0-1", satisfaction=3)  # the same row, changed in place
    assert run(week, folder).written == {"responses": 1}
    assert agree(week, folder)


@pytest.mark.both_databases
def test_an_erased_customer_leaves_the_files_at_the_next_export(week: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sync"
    run(week, folder)
    pseudonym = week.store.pseudonym("C-2-3")
    assert pseudonym in {row["unit"] for row in exported(folder, "deliveries")}
    week.store.forget(pseudonym)
    assert run(week, folder).written == {"assignments": 1, "deliveries": 1, "responses": 1}
    assert pseudonym not in {row["unit"] for table in TABLES for row in exported(folder, table)}
    assert agree(week, folder)


def test_since_a_day_leaves_earlier_days_out(week: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sync"
    run(week, folder, since=date(2026, 3, 5))
    assert {path.name for path in folder.glob("table=*/day=*")} == {"day=2026-03-05", "day=2026-03-06"}
    run(week, folder)
    assert agree(week, folder)


def test_no_file_holds_a_customers_id_and_tests_are_flagged(week: Any, late: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sync"
    week.assign(KEY, "C-4-tester", test=True, arm="sorry", **late)
    run(week, folder)
    assert all(b"C-4-" not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert {len(row["unit"]) for table in TABLES for row in exported(folder, table)} == {64}
    assert [row["arm"] for row in exported(folder, "assignments") if row["test"]] == ["sorry"]


def test_a_run_that_breaks_off_leaves_every_file_readable_and_the_next_completes_it(
    week: Any, late: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "sync"
    run(week, folder)
    for day in range(5):
        week.record_response(KEY, f"C-{day}-1", satisfaction=5)
    steps = sync(week, KEY, folder)
    for _ in range(11):  # ten files stand as they were, then the first of five is written
        next(steps)
    steps.close()
    assert len(exported(folder, "responses")) == 21
    assert not list(folder.rglob(".*part"))
    assert run(week, folder).written == {"responses": 4}
    assert agree(week, folder)


def test_a_file_that_was_damaged_or_deleted_is_written_again(week: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sync"
    run(week, folder)
    (folder / "table=responses/day=2026-03-02/rows.parquet").write_bytes(b"PAR1 not any more")
    (folder / "table=deliveries/day=2026-03-03/rows.parquet").unlink()
    assert run(week, folder).written == {"deliveries": 1, "responses": 1}
    assert agree(week, folder)


def test_rows_that_fail_to_be_written_leave_the_former_file(week: Any, tmp_path: Path) -> None:
    folder, place = tmp_path / "sync", ("responses", date(2026, 3, 2))
    run(week, folder)
    before = partitions.path_of(folder, place).read_bytes()

    def broken() -> Any:
        yield {"unit": "a row without its columns"}

    with pytest.raises(KeyError):
        partitions.write_rows(folder, place, broken(), experiment=KEY, mark="x")
    assert partitions.path_of(folder, place).read_bytes() == before
    assert not list(folder.rglob(".*part"))


@pytest.mark.both_databases
def test_exports_beside_writers_lose_and_repeat_nothing(lab: Any, late: Any, tmp_path: Path) -> None:
    folder, done, errors = tmp_path / "sync", threading.Event(), []

    def write(writer: int) -> None:
        try:
            for n in range(40):
                lab.assign(KEY, f"W-{writer}-{n}", **late)
                lab.record_response(KEY, f"W-{writer}-{n}", satisfaction=1 + n % 7, finished=n % 2 == 0)
                if n % 3 == 0:
                    lab.record_delivery(KEY, f"W-{writer}-{n}", "sent")
        except Exception as error:
            errors.append(error)

    def watch() -> None:
        for thread in writers:
            thread.join()
        done.set()

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in writers:
        thread.start()
    threading.Thread(target=watch).start()
    seen: list[int] = []
    while not done.is_set():
        run(lab, folder)
        units = [row["unit"] for row in exported(folder, "assignments")]
        assert len(set(units)) == len(units)
        assert {row["unit"] for row in exported(folder, "responses")} <= set(units)
        seen.append(len(units))
    assert errors == []
    assert seen == sorted(seen)
    run(lab, folder)
    assert len(exported(folder, "assignments")) == 160
    assert agree(lab, folder)


def test_masked_arms_are_letters_until_the_stop(
    open_lab: Any, define: Any, late: Any, tmp_path: Path
) -> None:
    lab, folder = open_lab(define(masked=True)), tmp_path / "sync"
    for n in range(30):
        lab.assign(KEY, f"C-{n}", **late)
        lab.record_delivery(KEY, f"C-{n}", "sent", said="sorry")
    lab.record_response(KEY, "C-1", satisfaction=4)
    lab.assign(KEY, "C-tester", test=True, arm="silence", **late)
    assert run(lab, folder).masked
    found = exported(folder, "assignments")
    assert {row["arm"] for row in found if not row["test"]} == {"A", "B", "C"}
    assert [row["arm"] for row in found if row["test"]] == [None]
    assert exported(folder, "deliveries") == []
    content = b"".join(path.read_bytes() for path in folder.rglob("*.parquet"))
    assert not [name for name in (b"thank_you", b"sorry", b"silence") if name in content]
    lab.stop(KEY)
    done = run(lab, folder)
    assert (done.masked, done.unchanged) == (False, 0)
    assert agree(lab, folder)


def test_the_folder_says_what_every_column_means_in_both_languages(week: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sync"
    run(week, folder)
    said = json.loads((folder / "data_dictionary.json").read_text(encoding="utf-8"))
    assert said["schema_version"] == SCHEMA_VERSION == 1
    for table, columns in said["tables"].items():
        (path, *_) = folder.glob(f"table={table}/day=*/rows.parquet")
        assert pyarrow.parquet.read_schema(path).names == [column["column"] for column in columns]
        assert all(column["en"] and column["id"] and column["en"] != column["id"] for column in columns)
    page = (folder / "data_dictionary.md").read_text(encoding="utf-8")
    assert all(f"`{column.name}`" in page for columns in TABLES.values() for column in columns)
    about = json.loads((folder / "_about.json").read_text(encoding="utf-8"))
    assert (about["experiment"], about["arms"], about["simulated"]) == (KEY, "names", False)


def test_a_column_is_added_or_renamed_only_under_a_new_schema_version() -> None:
    written = {
        name: [f"{column.name} {column.type}" for column in columns] for name, columns in TABLES.items()
    }
    whose = ["assignment_id text", "unit text", "arm text", "test yes/no"]
    assert (SCHEMA_VERSION, written) == (
        1,
        {
            "assignments": [
                *whose,
                *("assigned_at time", "invite_at time", "channel text", "locale text", "timezone text"),
                *("delay_seconds number", "delay_band text", "cluster text", "stratum text", "strata json"),
                *("position whole", "covariates json", "sender text"),
            ],
            "deliveries": [*whose, "status text", "at time", "said text", "detail text"],
            "responses": [
                *whose,
                *("started_at time", "finished_at time", "late yes/no", "ratings ratings", "answers json"),
            ],
        },
    )


def test_another_experiments_folder_is_refused(week: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sync"
    partitions.describe(folder, "late_refund", about={})
    with pytest.raises(UsageError, match="holds late_refund: give late_parcel a folder of its own"):
        run(week, folder)
    (folder / "_about.json").write_text(json.dumps({"experiment": KEY, "schema_version": 99}))
    with pytest.raises(UsageError, match="schema version 99, this program knows 1"):
        run(week, folder)
    with pytest.raises(UsageError, match="is a file"):
        run(week, folder / "_about.json")


def test_every_export_is_in_the_audit(week: Any, tmp_path: Path) -> None:
    run(week, tmp_path / "sync")
    entries = [entry for entry in week.store.audit_log(KEY) if entry.action == "export"]
    assert [entry.detail for entry in entries] == [
        {"rows": "changed", "format": "parquet", "since": "last", "masked": False}
    ]
