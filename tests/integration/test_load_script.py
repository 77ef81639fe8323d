"""`scripts/load.py`, by which docs/scale.md was measured, at a thousandth of its size."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(folder: Path, what: str, customers: int) -> dict:
    command = [sys.executable, ROOT / "scripts" / "load.py", what, "sqlite", folder]
    ended = subprocess.run(
        [*command, "--customers", str(customers)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_filled_grown_and_measured_the_recount_agrees(tmp_path):
    filled = run(tmp_path, "fill", 2_000)
    assert filled["assigning"]["kinds"] == {"assigned": 2_000}
    assert run(tmp_path, "fill", 2_000)["assigning"]["kinds"] == {"repeats": 2_000}
    assert run(tmp_path, "grow", 10_000)["grown"] == 8_000
    cost = run(tmp_path, "cost", 10_000)  # which refuses to end where the recount finds anything
    assert (cost["wrong"], cost["rows"], cost["counted"]) == (0, 10_320, 10_320)
