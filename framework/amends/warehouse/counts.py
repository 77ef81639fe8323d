"""Checked cells as what the analysis reads: counts per arm, or a row for every unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.tally import ArmTally, Moments, Tally
from amends.warehouse.columns import RECEIPTS, Columns, amounts, counted_ratings

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment
    from amends.warehouse.gathering import Gathered


def tally_of(cells: DataFrame, gathered: Gathered, columns: Columns, experiment: Experiment) -> Tally:
    """The counts per arm, every row as a unit whose window has closed."""
    arms = (
        _arm(cells[cells["arm"] == arm.name], arm.name, gathered, columns, experiment)
        for arm in experiment.arms
    )
    return Tally(experiment.key or "", tuple(arms))


def with_clusters(counts: Tally, clusters: DataFrame | None) -> Tally:
    """The counts with how many clusters every arm has."""
    if clusters is None:
        return counts
    found = clusters["arm"].value_counts()
    arms = (replace(arm, clusters=int(found.get(arm.arm, 0))) for arm in counts.arms)
    return replace(counts, arms=tuple(arms))


def segment_tallies(
    cells: DataFrame, gathered: Gathered, columns: Columns, experiment: Experiment
) -> dict[str, dict[str, Tally]]:
    """The counts within each segment with a column, by its levels; `""` where it is not known."""
    found = {}
    for name in columns.segments:
        levels = cells[f"strata.{name}"].fillna("")
        found[name] = {
            str(level): tally_of(cells[levels == level], gathered, columns, experiment)
            for level in levels.unique()
        }
    return found


def group_rows(cells: DataFrame, gathered: Gathered) -> DataFrame:
    """The cells as groups of units that are alike: `n` units each, amounts by their mean about the centre.

    An amount has columns of its own for how many units it is known of and how they spread: `NAME:n` and
    `NAME:within`, the sum of squared distances from the group's mean; `NAME:centre` is the centre.
    """
    rows = cells.copy()
    for name in gathered.summed:
        known = rows[f"{name}:n"].where(rows[f"{name}:n"] > 0)
        rows[name] = rows[f"{name}:total"] / known
        rows[f"{name}:centre"] = gathered.centres[name]
        rows[f"{name}:within"] = (rows[f"{name}:squares"] - rows[f"{name}:total"] * rows[name]).clip(lower=0)
    return rows


def unit_rows(cells: DataFrame, experiment: Experiment, *, at: datetime) -> DataFrame:
    """The cells as one row a unit, with the columns that `amends.analysis.units` names."""
    import numpy as np

    rows = cells.loc[np.repeat(cells.index.to_numpy(), cells["n"].to_numpy(dtype=int))].reset_index(drop=True)
    rows = rows.drop(columns="n")
    told: dict[str, Any] = {
        "stratum": "",
        "channel": "",
        "locale": "",
        "delay_band": "",
        "sender": "table",
        "incidents": 0,
    }
    told |= dict.fromkeys(("position", "delay_seconds", "said"), None)
    told |= {"late": False, "day": at.date(), "assigned_at": at}
    for name, value in told.items():
        rows[name] = value
    for name in (*RECEIPTS, "started", "cluster"):
        if name not in rows:
            rows[name] = rows["completed"] if name == "started" else None if name == "cluster" else False
    # The day is that of the report, so that no moderator may be read from it.
    for name in (*experiment.moderators, *experiment.covariates):
        if f"covariate.{name}" not in rows:
            rows[f"covariate.{name}"] = None
    rows["unit"] = np.arange(len(rows))
    return rows


def _arm(
    cells: DataFrame, name: str, gathered: Gathered, columns: Columns, experiment: Experiment
) -> ArmTally:
    n = cells["n"]
    counts = {step: int(n[cells[step].astype(bool)].sum()) for step in columns.funnel}
    completed = int(n[cells["completed"]].sum())
    counts.setdefault("started", completed)
    summed = amounts(columns, experiment)
    ratings = [name for name in counted_ratings(experiment) if f"item.{name}" in cells]
    events = [
        metric.name
        for metric in experiment.metrics
        if metric.kind == "proportion" and metric.source == "outcome" and f"outcome.{metric.name}" in cells
    ]
    return ArmTally(
        name,
        assigned=int(n.sum()),
        matured=int(n.sum()),
        clusters=int(cells["cluster"].nunique()) if "cluster" in cells else None,
        finished=completed,
        completed=completed,
        ratings={rating: _points(cells, f"item.{rating}") for rating in ratings},
        moments={key.partition(".")[2]: _moments(cells, key, gathered) for key in summed},
        outcomes={event: int(n[cells[f"outcome.{event}"] == 1].sum()) for event in events},
        **counts,
    )


def _points(cells: DataFrame, name: str) -> dict[int, int]:
    """Rows at each point of a rating's scale."""
    given = cells[cells[name].notna()]
    counted: dict[int, int] = {}
    for point, n in zip(given[name], given["n"], strict=True):
        counted[int(point)] = counted.get(int(point), 0) + int(n)
    return counted


def _moments(cells: DataFrame, name: str, gathered: Gathered) -> Moments:
    """Sums about the centre; where rows are told apart by the amount, about the cells' own mean."""
    if name in gathered.summed:
        n, total, squares = (cells[f"{name}:{part}"].sum() for part in ("n", "total", "squares"))
        return Moments(int(n), float(total), float(squares), gathered.centres[name])
    given = cells[cells[name].notna()]
    times, values = given["n"].to_numpy(dtype=float), given[name].to_numpy(dtype=float)
    if not len(values):
        return Moments()
    centre = float((times * values).sum() / times.sum())
    away = values - centre
    return Moments(int(times.sum()), float((times * away).sum()), float((times * away**2).sum()), centre)
