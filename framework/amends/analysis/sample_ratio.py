"""Sample ratio mismatch: did the arms get the shares they were meant to get?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from amends.analysis.counts import whole
from amends.analysis.distributions import chi2_p
from amends.analysis.result import NotEnough
from amends.errors import UsageError

ALERT_BELOW = 0.001
"""A p-value below this says that something is broken, not that chance was unkind."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """The chi-square test of assigned units against the declared weights.

    Attributes:
        p_value: How often chance alone strays as far.
        ok: False where `p_value` is below the alert line: no result of the experiment can be trusted.
        statistic: Chi-square.
        df: Arms less one.
    """

    p_value: float
    ok: bool
    statistic: float
    df: int


def sample_ratio(
    counts: Sequence[int], weights: Sequence[float], *, alert_below: float = ALERT_BELOW
) -> SampleRatio | NotEnough:
    """Tests assigned units against the weights frozen at the start.

    Args:
        counts: Units assigned to each arm, before any exclusion (clusters where clustered).
        weights: What each arm was meant to get, in any unit.
        alert_below: The p-value under which the result is an alert.

    Source: Fabijan et al. 2019.

    Raises:
        UsageError: Counts that cannot be, weights that are not positive, or lists of unequal length.

    >>> sample_ratio([5021, 4979], [1, 1]).ok
    True
    >>> sample_ratio([5200, 4800], [1, 1]).ok
    False
    """
    units = [whole(count, "units") for count in counts]
    if len(units) != len(weights) or len(units) < 2:
        raise UsageError(
            f"{len(units)} counts and {len(weights)} weights: there is one of each per arm, for two arms or "
            "more. Give both lists whole."
        )
    for weight in weights:
        if not (isfinite(weight) and weight > 0):
            raise UsageError(f"weight {weight!r}: a weight is above 0. Leave out arms that get nobody.")
    total = sum(units)
    if not total:
        return NotEnough("no units assigned yet")
    whole_weight = sum(weights)
    expected = [total * weight / whole_weight for weight in weights]
    statistic = sum((seen - due) ** 2 / due for seen, due in zip(units, expected, strict=True))
    p_value = chi2_p(statistic, len(units) - 1)
    return SampleRatio(p_value, p_value >= alert_below, statistic, len(units) - 1)
