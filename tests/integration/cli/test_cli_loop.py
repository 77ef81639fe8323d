"""The whole loop as a user types it, each command a process of its own."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def amends(tmp_path):
    """Runs `python -m amends …` in an empty folder and returns the finished process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    environment = {**kept, "PYTHONPATH": str(ROOT / "framework"), "PYTHONUTF8": "1"}

    def run(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "amends", *words],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_customers(path: Path, n: int = 60) -> None:
    lines = [f"C-{number},30,Sari,{'id' if number % 2 else 'en'},38" for number in range(n)]
    path.write_text("\n".join(["unit_id,delay_hours,first_name,locale,shoe_size", *lines]), encoding="utf-8")


def test_define_assign_log_analyse_and_export_by_typing(amends, tmp_path):
    define_and_start(amends, tmp_path)
    sent = assign_twice(amends, tmp_path)
    log_answers(amends, tmp_path, sent)
    analyse(amends, tmp_path)
    export(amends, tmp_path)
    stop(amends, tmp_path)


def define_and_start(amends, folder):
    assert "Wrote experiments" in amends("new", "late_parcel").stdout
    file = folder / "experiments" / "late_parcel.py"
    text = file.read_text(encoding="utf-8")
    text = text.replace(" It should arrive on {new_date}.", "").replace(
        " dan diperkirakan tiba {new_date}", ""
    )
    file.write_text(text, encoding="utf-8")
    shown = amends("check").stdout
    assert "planned sample: 6,447 assigned" in shown
    assert "1 experiment read, no problems." in shown
    assert "survey links lead to" in amends("start", "late_parcel", code=2).stderr
    assert "is running" in amends("start", "late_parcel", "--yes").stdout
    assert "running already; nothing changed" in amends("start", "late_parcel").stdout


def assign_twice(amends, folder) -> list[dict[str, str]]:
    write_customers(folder / "customers.csv")
    first = amends("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    assert "60 customers, 0 of them assigned in an earlier run" in first.stdout
    assert "ignored: shoe_size" in first.stderr
    sent = rows(folder / "send.csv")
    assert [row["unit"] for row in sent] == [f"C-{number}" for number in range(60)]
    assert {row["arm"] for row in sent} == {"thank_you", "sorry", "silence"}
    assert all(row["invitation"].endswith(row["link"]) and row["link"] for row in sent)
    assert {row["repeat"] for row in sent} == {"false"}
    thanked = next(row for row in sent if row["arm"] == "thank_you" and row["locale"] == "id")
    assert thanked["message"].endswith("Terima kasih sudah sabar menunggu.")
    second = amends("assign", "late_parcel", "customers.csv", "--out", "again.csv")
    assert "60 of them assigned in an earlier run" in second.stdout
    again = rows(folder / "again.csv")
    assert {row["repeat"] for row in again} == {"true"}
    assert [{**row, "repeat": ""} for row in again] == [{**row, "repeat": ""} for row in sent]
    return sent


def log_answers(amends, folder, sent):
    by_hand = amends("respond", "late_parcel", "C-0", "--rating", "satisfaction=6")
    assert "Recorded the answer of C-0" in by_hand.stdout
    tokens = [row["link"].rsplit("/", 1)[1] for row in sent[1:31]]
    lines = [f"{token},{number % 7 + 1}" for number, token in enumerate(tokens)]
    (folder / "answers.csv").write_text("\n".join(["t,Q1", *lines]))
    answers = ("responses", "late_parcel", "answers.csv", "--token", "t", "--rating", "satisfaction=Q1")
    assert "Recorded 30 answers" in amends(*answers).stdout
    assert "Recorded 0 answers of late_parcel; 30 were stored already" in amends(*answers).stdout


def analyse(amends, folder):
    document = json.loads(amends("analyze", "late_parcel", "--json").stdout)
    assert document["status"] == "running"
    assert sum(arm["assigned"] for arm in document["arms"].values()) == 60
    assert sum(arm["completed"] for arm in document["arms"].values()) == 31
    assert {item["verdict"] for item in document["contrasts"]} == {"still collecting"}
    assert "Still collecting" in amends("report", "late_parcel").stdout
    written = amends("report", "late_parcel", "--html", "report.html", "--markdown", "report.md")
    assert written.stdout == ""
    for name in ("report.html", "report.md"):
        assert "Still collecting" in (folder / name).read_text(encoding="utf-8")


def export(amends, folder):
    assert "agrees with the rows" in amends("db", "verify").stdout
    amends("export", "late_parcel", "--out", "data")
    assert len(rows(folder / "data" / "assignments.csv")) == 60
    assert len(rows(folder / "data" / "responses.csv")) == 31
    assert not re.search(r"C-\d", (folder / "data" / "assignments.csv").read_text())
    explained = {(row["file"], row["column"]) for row in rows(folder / "data" / "data_dictionary.csv")}
    for name in ("assignments", "deliveries", "responses", "outcomes", "consents"):
        path = folder / "data" / f"{name}.csv"
        header = path.read_text().splitlines()[0].split(",")
        assert {(path.name, column) for column in header} <= explained


def stop(amends, folder):
    stopped = amends("stop", "late_parcel", "--then", "thank_you")
    assert "everybody gets the message of thank_you" in stopped.stdout
    write_customers(folder / "customers.csv", 61)
    amends("assign", "late_parcel", "customers.csv", "--out", "after.csv")
    late = rows(folder / "after.csv")[60]
    assert (late["arm"], late["status"]) == ("", "stopped")
    assert "Thank you for waiting so patiently." in late["message"]


def test_an_arm_does_not_depend_on_which_process_asks(amends, tmp_path):
    amends("new", "late_refund")
    amends("start", "late_refund", "--yes")
    path = tmp_path / "customers.csv"
    path.write_text("unit_id,delay_hours,first_name,new_date\n C-1 ,30,Sari,Friday\n", encoding="utf-8")
    amends("assign", "late_refund", "customers.csv", "--out", "send.csv")
    script = "import amends; print(amends.load('late_refund').arm_of(' C-1 '))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "framework")}
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert rows(tmp_path / "send.csv")[0]["arm"] == found.stdout.strip(), found.stderr


def test_a_closed_pipe_is_no_traceback(amends, tmp_path):
    amends("new", "late_refund")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "framework")}
    with subprocess.Popen(
        [sys.executable, "-m", "amends", "messages", "late_refund"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_terminal_that_cannot_show_a_letter_gets_the_rest(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "framework"), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "amends", "compare", "51/56", "40/51"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "91.1% against 78.4%" in done.stdout
