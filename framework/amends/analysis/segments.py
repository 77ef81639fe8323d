"""Which segments every experiment can be looked at by, and the sums of their cells from counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from amends.analysis.arms import arm_tally, counted
from amends.analysis.measure_means import sample
from amends.analysis.result import NotEnough
from amends.tally import ArmTally, Tally

if TYPE_CHECKING:
    from amends.analysis.moderated_levels import CellSums
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

TOLD = ("channel", "locale", "delay_band", "weekend")
"""What every assignment tells: how it was written to and in which language, how late it was, on which day."""

BANDS = ("under 1 h", "1-24 h", "24-48 h", "48-72 h", "3-7 days", "over 7 days")
"""The delay's classes from the shortest to the longest, as `amends.lab` names them."""

UNKNOWN = ""

Levels = Mapping[str, Tally]


def names(experiment: Experiment) -> tuple[str, ...]:
    """The segments that nobody declared as moderators: what every call tells, and the factors of the blocks.

    >>> from amends import Experiment, blocked, silence, thank_you
    >>> arms = [thank_you("Thank you."), silence()]
    >>> names(Experiment(arms=arms, notice="Late.", moderators=["channel"], randomize=blocked(by=("site",))))
    ('locale', 'delay_band', 'weekend', 'site')
    """
    declared = set(experiment.moderators)
    # The delay in hours says more than its classes.
    taken = declared | ({"delay_band"} if "delay" in declared else set())
    return tuple(name for name in dict.fromkeys((*TOLD, *experiment.strata)) if name not in taken)


def in_order(levels: Mapping[str, object]) -> list[str]:
    """Levels as they are read: delays from short to long, everything else by name.

    >>> in_order({"over 7 days": 1, "1-24 h": 2}), in_order({"sms": 1, "email": 2})
    (['1-24 h', 'over 7 days'], ['email', 'sms'])
    """
    return sorted(levels, key=lambda level: (BANDS.index(level) if level in BANDS else len(BANDS), level))


def cells(metric: Metric, levels: Levels, pair: tuple[str, str]) -> dict[str, tuple[CellSums, CellSums]]:
    """The sums of one metric in both arms of a pair at every level that is known."""
    return {
        level: (
            _sums(metric, arm_tally(levels[level], pair[0])),
            _sums(metric, arm_tally(levels[level], pair[1])),
        )
        for level in in_order(levels)
        if level != UNKNOWN
    }


def left_out(metric: Metric, levels: Levels, pair: tuple[str, str]) -> int:
    """Units with a value of which the segment is not known."""
    if UNKNOWN not in levels:
        return 0
    return sum(_sums(metric, arm_tally(levels[UNKNOWN], arm)).n for arm in pair)


def _sums(metric: Metric, counts: ArmTally) -> CellSums:
    from amends.analysis.moderated_levels import CellSums

    if metric.kind == "proportion":
        found = counted(metric, counts)
        x, n = found.events, found.units
        return CellSums(n, float(x), x * (n - x) / n if n else 0.0)
    summary = sample(metric, counts).summary
    if isinstance(summary, NotEnough):
        return CellSums(0, 0.0, 0.0)
    squares = 0.0 if isinstance(summary.sd, NotEnough) else summary.sd**2 * (summary.n - 1)
    return CellSums(summary.n, summary.mean * summary.n, squares)
