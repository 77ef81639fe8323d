"""The storm of `make soak` in small, on PostgreSQL; and that it finds what it is there to find."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "soak_storm.py"


def test_threads_and_tasks_of_several_processes_leave_one_arm_and_one_row_each_on_postgresql():
    arguments = ["--processes", "4", "--callers", "8", "--units", "200", "--on", "postgresql"]
    ended = subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, timeout=280, check=False
    )
    said = ended.stdout.splitlines()
    assert (ended.returncode, len(said)) == (0, 2), ended.stdout + ended.stderr
    assert all("800 calls for 200 units" in line and "one arm and one row each" in line for line in said)


def test_a_second_arm_a_lost_row_and_a_wrong_count_are_found(tmp_path):
    soak = runpy.run_path(str(SCRIPT))
    lab = soak["lab_on"](f"sqlite:///{tmp_path / 'storm.db'}", "hashed")
    lab.start("storm")
    answers = [lab.assign("storm", unit) for unit in range(3)]
    rows = [(unit, answer.arm, answer.status, answer.assignment_id) for unit, answer in enumerate(answers)]
    size = soak["Size"](processes=1, callers=1, units=3)
    lab.record_delivery("storm", 0, "sent")
    lab.record_response("storm", 0, satisfaction=3)
    assert soak["faults_of"](lab, "hashed", size, rows) == []

    other = next(arm.name for arm in lab.experiment("storm").arms if arm.name != rows[0][1])
    assert soak["faults_of"](lab, "hashed", size, [(0, other, *rows[0][2:]), *rows[1:]])
    assert soak["faults_of"](lab, "hashed", size, rows[1:])
    assert soak["faults_of"](lab, "hashed", size, [(*rows[0][:2], "error", None), *rows[1:]])
    with lab.store._database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tally SET assigned = assigned + 1")
    assert soak["faults_of"](lab, "hashed", size, rows)
    lab.close()
