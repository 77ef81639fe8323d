"""Prints the calibration table: every method's error beside its goal. Seeded; goes on where it stopped.

python scripts/calibrate.py [--fresh] [--write docs/statistics/calibration.md] [--only means,meta] [--jobs 2]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from datetime import UTC, datetime
from hashlib import sha256
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any

# Each process has one core to itself; read by the libraries when a process first loads them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: E402

from tests.calibration.table import FAMILIES, cells_of  # noqa: E402
from tests.calibration.table.cells import SEED, Cell, Row, together  # noqa: E402
from tests.calibration.table.end_to_end import SEEDS  # noqa: E402
from tests.calibration.table.page import Run, page, printed, unexplained  # noqa: E402

FOLDER = ROOT / "artifacts" / "calibration"
SLOWEST_FIRST = ("power", "verdicts", "completion", "mediation", "adjustment", "means", "sequential")
PACKAGES = ("amends", "numpy", "scipy", "statsmodels", "sqlalchemy")

Part = tuple[str, str, int]
"""Family, cell and number of the part."""


def main() -> int:
    """0 where every goal is held or its miss is explained, else 1."""
    chosen = _arguments()
    families = chosen.only.split(",") if chosen.only else list(FAMILIES)
    cells = {family: cells_of(family) for family in families}
    results = chosen.folder / "parts.jsonl"
    if chosen.fresh:
        results.unlink(missing_ok=True)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    done = _done(results, cells)
    _run_missing(cells, done, results, jobs=chosen.jobs)
    rows = {family: _rows(own, family, done) for family, own in cells.items()}
    printed(rows, Console())
    if chosen.write:
        chosen.write.parent.mkdir(parents=True, exist_ok=True)
        chosen.write.write_text(page(rows, _described(done)), encoding="utf-8")
    return 1 if unexplained(rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    parser.add_argument("--write", type=Path, help="also write the table to this Markdown file")
    parser.add_argument("--only", help=f"families, by comma: {', '.join(FAMILIES)}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where finished parts are kept")
    return parser.parse_args()


def _done(results: Path, cells: Mapping[str, list[Cell]]) -> dict[Part, Mapping[str, Any]]:
    """What earlier runs found, as far as it is of the cells as they are now."""
    if not results.exists():
        return {}
    known = {family: _mark(family) for family in cells}
    found: dict[Part, Mapping[str, Any]] = {}
    for line in results.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # the line that was being written when the run was broken off
        family = record["family"]
        if known.get(family) == record["mark"]:
            found[family, record["cell"], record["part"]] = record
    return found


def _mark(family: str) -> str:
    """Changes when the family's own simulations do."""
    source = ROOT / "tests" / "calibration" / "table" / f"{family}.py"
    return sha256(f"{SEED}".encode() + source.read_bytes()).hexdigest()[:16]


def _parts(cells: Mapping[str, list[Cell]]) -> Iterator[Part]:
    """Every part, the long ones first, so that no process is left alone with one at the end.

    What comes last, the A/A experiments, has many short parts.
    """
    order = [family for family in SLOWEST_FIRST if family in cells]
    for family in [*order, *(family for family in cells if family not in order)]:
        for cell in cells[family]:
            for number in range(cell.parts):
                yield family, cell.name, number


def _run_missing(
    cells: Mapping[str, list[Cell]],
    done: dict[Part, Mapping[str, Any]],
    results: Path,
    *,
    jobs: int,
) -> None:
    every = list(_parts(cells))
    missing = [part for part in every if part not in done]
    if not missing:
        return
    columns = (
        TextColumn("calibrating"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with (
        Progress(*columns, console=Console(stderr=True)) as progress,
        ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool,
        results.open("a", encoding="utf-8") as file,
    ):
        if file.tell() and not results.read_bytes().endswith(b"\n"):
            file.write("\n")  # after a line that was being written when the run was broken off
        task = progress.add_task("", total=len(every), completed=len(every) - len(missing))
        running: dict[Future[dict[str, Any]], Part] = {pool.submit(_run, part): part for part in missing}
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                part = running.pop(future)
                record = future.result()
                done[part] = record
                file.write(json.dumps(record) + "\n")
                file.flush()
                progress.update(task, advance=1, description=part[1])


def _run(part: Part) -> dict[str, Any]:
    """One part, in its own process."""
    family, name, number = part
    cell = next(cell for cell in cells_of(family) if cell.name == name)
    started = process_time()
    sums = cell.part(number)
    return {
        "family": family,
        "cell": name,
        "part": number,
        "mark": _mark(family),
        "sums": sums,
        "seconds": process_time() - started,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _rows(cells: list[Cell], family: str, done: Mapping[Part, Mapping[str, Any]]) -> list[Row]:
    return [
        row
        for cell in cells
        for row in cell.rows(
            together(done[family, cell.name, number]["sums"] for number in range(cell.parts))
        )
    ]


def _described(done: Mapping[Part, Mapping[str, Any]]) -> Run:
    return Run(
        date=max(record["at"] for record in done.values())[:10],
        machine=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        versions=f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES),
        seeds=f"Seeds, named beforehand: {SEED}; A/A {', '.join(map(str, SEEDS))}.",
        processor=sum(record["seconds"] for record in done.values()),
    )


if __name__ == "__main__":
    raise SystemExit(main())
