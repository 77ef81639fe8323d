"""Unit rows of a reminder design as the double-sampling estimate takes them: early, reminded, late."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from amends.analysis.double_sampling import Reminded
from amends.assignment.reminding import needs_reminder

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric


def followed_before(experiment: Experiment, now: datetime) -> date | None:
    """The first day whose units may still answer their reminder; None without reminders or a window."""
    if experiment.reminder is None or experiment.response_window is None:
        return None
    after = (experiment.invitation and experiment.invitation.after) or timedelta()
    waited = after + experiment.response_window + experiment.reminder.within
    return (now.astimezone(UTC) - waited).date()


def reminded(experiment: Experiment, metric: Metric, arm: str, units: DataFrame) -> Reminded:
    """One arm's answers at once and after a reminder, in the metric's own values.

    Drawn are those whose pseudonym says so and who had not finished the survey when the window closed. A
    late answer of anybody else came without a reminder and stands for nobody, so it is left out.

    Args:
        experiment: The definition, with its reminder.
        metric: A metric read from a rating.
        arm: The arm.
        units: Followed units, a row each.
    """
    from pandas import Series, to_numeric

    assert experiment.reminder is not None
    mine = units[units["arm"] == arm]
    share, key = experiment.reminder.share, experiment.key or ""
    drawn = Series([needs_reminder(key, unit, share) for unit in mine["unit"]], index=mine.index, dtype=bool)
    drawn &= ~mine["completed"].astype(bool)

    def given(kind: str) -> Series:
        name = f"{kind}.{metric.rating}"
        return to_numeric(mine[name]) if name in mine else Series(float("nan"), index=mine.index)

    return Reminded(
        assigned=len(mine),
        early=_scored(metric, given("item").dropna()),
        reminded=int(drawn.sum()),
        late=_scored(metric, given("late")[drawn].dropna()),
    )


def _scored(metric: Metric, ratings: Series) -> dict[int, int]:
    counts = Counter(int(point) for point in ratings.tolist())
    return {value: n for value, n in metric.scored(counts).items() if n}
