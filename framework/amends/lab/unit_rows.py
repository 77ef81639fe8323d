"""An experiment's matured units as the rows that analyses beside the contrasts read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from amends.design.survey import Choice, Rating, Scale

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab


def matured_before(experiment: Experiment, now: datetime) -> date | None:
    """The first day that has not matured; None where every day counts at once.

    A day has matured when the response window of its last unit has closed; the window runs from the
    invitation, or from the assignment where nothing is invited.
    """
    if experiment.response_window is None:
        return None
    after = experiment.invitation.after if experiment.invitation else None
    return (now.astimezone(UTC) - experiment.response_window - (after or timedelta())).date()


def units(lab: Lab, key: str) -> DataFrame:
    """The matured units of an experiment as rows; see `amends.analysis.units` for the columns.

    Args:
        lab: Where they are.
        key: The experiment's key.
    """
    from amends.analysis.units import unit_frame

    force = lab.in_force(key)
    experiment = force.experiment
    finished = force.state is not None and force.state.after_the_fact
    asked = [item.name for item in experiment.items if isinstance(item, Rating | Choice)]
    columns = lab.store.units(
        key,
        matured_before=None if finished else matured_before(experiment, lab.clock()),
        answers=asked,
    )
    if experiment.randomize.blocked and not finished:
        columns["block"] = [
            None if position is None else force.block(stratum, position)
            for stratum, position in zip(columns["stratum"], columns["position"], strict=True)
        ]
    return unit_frame(_with_scores(experiment, _numbers_only(experiment, columns)))


def plain_units(lab: Lab, key: str) -> DataFrame:
    """The same without names, times or order: arm, receipt, result, and what metrics of every unit rest on.

    The database counts who is alike, so that it takes the same time to read however many units there are.
    """
    from amends.analysis.units import unit_frame

    force = lab.in_force(key)
    experiment = force.experiment
    finished = force.state is not None and force.state.after_the_fact
    groups = lab.store.unit_groups(
        key,
        matured_before=None if finished else matured_before(experiment, lab.clock()),
        rated=sorted({item.of for item in experiment.metrics if item.of and not item.selected}),
        outcomes=[item.name for item in experiment.metrics if item.source == "outcome"],
    )
    times = groups.pop("n")
    frame = unit_frame(_numbers_only(experiment, groups))
    return frame.loc[frame.index.repeat(times)].reset_index(drop=True)


def _numbers_only(experiment: Experiment, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns with no rating that is not a number: rows changed by hand, which the data checks name."""
    for name in (f"item.{item.name}" for item in experiment.items if isinstance(item, Rating)):
        if name in columns:
            columns[name] = [value if isinstance(value, int | float) else None for value in columns[name]]
    return columns


def _with_scores(experiment: Experiment, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns with every scale's score, also of scales that are no metric and were stored by item."""
    declared = experiment.survey if isinstance(experiment.survey, tuple) else ()
    for scale in declared:
        if not isinstance(scale, Scale) or f"item.{scale.name}" in columns:
            continue
        parts = [columns.get(f"item.{rating.name}") for rating in scale.ratings]
        given = [part for part in parts if part is not None]
        if len(given) < len(parts):
            continue
        names = [rating.name for rating in scale.ratings]
        columns[f"item.{scale.name}"] = [
            scale.score(dict(zip(names, answers, strict=True))) if None not in answers else None
            for answers in zip(*given, strict=True)
        ]
    return columns
