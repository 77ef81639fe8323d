"""What the data checks need to know of the stored rows, asked in the terms of one experiment's definition."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from amends.design.survey import Rating, Scale

if TYPE_CHECKING:
    from amends.analysis.checks.row_counts import RowCounts
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

LARGE = 200_000
KEPT = timedelta(minutes=1)
_KEPT: WeakKeyDictionary[Lab, dict[str, tuple[datetime, RowCounts]]] = WeakKeyDictionary()

FEWEST_ALIKE = 3
"""Ratings on one scale below which the same answer to all says nothing."""


def row_counts(lab: Lab, experiment: Experiment, *, assigned: int, matured_before: date | None) -> RowCounts:
    """The counts of an experiment's rows, made in the database.

    From `LARGE` units on counting takes seconds, which a page that refreshes cannot give each time: the
    counts are then kept for `KEPT`, while the tally's own figures stay up to date.

    Args:
        lab: The lab.
        experiment: The definition in force.
        assigned: Units in the tally.
        matured_before: The first day that has not matured; None where every day counts.
    """
    key, now = str(experiment.key), lab.clock()
    kept = _KEPT.setdefault(lab, {})
    if assigned >= LARGE and key in kept and kept[key][0] > now - KEPT:
        return kept[key][1]
    found = _counted(lab, experiment, matured_before=matured_before)
    kept[key] = (now, found)
    return found


def _counted(lab: Lab, experiment: Experiment, *, matured_before: date | None) -> RowCounts:
    from amends.analysis.cell_splits import Cell
    from amends.analysis.checks.answering import TOLERANCE, least_seconds
    from amends.analysis.checks.customers import WITHIN_DAYS
    from amends.analysis.checks.row_counts import RowCounts

    key, store = str(experiment.key), lab.store
    stored = _stored(experiment)
    ratings = [item for item in experiment.items if isinstance(item, Rating)]
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
        rated=stored,
        answered={item.name: (*item.scale, True) for item in ratings if item.name not in stored},
        alike=_alike(ratings),
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


def _alike(ratings: list[Rating]) -> list[str]:
    """The ratings on the scale that most of them share; none where they are too few."""
    scales = [rating.scale for rating in ratings]
    common = max(dict.fromkeys(scales), key=scales.count, default=None)
    names = [rating.name for rating in ratings if rating.scale == common]
    return names if len(names) >= FEWEST_ALIKE else []
