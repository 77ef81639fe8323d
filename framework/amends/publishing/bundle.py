"""The bundle that goes with a publication: definition, data, report, and a script in R that checks them."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amends.analysis.result import NotEnough
from amends.errors import StateError, UsageError
from amends.exporting import write_bytes, write_csv
from amends.publishing.data import codebook, published_units

if TYPE_CHECKING:
    from amends.analysis.contrasts import Contrast
    from amends.analysis.report import Report
    from amends.lab import Lab
    from amends.store import ExperimentState

SCRIPT = "analysis.R"
NOTHING_COMPARED = 3
"""The script's exit code where the report has no figure that it recomputes."""
PACKAGES = ("amends", "numpy", "scipy", "statsmodels", "pandas", "sqlalchemy")
EXPECTED = (
    "rows", "role", "metric", "kind", "arm", "versus", "test", "interval", "confidence", "adjustment",
    "effect", "low", "high", "p_value", "p_adjusted", "first",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written, and whether R agrees.

    Attributes:
        folder: Where it lies.
        files: Names of the files in it.
        checked: What the R script said; None where R is not installed.
        agrees: Whether R agrees with every figure it recomputes; None where R is not installed or has
            nothing to recompute.
    """

    folder: Path
    files: tuple[str, ...]
    checked: str | None
    agrees: bool | None


def write_bundle(lab: Lab, key: str, folder: Path) -> Bundle:
    """Writes the bundle of a stopped experiment and, where R is installed, runs its script.

    Args:
        lab: Where the experiment lives.
        key: The experiment's key.
        folder: A folder that does not exist yet, or an empty one.

    Raises:
        StateError: The experiment has not stopped: its seed would open the sealed list, and figures
            that still change are not published.
        UsageError: The folder holds something already.
    """
    from amends.lab.course import course
    from amends.lab.exports import begin_export
    from amends.lab.reading import planned_sample
    from amends.lab.unit_rows import units

    state = _stopped(lab, key)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not an empty folder. Name another with --out.")
    experiment, report = lab.experiment(key), lab.analyze(key)
    planned = planned_sample(experiment, course(lab, key))
    first = frozenset(item.pair for item in experiment.contrasts if item.primary)
    published = published_units(experiment, units(lab, key), per_arm=planned.per_arm)
    meanings = codebook(experiment, published)
    begin_export(lab, key, detail={"rows": "units, numbered afresh", "format": "bundle"})
    folder.mkdir(parents=True, exist_ok=True)
    columns = [str(name) for name in published.columns]
    rows = published.astype(object).where(published.notna(), None).itertuples(index=False, name=None)
    write_csv(folder / "units.csv", columns, (dict(zip(columns, row, strict=True)) for row in rows))
    write_csv(folder / "codebook.csv", ("file", "column", "meaning"), meanings)
    write_csv(folder / "expected.csv", EXPECTED, expected_figures(report.contrasts, first))
    texts = {
        "definition.json": _json({"sha256": state.fingerprint, "definition": dict(state.snapshot)}),
        "preregistration.md": lab.preregistration(key).to_markdown(),
        "versions.json": _json(_versions(state)),
        "report.json": _json(report.to_dict()),
        "report.html": report.to_html(),
        "report.id.html": report.to_html(locale="id"),
        "report.md": report.to_markdown(),
        SCRIPT: files("amends.publishing").joinpath("recompute.R").read_text(encoding="utf-8"),
        "README.md": _read_me(report, state),
    }
    for name, content in texts.items():
        write_bytes(folder / name, content.encode())
    checked, agrees = run_in_r(folder)
    names = tuple(sorted(path.name for path in folder.iterdir()))
    return Bundle(folder, names, checked, agrees)


def run_in_r(folder: Path) -> tuple[str | None, bool | None]:
    """Runs the bundle's script; what it said and whether it agrees, or None twice without R."""
    program = shutil.which("Rscript")
    if program is None:
        return None, None
    done = subprocess.run(
        [program, "--vanilla", SCRIPT], cwd=folder, capture_output=True, text=True, check=False
    )
    said = (done.stdout + (done.stderr if done.returncode else "")).strip()
    write_bytes(folder / "r_agreement.txt", f"{said}\n".encode())
    return said, None if done.returncode == NOTHING_COMPARED else done.returncode == 0


def expected_figures(
    contrasts: Iterable[Contrast], first: Collection[tuple[str, str]] = ()
) -> list[dict[str, Any]]:
    """A row per contrast on all units, and one on the first planned units where those decided.

    Args:
        contrasts: The report's.
        first: Pairs declared to be tested before the others; that holds for the primary metric.
    """
    items = list(contrasts)
    # A family is adjusted as a whole: one member decided earlier brings the others' decisions along.
    decided = {item.role for item in items if _decided_earlier(item)}
    rows = []
    for item in items:
        row = {name: _blank(getattr(item, name)) for name in EXPECTED if name not in ("rows", "first")}
        row["first"] = int(item.role == "primary" and (item.arm, item.versus) in first)
        rows.append({"rows": "all", **row})
        if item.role in decided:
            made = item.decision or {}
            figures = {name: _blank(made.get(name)) for name in ("effect", "low", "high", "p_adjusted")}
            # A decision keeps its adjusted p alone; R adjusts its own.
            test = made.get("test", item.test)
            rows.append({"rows": "first planned", **row, "test": test, "p_value": None, **figures})
    return rows


def _decided_earlier(item: Contrast) -> bool:
    made = item.decision or {}
    return made.get("method") == "fixed" and tuple(made.get("n", item.n)) != tuple(item.n)


def _blank(value: Any) -> Any:
    return None if isinstance(value, NotEnough) else value


def _stopped(lab: Lab, key: str) -> ExperimentState:
    lab.experiment(key)
    state = lab.state(key)
    if state is None or state.status != "stopped":
        status = "a draft" if state is None else state.status
        raise StateError(
            f"{key} is {status}: a bundle is for publication, its seed would open the sealed list and its "
            f"figures would still change. Stop it first: amends stop {key}"
        )
    return state


def _versions(state: ExperimentState) -> Mapping[str, Any]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "run from its source folder"
    return {
        "python": platform.python_version(),
        "packages": found,
        "seed_of_the_sealed_list": state.seed,
        "started_at": state.started_at,
        "stopped_at": state.stopped_at,
    }


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True, default=str) + "\n"


def _read_me(report: Report, state: ExperimentState) -> str:
    invented = "\n**SIMULATED DATA: the customers are invented.**\n" if report.simulated else ""
    frozen = (
        "after the fact: the data were there before the plan"
        if state.after_the_fact
        else f"on {state.started_at:%Y-%m-%d %H:%M} UTC, before the first unit"
    )
    return f"""# {report.question or report.experiment}
{invented}
{report.summary.en}

| file | what |
|---|---|
| `definition.json` | the experiment as it was frozen {frozen}; SHA-256 `{state.fingerprint}` |
| `preregistration.md` | the same in words, as answers to a registry's usual questions |
| `units.csv`, `codebook.csv` | one row a unit, numbered afresh, and what each column means |
| `report.html`, `report.id.html`, `report.md` | the report in English and Indonesian |
| `report.json` | the same for programs |
| `expected.csv`, `{SCRIPT}` | the report's figures, and a script in base R that makes them again |
| `versions.json` | versions of the packages, and the seed of the sealed list |

`Rscript {SCRIPT}` recomputes the differences, intervals and p-values and says how many agree.
"""
