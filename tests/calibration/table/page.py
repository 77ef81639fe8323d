"""The table as a page and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.calibration.table import FAMILIES
from tests.calibration.table.cells import Row
from tests.calibration.table.evidence import evidence

Rows = Mapping[str, Sequence[Row]]
"""By family."""

HEADINGS = ("method", "setting", "experiments", "found", "goal", "s.e.", "")


@dataclass(frozen=True, slots=True)
class Run:
    """What a page says of the run behind it.

    Attributes:
        date: Of the last part.
        machine: Cores and system.
        versions: Of what the figures rest on.
        seeds: Named beforehand.
        processor: Seconds of processor time of all parts together.
    """

    date: str
    machine: str
    versions: str
    seeds: str
    processor: float


def judged(row: Row) -> str:
    """One word: what the row says of its goal."""
    if row.kind == "share":
        return "reported"
    if row.passed:
        return "fails, as it must" if row.kind == "check" else "pass"
    return "missed, see note" if evidence(row) else "MISSED"


def unexplained(rows: Rows) -> list[Row]:
    """Goals missed for no reason known."""
    return [row for family in rows.values() for row in family if judged(row) == "MISSED"]


def printed(rows: Rows, console: Console) -> None:
    """The table in the terminal, family by family."""
    for family, own in rows.items():
        table = Table(*HEADINGS, title=FAMILIES[family], title_justify="left", expand=True)
        for row in own:
            text = judged(row)
            table.add_row(*_cells(row)[:6], f"[bold red]{text}[/]" if text == "MISSED" else text)
        console.print(table)
    console.print(counted(rows))


def counted(rows: Rows) -> str:
    """How many lines of the table say what."""
    words = [judged(row) for family in rows.values() for row in family]
    kinds = ("pass", "fails, as it must", "reported", "missed, see note", "MISSED")
    return " · ".join(f"{words.count(kind)} {kind}" for kind in kinds)


def page(rows: Rows, run: Run) -> str:
    """The whole page in Markdown."""
    lines = [
        "# Calibration: how often each method errs, beside how often it may",
        "",
        f"Run of {run.date} on {run.machine}; {run.versions}. {run.seeds} "
        f"Processor time in all: {run.processor / 60:.0f} minutes, so about {run.processor / 120:.0f} on two "
        "idle cores.",
        "",
        'Written by `make calibrate ARGS="--write docs/statistics/calibration.md"`. A run that was broken '
        "off goes on where it stopped; `--fresh` begins anew, which is needed after changing the package. "
        "`make test` runs the same simulations with fewer experiments (`tests/calibration/`).",
        "",
        "*Found* is an error rate, a coverage or a share. Where no number of experiments is given every "
        "outcome was enumerated, so there is no Monte-Carlo error. *Fails, as it must* marks a check of the "
        "check: a method known to be wrong breaks the line that ours hold. Where fewer than 10 raters or "
        "events per arm are expected the share of “not enough data” is reported in place of a rate.",
        "",
        f"**{counted(rows)}**",
        "",
        "| family | goals held | checks of the check |",
        "|---|---|---|",
        *(_summary(family, own) for family, own in rows.items()),
    ]
    lines += _missed(rows)
    for family, own in rows.items():
        lines += [
            "",
            f"## {FAMILIES[family]}",
            "",
            f"| {' | '.join(HEADINGS)} |",
            "|" + "---|" * len(HEADINGS),
        ]
        for row in own:
            cells = [*_cells(row)[:6], judged(row) + (f" ({row.note})" if row.note else "")]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> list[str]:
    figures = ".2e" if 0 < abs(row.found) < 0.0005 else ".4f"
    return [
        row.method,
        row.setting,
        f"{row.replications:,}" if row.replications else "",
        f"{row.found:{figures}}",
        row.goal,
        f"{row.error:.4f}" if row.error is not None else "",
    ]


def _summary(family: str, own: Sequence[Row]) -> str:
    goals = [row for row in own if row.kind == "goal"]
    checks = [row for row in own if row.kind == "check"]
    held = f"{sum(row.passed for row in goals)} of {len(goals)}"
    failed = f"{sum(row.passed for row in checks)} of {len(checks)}" if checks else ""
    return f"| {FAMILIES[family]} | {held} | {failed} |"


def _missed(rows: Rows) -> list[str]:
    missed = [row for own in rows.values() for row in own if judged(row).lower().startswith("missed")]
    if not missed:
        return []
    lines = ["", "## Goals missed", ""]
    for row in missed:
        why = evidence(row) or "Not understood yet."
        lines.append(f"- **{row.method}**, {row.setting}: {row.found:.4f}, goal {row.goal}. {why}")
    return lines
