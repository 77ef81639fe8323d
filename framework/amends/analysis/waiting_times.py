"""Medians and other quantiles of waits, some of which have not ended yet.

A wait that goes on is known to be at least so long. Dropping it, or taking it as if it ended now, makes
every service look quicker than it is; so where any wait goes on the quantiles are read from Kaplan and
Meier's curve (1958), and where the curve does not come down far enough the figure is "at least".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.counts import check_share
from amends.analysis.exported import exported
from amends.analysis.result import Interval, NotEnough

if TYPE_CHECKING:
    import numpy as np

TYPE_7 = "sample quantile (type 7)"
KAPLAN_MEIER = "Kaplan-Meier"
ORDER_STATISTICS = "order statistics"
BROOKMEYER_CROWLEY = "Brookmeyer-Crowley, log-log"

TAIL_NEEDS = 10
"""Waits that a 90th percentile needs: with fewer it is little more than the longest one."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A quantile of waits.

    Attributes:
        seconds: The wait.
        at_least: The quantile is not reached yet: it is this long or longer.
        method: How it was found.
        interval: Its confidence interval; `high` may be infinite.
    """

    seconds: float
    at_least: bool
    method: str
    interval: Interval | NotEnough

    def to_dict(self) -> dict[str, Any]:
        """The figures; an open end says that it has no bound."""
        return {
            "seconds": self.seconds,
            "at_least": self.at_least,
            "method": self.method,
            "interval": exported(self.interval),
        }


def quantile_of_waits(
    waits: Sequence[float] | np.ndarray,
    ended: Sequence[bool] | np.ndarray,
    *,
    share: float = 0.5,
    confidence: float = 0.95,
) -> Spell | NotEnough:
    """The wait that `share` of the customers do not exceed.

    Args:
        waits: Seconds waited until the answer, or until now (or until the close) where none came.
        ended: Whether the answer came.
        share: Which quantile, 0.5 for the median.
        confidence: The interval's level.

    Returns:
        With every wait ended the sample quantile of type 7 (Hyndman & Fan 1996) and the interval between
        order statistics (exact, Conover 1999); else Kaplan and Meier's quantile (on a flat stretch at
        exactly the share its middle, as R has it) and the interval of Brookmeyer & Crowley (1982).

    >>> quantile_of_waits([60, 120, 180, 240], [True] * 4).seconds
    150.0
    >>> found = quantile_of_waits([60, 120, 500, 900], [True, False, False, False])
    >>> found.seconds, found.at_least
    (900.0, True)
    """
    import numpy as np

    check_share(share, "share")
    check_share(confidence, "confidence")
    times, over = np.asarray(waits, dtype=float), np.asarray(ended, dtype=bool)
    if not len(times):
        return NotEnough("no waits are known")
    if share > 0.5 and len(times) < TAIL_NEEDS:
        return NotEnough(
            f"{len(times)} wait{'s' if len(times) > 1 else ''}; {TAIL_NEEDS} needed for this percentile"
        )
    if over.all():
        found = float(np.quantile(times, share, method="linear"))
        limits = order_statistic_interval(times, share=share, confidence=confidence)
        return Spell(found, False, TYPE_7, limits)
    return _kaplan_meier(times, over, share, confidence)


def order_statistic_interval(
    values: Sequence[float] | np.ndarray, *, share: float = 0.5, confidence: float = 0.95
) -> Interval | NotEnough:
    """Two of the values between which a quantile lies, whatever the distribution.

    The l-th and u-th smallest, from the binomial distribution with equal tails (Conover 1999, section
    3.2); it covers at least as often as it says.

    >>> limits = order_statistic_interval(range(1, 31))
    >>> limits.low, limits.high
    (10.0, 21.0)
    """
    import numpy as np
    from scipy.stats import binom

    ordered = np.sort(np.asarray(values, dtype=float))
    n, tail = len(ordered), (1 - confidence) / 2
    low = int(binom.ppf(tail, n, share)) if n else 0
    high = int(binom.ppf(1 - tail, n, share)) + 1
    if low < 1 or high > n:
        return NotEnough(f"{n} wait{'' if n == 1 else 's'} are too few for an interval of this quantile")
    return Interval(float(ordered[low - 1]), float(ordered[high - 1]), ORDER_STATISTICS, confidence)


def _kaplan_meier(times: np.ndarray, over: np.ndarray, share: float, confidence: float) -> Spell:
    import numpy as np

    longest = float(times.max())
    if not over.any():
        return Spell(longest, True, KAPLAN_MEIER, NotEnough("no wait has ended yet"))
    from statsmodels.duration.survfunc import SurvfuncRight

    curve = SurvfuncRight(times, over.astype(int))
    with np.errstate(divide="ignore", invalid="ignore"):  # where the curve stands at 0 or 1
        low, high = (float(end) for end in curve.quantile_ci(share, alpha=1 - confidence, method="cloglog"))
    limits: Interval | NotEnough = (
        NotEnough("too few waits have ended for an interval")
        if np.isnan(low)
        else Interval(low, float("inf") if np.isnan(high) else high, BROOKMEYER_CROWLEY, confidence)
    )
    left = np.asarray(curve.surv_prob) - (1 - share)
    below = np.flatnonzero(left < -1e-9)
    flat = np.flatnonzero(np.abs(left) <= 1e-9)
    if len(flat):  # exactly the share: anything up to the next answer would do
        start = float(curve.surv_times[flat[0]])
        if not len(below):
            return Spell(start, True, KAPLAN_MEIER, limits)
        return Spell((start + float(curve.surv_times[below[0]])) / 2, False, KAPLAN_MEIER, limits)
    if not len(below):
        return Spell(longest, True, KAPLAN_MEIER, limits)
    return Spell(float(curve.surv_times[below[0]]), False, KAPLAN_MEIER, limits)
