"""100 million rows of Parquet by one command, `amends analyze --table`: its seconds and its memory.

The rows are made by DuckDB a file at a time in a temporary folder, which is removed at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from late_table import COLUMNS, KEY

LIMIT_MB = 4096

DEFINITION = '''"""A parcel is late: thank, apologise, or only state the facts?"""

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you

experiment = Experiment(
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
    metrics=[
        Proportion("completed", baseline=0.75, detect=0.02),
        Mean("satisfaction", scale=(1, 7), sd=1.6, detect=0.1),
    ],
)
'''


def run(folder: Path, address: str) -> tuple[dict[str, object], float, float]:
    """The report of the command as a process of its own, its seconds, and the most memory it held in MB."""
    words = [word for name, column in COLUMNS.items() for word in (f"--{name}", column)]
    command = ["-m", "amends", "analyze", KEY, "--table", f"parquet:{address}", *words, "--json"]
    answer, started = folder / "report.json", perf_counter()
    with answer.open("wb") as stdout:
        environment = {**os.environ, "AMENDS_EXPERIMENTS": str(folder / "experiments")}
        child = os.posix_spawn(
            sys.executable,
            [sys.executable, *command],
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, stdout.fileno(), 1)],
        )
        _, status, used = os.wait4(child, 0)
    if status:
        sys.exit(f"amends analyze ended with {os.waitstatus_to_exitcode(status)}")
    return json.loads(answer.read_text()), perf_counter() - started, used.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=100_000_000, help="rows of the table (default 100,000,000)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amends-rows-") as name:
        folder = Path(name)
        (folder / "experiments").mkdir()
        (folder / "experiments" / f"{KEY}.py").write_text(DEFINITION, encoding="utf-8")
        (folder / "rows").mkdir()
        # Made by a process of its own: what this one held would count as the command's, which it starts.
        maker = [sys.executable, "late_table.py", str(folder / "rows"), str(asked.rows)]
        made = subprocess.run(maker, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
        address = made.stdout.strip()
        size = sum(file.stat().st_size for file in (folder / "rows").iterdir()) / 1e6
        report, seconds, megabytes = run(folder, address)
    counted = sum(arm["assigned"] for arm in report["arms"].values())  # type: ignore[attr-defined]
    assert counted == asked.rows, counted
    found = {
        "rows": counted,
        "parquet_mb": size,
        "seconds": seconds,
        "peak_mb": megabytes,
        "limit_mb": LIMIT_MB,
    }
    if asked.json:
        print(json.dumps(found))
    else:
        print(
            f"{counted:,} rows, {size:,.0f} MB of Parquet: {seconds:.1f} s, {megabytes:,.0f} MB at most "
            f"(goal {LIMIT_MB:,}: {'reached' if megabytes < LIMIT_MB else 'MISSED'})"
        )


if __name__ == "__main__":
    main()
