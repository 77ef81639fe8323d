"""The demo: real data imported, designs simulated, reports printed; run twice, built once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A folder in which the demo ran twice, and what it printed."""
    folder = tmp_path_factory.mktemp("anywhere")
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    broken_off = folder / "demo" / "building"
    broken_off.mkdir(parents=True)
    (broken_off / "amends.db").write_text("left by a run that was interrupted")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    environment = {**kept, "PYTHONPATH": str(ROOT / "framework"), "PYTHONUTF8": "1"}
    runs = [
        subprocess.run(
            [sys.executable, "-m", "amends", "demo", "--no-serve"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        for _ in range(2)
    ]
    return folder, runs


def test_the_demo_ends_by_itself_without_an_error(demo):
    _, runs = demo
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
    assert "Traceback" not in runs[0].stderr + runs[1].stderr


def test_it_shows_the_real_replies_with_test_and_interval(demo):
    _, (first, _) = demo
    assert "2,814" in first.stdout
    assert "55.5% against 28.9%" in first.stdout
    assert "24.1 to 29.1" in first.stdout


def test_every_simulated_report_says_that_it_is_simulated(demo):
    _, (first, _) = demo
    for key in (
        "late_parcel",
        "restaurant_wait",
        "delayed_compensation",
        "low_reward",
        "wrong_survey",
        "message_and_compensation",
    ):
        report = first.stdout.split(f"\n{key}\n=")[1][:1500]
        assert "SIMULATED DATA" in report
        assert "Simulated customers, not real ones." in report
    assert "late_parcel · running" in first.stdout


def test_it_shows_the_published_studies_and_the_counts_that_fit(demo):
    _, (first, _) = demo
    assert "household ids unpublished" in first.stdout
    assert "59 pairs of counts" in first.stdout


def test_the_second_run_keeps_the_database_and_prints_the_same_figures(demo):
    folder, (first, second) = demo
    assert "Keeping demo" in second.stderr
    assert "Simulating" not in second.stderr

    def figures(text):
        return [line for line in text.splitlines() if not line.startswith("As of")]

    assert figures(first.stdout) == figures(second.stdout)
    assert sorted(path.name for path in (folder / "demo").iterdir()) == [
        "amends.db",
        "amends.db.secret",
        "email_replies.csv",
    ]


def test_the_real_database_is_not_even_made(demo):
    folder, _ = demo
    assert not (folder / "amends.db").exists()
