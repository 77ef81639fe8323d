"""What the data checks need to know of the stored rows, asked in the terms of one experiment's definition."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from amends.design.survey import Rating, Scale

if TYPE_CHECKING:
    from amends.analysis.checks.row_counts import RowCounts
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

FEWEST_ALIKE = 3
"""Ratings on one scale below which the same answer to all says nothing."""


def row_counts(lab: Lab, experiment: Experiment, *, matured_before: date | None) -> RowCounts:
    """The counts of an experiment's rows, made in the database."""
    from amends.analysis.cell_splits import Cell
    from amends.analysis.checks.answering import TOLERANCE, least_seconds
    from amends.analysis.checks.customers import WITHIN_DAYS
    from amends.analysis.checks.row_counts import RowCounts

    key, store = str(experiment.key), lab.store
    stored = _stored(experiment)
    ratings = [item for item in experiment.items if isinstance(item, Rating)]
    others = [item.name for item in ratings if item.name not in stored]
    units = store.unit_checks(
        key,
        covariates=list(dict.fromkeys([*experiment.covariates, *experiment.moderators])),
        customer="cluster" if experiment.on_repeat == "new_unit" else "unit",
        clustered=experiment.clustered,
        within_days=WITHIN_DAYS,
        matured_before=matured_before,
    )
    answers = store.answer_checks(
        key,
        scales=stored,
        alike=_alike(ratings, others),
        others=others,
        too_fast=least_seconds(len(experiment.items)),
        tolerance=TOLERANCE if experiment.show_message == "message" else None,
    )
    places = store.assigned_within(key, clusters=experiment.clustered, by=("locale",))
    cells = tuple(Cell(by, value, arms) for (by, value), arms in places.items())
    return RowCounts(**units, **answers, places=cells)


def _stored(experiment: Experiment) -> dict[str, tuple[int, int, bool]]:
    """Survey metrics kept as numbers: ends of their scale, and whether only whole points are possible."""
    scores = {item.name for item in _declared(experiment) if isinstance(item, Scale)}
    found = {}
    for metric in experiment.metrics:
        scale = getattr(metric, "scale", None)
        if metric.kind == "mean" and metric.source == "survey" and scale is not None:
            found[metric.name] = (scale[0], scale[1], metric.name not in scores)
    return found


def _declared(experiment: Experiment) -> tuple[Any, ...]:
    return experiment.survey if isinstance(experiment.survey, tuple) else ()


def _alike(ratings: list[Rating], others: list[str]) -> tuple[list[str], list[str]]:
    """The ratings on the scale that most of them share: stored as metrics, and the others."""
    scales = [rating.scale for rating in ratings]
    if not scales:
        return [], []
    common = max(dict.fromkeys(scales), key=scales.count)
    if scales.count(common) < FEWEST_ALIKE:
        return [], []
    names = [rating.name for rating in ratings if rating.scale == common]
    return [name for name in names if name not in others], [name for name in names if name in others]
