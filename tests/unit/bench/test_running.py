"""`make bench` and `make bench-compare`: the figures are gathered, shown, and held against earlier ones."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench"


def module(name: str):
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def found(*goals: tuple[str, float], title: str = "Assigning") -> dict:
    return {
        "date": "2026-03-02",
        "machine": "2 cores, Linux x86_64",
        "python": "3.11.7",
        "load": 0.5,
        "rounds": 3,
        "versions": {"amends": "0.5.0", "growthbook": "1.4.1"},
        "benches": [
            {
                "title": title,
                "unit": "µs a call",
                "rows": [{"name": "ours", "fastest": 1.0, "median": 1.25}],
                "goals": [{"goal": goal, "value": value, "reached": value > 1} for goal, value in goals],
            }
        ],
    }


@pytest.fixture
def compared(tmp_path):
    """Runs the comparison as `make bench-compare` does: its exit code and its changes."""

    def run(before: dict, now: dict) -> tuple[int, list[dict]]:
        for name, one in (("before", before), ("now", now)):
            (tmp_path / name).write_text(json.dumps(one))
        command = [sys.executable, BENCH / "compare.py", tmp_path / "now", tmp_path / "before", "--json"]
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        return ended.returncode, json.loads(ended.stdout)

    return run


@pytest.mark.parametrize(
    ("goal", "before", "now", "code"),
    [
        ("times as fast ≥ 12", 15.0, 12.1, 0),  # 24% worse
        ("times as fast ≥ 12", 20.0, 15.9, 1),  # 26% worse, and the goal is reached all the same
        ("times as fast ≥ 12", 12.0, 40.0, 0),
        ("of the plain route ≤ 0.25", 0.20, 0.249, 0),
        ("of the plain route ≤ 0.25", 0.10, 0.126, 1),
        ("of the plain route ≤ 0.25", 0.20, 0.01, 0),
        ("ms of a report ≤ 5", 1.0, 4.9, 0),  # a time of another machine says nothing
        ("seconds for a step ≤ 5", 1.0, 4.9, 0),
        ("µs of CPU added ≤ 250", 10.0, 249.0, 0),
    ],
)
def test_a_ratio_worse_by_more_than_a_quarter_is_a_regression_and_a_time_is_not(
    compared, goal, before, now, code
):
    assert compared(found((goal, before)), found((goal, now)))[0] == code


def test_the_worst_comes_first_with_how_many_times_as_bad_it_is(compared):
    before = found(("good ≥ 1", 2.0), ("bad ≥ 1", 3.0))
    code, changes = compared(before, found(("good ≥ 1", 2.2), ("bad ≥ 1", 1.5)))
    assert code == 1
    assert [(change["name"], change["regressed"]) for change in changes] == [
        ("Assigning: bad", True),
        ("Assigning: good", False),
    ]
    assert changes[0]["worse"] == pytest.approx(2.0)


def test_a_ratio_that_a_run_does_not_have_any_more_is_told(compared):
    code, [change] = compared(found(("times as fast ≥ 12", 15.0)), found())
    assert code == 1
    assert change["now"] is None


def test_what_a_run_puts_in_brackets_does_not_make_another_ratio_of_it(compared):
    before = found(("rows a commit ≥ 25", 30.0), title="64 callers (900 flushes/s)")
    assert compared(before, found(("rows a commit ≥ 25", 30.0), title="64 callers (1,400 flushes/s)"))[0] == 0


def test_the_page_names_path_medians_figure_goal_and_what_was_missed():
    page = module("run").page(found(("times as fast ≥ 12", 15.04), ("of the floor ≥ 0.8", 0.5)))
    assert "Run of 2026-03-02 by `make bench` on 2 cores, Linux x86_64" in page
    assert "when it began, 3 rounds of each." in page
    assert "2 goals, 1 reached, 1 missed." in page
    assert "| Assigning | ours: 1.25<br>(µs a call) | 15 | times as fast ≥ 12 | reached |" in page
    assert "|  |  | 0.5 | of the floor ≥ 0.8 | **missed** |" in page


def test_every_benchmark_is_run_and_nothing_that_is_not_one():
    names = {path.stem for path in module("run").scripts()}
    assert {
        "assign",
        "bulk",
        "durable",
        "http_assign",
        "mediation",
        "report",
        "service_log",
        "start",
    } <= names
    assert not names & {"interleaved", "http_servers", "planout_peer", "run", "compare"}


def test_a_real_run_is_gathered_with_versions_and_compares_with_itself(tmp_path):
    out, page = tmp_path / "bench.json", tmp_path / "performance.md"
    command = [sys.executable, BENCH / "run.py", "--only", "assign", "--rounds", "1"]
    subprocess.run([*command, "--out", out, "--page", page], check=True, stdout=subprocess.DEVNULL)
    run = json.loads(out.read_text())
    assert {one["script"] for one in run["benches"]} == {"assign"}
    assert {"amends", "growthbook", "planout"} <= set(run["versions"])
    names = {row["name"] for one in run["benches"] for row in one["rows"]}
    for peer in ("growthbook", "planout", "eppo"):
        assert any(name.startswith(peer) for name in names), peer
    assert "times as fast as growthbook" in page.read_text()
    same = subprocess.run([sys.executable, BENCH / "compare.py", out, out], capture_output=True, check=False)
    assert same.returncode == 0
