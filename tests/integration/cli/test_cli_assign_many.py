"""`amends assign-many`: killed in the middle it goes on where it was, without a duplicate or a gap."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CUSTOMERS, CHUNK = 20_000, 1_000
BARE = '''"""Thank, or only state the facts?"""

from amends import Experiment, Proportion, silence, thank_you

experiment = Experiment(
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), silence()],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05)],
)
'''
COMMAND = ("assign-many", "late_parcel", "customers.csv", "--out", "send.csv", "--chunk", str(CHUNK))


@pytest.fixture
def running(desk):
    """A desk whose experiment runs."""
    desk("start", "late_parcel", "--yes")
    return desk


def list_of(n: int, *, first: int = 0) -> str:
    rows = (f"C-{place},30,Sari {place}\n" for place in range(first, first + n))
    return "unit_id,delay_hours,first_name\n" + "".join(rows)


def begun() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "amends", *COMMAND],
        env={**os.environ, "PYTHONPATH": str(ROOT / "framework")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_after(parts: int) -> None:
    """Starts the command and kills it, by a signal that nothing can catch, once so many parts are said."""
    process = begun()
    said = 0
    while said < parts:
        line = process.stderr.readline()
        assert line, "it ended before it could be killed"
        said += " customers, " in line
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    process.stderr.close()


def sent(folder: Path) -> list[dict[str, str]]:
    with (folder / "send.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.both_databases
def test_killed_in_the_middle_it_goes_on_without_a_duplicate_or_a_gap(running):
    running.file("customers.csv", list_of(CUSTOMERS))
    killed_after(4)
    note = (running.folder / ".send.csv.reached").read_text()
    killed_after(5)
    assert not (running.folder / "send.csv").exists()
    assert 9 * CHUNK <= running.rows("assignment") < CUSTOMERS
    # As if the second kill had come before anything it wrote reached the file: those rows are repeats now.
    running.file(".send.csv.reached", note)
    done = json.loads(running(*COMMAND, "--json").stdout)

    rows = sent(running.folder)
    assert [row["unit"] for row in rows] == [f"C-{place}" for place in range(CUSTOMERS)]
    assert running.rows("assignment") == CUSTOMERS
    assert running("db", "verify").exit_code == 0
    repeats = Counter(row["repeat"] for row in rows)["true"]
    assert 5 * CHUNK <= repeats < CUSTOMERS
    assert done["continued_after"] == json.loads(note)["rows"] >= 4 * CHUNK
    assert (done["customers"], done["repeat"]) == (CUSTOMERS, repeats)
    assert done["arms"] == Counter(row["arm"] for row in rows)
    # Assigned afresh from another place, everybody is answered with what the file says.
    running("assign", "late_parcel", "customers.csv", "--out", "again.csv")
    with (running.folder / "again.csv").open(newline="") as file:
        again = list(csv.DictReader(file))
    assert [row["arm"] for row in again] == [row["arm"] for row in rows]
    assert [row["message"] for row in again] == [row["message"] for row in rows]
    assert sorted(path.name for path in running.folder.glob(".send*")) == []


def test_bare_ids_of_a_text_file_are_assigned_as_they_stand(desk):
    desk.define("bare", BARE)
    desk("start", "bare", "--yes")
    desk.file("ids.txt", " blank first\nC-2\r\n\nC-3")
    desk("assign-many", "bare", "ids.txt", "--out", "send.csv", "--chunk", "2")
    assert [row["unit"] for row in sent(desk.folder)] == [" blank first", "C-2", "C-3"]


def test_a_row_that_cannot_be_assigned_is_named_and_those_before_it_stand(running):
    whole = list_of(2_500)
    running.file("customers.csv", whole.replace("C-2100,30,", "C-2100,soon,"))
    said = running.refused(*COMMAND)
    assert "line 2102" in said
    assert "2,000 rows before are assigned" in said
    assert running.rows("assignment") == 2_000
    running.file("customers.csv", whole)
    running(*COMMAND)
    assert [row["repeat"] for row in sent(running.folder)] == ["false"] * 2_500


def test_another_list_is_not_taken_for_the_one_it_began_with(running):
    running.file("customers.csv", list_of(2_000) + "C-9,30\n")
    running.refused(*COMMAND)
    running.file("customers.csv", list_of(3_000, first=1))
    said = running.refused(*COMMAND)
    assert "not the list that the first 2,000 rows were made of" in said
    running.file("customers.csv", list_of(500))
    assert "not the list" in running.refused(*COMMAND)
    assert running.rows("assignment") == 2_000
