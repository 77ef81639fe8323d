"""`amends export --since` by several processes into one folder, and by one that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet

from amends import partitions
from amends.exporting import write_bytes

EXPORT = ("export", "late_parcel", "--since", "last", "--to", "sync")
GONE = ("responses", date(2026, 3, 1))
"""A day that the database does not know, so that every run wants its file away."""

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from amends import partitions

def rows():
    for number in range(partitions.AT_ONCE + 1):
        yield dict.fromkeys(column.name for column in partitions.TABLES["responses"])
    os.kill(os.getpid(), signal.SIGKILL)

partitions.write_rows(Path(sys.argv[1]), ("responses", date(2026, 3, 1)), rows(), experiment="x", mark="x")
"""


def _readable(folder: Path) -> None:
    for path in folder.rglob("rows.parquet"):
        try:
            pyarrow.parquet.ParquetFile(path).read()
        except FileNotFoundError:  # taken away since it was listed
            continue


def test_processes_that_export_at_once_all_end_well_and_leave_the_folder_right(assigned: Any) -> None:
    folder = assigned.folder / "sync"
    partitions.write_rows(folder, GONE, [], experiment="late_parcel", mark="of another time")
    command = [sys.executable, "-m", "amends", *EXPORT]
    at_once = [
        subprocess.Popen(command, cwd=assigned.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    while any(process.poll() is None for process in at_once):
        _readable(folder)
    said = [process.communicate()[1].decode() for process in at_once]
    assert [process.returncode for process in at_once] == [0, 0, 0], said
    assert not partitions.path_of(folder, GONE).exists()
    assert "Files new or changed: 0; as they were: 1; gone: 0" in assigned(*EXPORT).stdout


def test_a_day_that_another_run_took_away_first_is_no_error(tmp_path: Path) -> None:
    partitions.write_rows(tmp_path, GONE, [], experiment="x", mark="x")
    partitions.remove(tmp_path, GONE)
    partitions.remove(tmp_path, GONE)
    assert partitions.places(tmp_path) == {}


def test_what_a_killed_run_left_is_read_by_nobody_and_taken_away_after_an_hour(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (part,) = tmp_path.rglob(".rows.parquet.*")
    assert partitions.places(tmp_path) == {}
    assert not list(tmp_path.rglob("*.parquet"))
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    os.utime(part, (now.timestamp() - 3_500, now.timestamp() - 3_500))
    partitions.sweep(tmp_path, at=now)
    assert part.exists()  # it may be another run's, which still writes
    os.utime(part, (now.timestamp() - 3_700, now.timestamp() - 3_700))
    partitions.sweep(tmp_path, at=now)
    assert not part.exists()


def test_two_that_write_one_file_at_once_both_end_well(tmp_path: Path) -> None:
    errors: list[Exception] = []

    def write(letter: bytes) -> None:
        try:
            for _ in range(300):
                write_bytes(tmp_path / "_about.json", letter * 1_000)
        except OSError as error:
            errors.append(error)

    writers = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    assert (tmp_path / "_about.json").read_bytes() in {b"a" * 1_000, b"b" * 1_000}
    assert [path.name for path in tmp_path.iterdir()] == ["_about.json"]
