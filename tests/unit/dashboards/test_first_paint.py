"""What must not be loaded before the first page stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SCRIPT = """
import sys
from dashboards import calculator, charts, data, experiment, frame, home, live, parts
from dashboards import planner, pooled, studies, trying, waiting, wording
from amends.lab import Lab
from amends.settings import load_settings
lab = Lab(sys.argv[1], settings=load_settings({"AMENDS_DATABASE_URL": "sqlite://"}))
assert lab.overview()
print(sorted({name.partition(".")[0] for name in sys.modules} & {"scipy", "statsmodels"}))
"""


def test_the_pages_and_the_list_need_no_statistics_library() -> None:
    """Titles, names and progress are there at once; scipy comes with the first figure."""
    paths = [str(ROOT), *(path for path in sys.path if path)]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{SCRIPT}", str(ROOT / "experiments")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
