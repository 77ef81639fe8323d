"""Unit rows of a reminder design as the double-sampling estimate takes them: early, reminded, late."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from amends.analysis.double_sampling import Reminded
from amends.assignment.reminding import reminded_of

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


def drawn(experiment: Experiment, units: DataFrame) -> Series:
    """Whether each unit was drawn for a reminder: by its pseudonym, and silent when the window closed."""
    from pandas import Series

    assert experiment.reminder is not None
    found = reminded_of(experiment.key or "", units["unit"].tolist(), experiment.reminder.share)
    return Series(found, index=units.index, dtype=bool) & ~units["completed"].astype(bool)


def reminded(metric: Metric, arm: str, units: DataFrame, of: Series) -> Reminded:
    """One arm's answers at once and after a reminder, in the metric's own values.

    A late answer of a unit that was not drawn came without a reminder and stands for nobody, so it is left
    out.

    Args:
        metric: A metric read from a rating.
        arm: The arm.
        units: Followed units, a row each.
        of: Whether each was drawn, from `drawn`.
    """
    from pandas import Series, to_numeric

    mine = units[units["arm"] == arm]
    chosen = of[mine.index]

    def given(kind: str) -> Series:
        name = f"{kind}.{metric.rating}"
        return to_numeric(mine[name]) if name in mine else Series(float("nan"), index=mine.index)

    return Reminded(
        assigned=len(mine),
        early=_scored(metric, given("item").dropna()),
        reminded=int(chosen.sum()),
        late=_scored(metric, given("late")[chosen].dropna()),
    )


def _scored(metric: Metric, ratings: Series) -> dict[int, int]:
    counts = Counter(int(point) for point in ratings.tolist())
    return {value: n for value, n in metric.scored(counts).items() if n}
