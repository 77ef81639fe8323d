"""How the effect on completion grew day by day, from the tally alone."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING

from amends.analysis.over_time import DayOfEffect, effect_by_day
from amends.analysis.result import NotEnough
from amends.lab.course import course
from amends.lab.masking import mask
from amends.lab.reading import planned_sample
from amends.lab.unit_rows import matured_before

if TYPE_CHECKING:
    from amends.lab.lab import Lab

MOST_DAYS = 3_650


def effect_over_time(lab: Lab, key: str) -> tuple[DayOfEffect, ...] | NotEnough:
    """The effect on survey completion after each matured day; letters stand for masked arms.

    Args:
        lab: The lab.
        key: The experiment's key.

    Returns:
        A row per day and pair, or why there is none: imported data have no order of looks, clusters are
        not counted by day, and other metrics are not kept by day.
    """
    force = lab.in_force(key)
    experiment = force.experiment
    if force.state is None or force.state.after_the_fact:
        return NotEnough("the data came in all at once")
    if experiment.clustered:
        return NotEnough("whole clusters were assigned")
    if "completed" not in [metric.name for metric in experiment.metrics]:
        return NotEnough("completion is not among the metrics")
    report = lab.live(key)
    if report.rule.always_valid_level is None:
        return NotEnough("nothing has been collected")
    contrasts = [item for item in report.contrasts if item.metric == "completed"]
    family = sum(item.role == contrasts[0].role for item in report.contrasts)
    planned = planned_sample(experiment, course(lab, key)).per_arm
    hidden = mask(lab, key)
    letters = {arm: arm for arm in planned} if hidden is None else hidden.letters
    before = matured_before(experiment, lab.clock())
    return effect_by_day(
        [
            (day, letters[arm], n, x)
            for day, arm, n, x in lab.store.daily(key)
            if before is None or day < before
        ],
        [(item.arm, item.versus) for item in contrasts],
        level=report.rule.always_valid_level / family,
        planned={letters[arm]: n for arm, n in planned.items()},
    )


def planned_end(lab: Lab, key: str) -> date | None:
    """When the planned sample will have been assigned at the pace of the last two weeks; None if unknown."""
    force = lab.in_force(key)
    if force.state is None or force.state.status != "running" or force.state.after_the_fact:
        return None
    planned = planned_sample(force.experiment, course(lab, key)).total
    today = lab.clock().date()
    rows = lab.store.daily(key)
    assigned = sum(n for _, _, n, _ in rows)
    recent = sum(n for day, _, n, _ in rows if day > today - timedelta(days=14))
    days = min(14, (today - force.state.started_at.date()).days + 1)
    if not recent or assigned >= planned:
        return None
    wait = ceil((planned - assigned) * days / recent)
    return today + timedelta(days=wait) if wait <= MOST_DAYS else None
