"""How many units a question needs, and what a sample can show. Never "observed power" after the fact.

Sizes are per arm and may be fractional: round up with `math.ceil`. A difference of zero needs no sample
and is refused.
"""

from __future__ import annotations

from math import asin, isfinite, sqrt

from amends.analysis.counts import check_choice, check_share, whole
from amends.analysis.distributions import normal_cdf, normal_quantile
from amends.analysis.result import NotEnough
from amends.errors import UsageError

ENUMERATE_UP_TO = 4_000_000
"""Tables beyond which exact power is not enumerated."""


def sample_size_proportions(
    p1: float,
    p2: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    ratio: float = 1.0,
    method: str = "normal",
) -> float:
    """Units of the first arm so that a two-sided test finds this difference with this power.

    Args:
        p1: The first arm's proportion.
        p2: The second arm's.
        power: Chance of finding the difference.
        alpha: The level of the test (the deciding level, already divided by the family's size).
        ratio: Units of the second arm for each of the first.
        method: `normal` (pooled variance under no difference, own variances under it; the far tail is
            ignored) or `arcsine` (Cohen's h).

    Source: Fleiss 1981; the same as R's `power.prop.test` and, for `arcsine`, `pwr.2p.test`.

    Raises:
        UsageError: Equal proportions, or a value that is no proportion.

    >>> round(sample_size_proportions(0.784, 0.911), 2)
    124.6
    """
    check_choice(method, ("normal", "arcsine"), "method")
    p1, p2 = _proportion(p1), _proportion(p2)
    _above_zero(ratio, "ratio")
    if p1 == p2:
        raise UsageError(
            f"proportions {p1} and {p2}: no sample shows a difference of 0. Give two that differ."
        )
    z_alpha, z_power = _quantiles(alpha, power)
    if method == "arcsine":
        return (1 + 1 / ratio) * ((z_alpha + z_power) / _h(p1, p2)) ** 2
    pooled = (p1 + ratio * p2) / (1 + ratio)
    null = sqrt(pooled * (1 - pooled) * (1 + 1 / ratio))
    own = sqrt(p1 * (1 - p1) + p2 * (1 - p2) / ratio)
    return ((z_alpha * null + z_power * own) / (p1 - p2)) ** 2


def power_proportions(
    p1: float, p2: float, n1: int, n2: int, *, alpha: float = 0.05, method: str = "normal"
) -> float | NotEnough:
    """The power of the two-sided pooled z test.

    Args:
        p1: The first arm's proportion.
        p2: The second arm's.
        n1: Units of the first arm.
        n2: Units of the second arm.
        alpha: The level of the test.
        method: `normal` (both tails counted), `arcsine`, or `exact`: every pair of counts weighed by its
            probability.

    >>> round(power_proportions(0.784, 0.911, 56, 56), 3)
    0.463
    >>> round(power_proportions(0.784, 0.911, 56, 56, method="exact"), 3)
    0.472
    """
    check_choice(method, ("normal", "arcsine", "exact"), "method")
    p1, p2 = _proportion(p1), _proportion(p2)
    n1, n2 = _some(n1), _some(n2)
    z = normal_quantile(1 - check_share(alpha, "alpha") / 2)
    if method == "exact":
        return _enumerated(p1, p2, n1, n2, z)
    if method == "arcsine":
        shift = abs(_h(p1, p2)) / sqrt(1 / n1 + 1 / n2)
        return normal_cdf(shift - z) + normal_cdf(-shift - z)
    pooled = (n1 * p1 + n2 * p2) / (n1 + n2)
    null = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    own = sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    if not own:
        return NotEnough("both proportions are 0 or 1, so nothing varies")
    gap = abs(p1 - p2)
    return normal_cdf((gap - z * null) / own) + normal_cdf((-gap - z * null) / own)


def detectable_difference(
    p1: float, n: float, *, power: float = 0.8, alpha: float = 0.05, direction: str = "up"
) -> float | NotEnough:
    """The smallest difference from `p1` that `n` units per arm find with this power.

    Args:
        p1: The proportion to differ from.
        n: Units per arm.
        power: Chance of finding the difference.
        alpha: The level of the test.
        direction: `up` or `down` from `p1`.

    Returns:
        The distance, above 0; `NotEnough` where even the end of the scale is not far enough.

    >>> round(detectable_difference(0.784, 56), 3)
    0.175
    """
    check_choice(direction, ("up", "down"), "direction")
    p1 = _proportion(p1)
    _above_zero(n, "units per arm")
    z_alpha, z_power = _quantiles(alpha, power)
    sign, room = (1, 1 - p1) if direction == "up" else (-1, p1)

    def enough(distance: float) -> bool:
        p2 = min(1.0, max(0.0, p1 + sign * distance))
        middle = (p1 + p2) / 2
        own = sqrt(p1 * (1 - p1) + p2 * (1 - p2))
        needed = z_alpha * sqrt(2 * middle * (1 - middle)) + z_power * own
        return distance * sqrt(n) >= needed

    if not enough(room):
        return NotEnough(
            f"{n:g} units per arm find no difference {direction} from {p1:g} with power {power:g}"
        )
    low, high = 0.0, room
    for _ in range(80):
        middle = (low + high) / 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


def sample_size_t(d: float, *, power: float = 0.8, alpha: float = 0.05, ratio: float = 1.0) -> float:
    """Answers of the first arm so that a two-sided t test finds `d` standard deviations.

    >>> round(sample_size_t(0.5), 2)
    63.77
    """
    from statsmodels.stats.power import TTestIndPower

    if not (isfinite(d) and d):
        raise UsageError(
            f"effect {d!r}: no sample shows an effect of 0. Give it in standard deviations, as 0.3."
        )
    _quantiles(alpha, power)
    _above_zero(ratio, "ratio")
    size = TTestIndPower().solve_power(effect_size=abs(d), power=power, alpha=alpha, ratio=ratio)
    return float(size)


def power_t(d: float, n1: int, n2: int, *, alpha: float = 0.05) -> float:
    """The power of the two-sided t test for `d` standard deviations.

    >>> round(power_t(0.2, 50, 50), 4)
    0.1677
    """
    from statsmodels.stats.power import TTestIndPower

    n1, n2 = _at_least_two(n1), _at_least_two(n2)
    check_share(alpha, "alpha")
    return float(TTestIndPower().power(effect_size=abs(d), nobs1=n1, ratio=n2 / n1, alpha=alpha))


def detectable_effect_t(n1: int, n2: int, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest effect, in standard deviations, that these answers find with this power.

    >>> round(detectable_effect_t(50, 50), 4)
    0.5659
    """
    from statsmodels.stats.power import TTestIndPower

    n1, n2 = _at_least_two(n1), _at_least_two(n2)
    _quantiles(alpha, power)
    return float(TTestIndPower().solve_power(nobs1=n1, ratio=n2 / n1, power=power, alpha=alpha))


def sample_size_anova(f: float, arms: int, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Answers per arm so that an analysis of variance finds Cohen's `f`."""
    from statsmodels.stats.power import FTestAnovaPower

    _above_zero(f, "effect")
    _quantiles(alpha, power)
    # statsmodels counts the answers of all arms together.
    total = FTestAnovaPower().solve_power(effect_size=f, k_groups=_arms(arms), power=power, alpha=alpha)
    return float(total) / arms


def power_anova(f: float, arms: int, n: int, *, alpha: float = 0.05) -> float:
    """The power of an analysis of variance with `n` answers per arm for Cohen's `f`."""
    from statsmodels.stats.power import FTestAnovaPower

    n = _at_least_two(n)
    check_share(alpha, "alpha")
    return float(FTestAnovaPower().power(f, nobs=n * _arms(arms), alpha=alpha, k_groups=arms))


def power_chi2(w: float, n: int, *, df: int, alpha: float = 0.05) -> float:
    """The power of a chi-square test of `n` units in all for Cohen's effect `w`."""
    from statsmodels.stats.power import GofChisquarePower

    check_share(alpha, "alpha")
    return float(GofChisquarePower().power(w, nobs=_some(n), alpha=alpha, n_bins=df + 1))


def design_effect(size: float, icc: float, *, cv: float = 0.0) -> float:
    """How many times as many units a clustered design needs: 1 + ((1 + cv²) · size - 1) · icc.

    Args:
        size: Mean units per cluster.
        icc: Intraclass correlation.
        cv: Coefficient of variation of the clusters' sizes, 0 where they are alike.

    Source: Kish 1965; unequal sizes: Eldridge, Ashby & Kerry 2006.

    >>> design_effect(4, 0.05), round(design_effect(4, 0.05, cv=0.6), 3)
    (1.15, 1.222)
    """
    if not (isfinite(size) and size >= 1):
        raise UsageError(f"cluster size {size!r}: a cluster has 1 unit or more. Give the mean size.")
    if not -1 <= icc <= 1:
        raise UsageError(f"icc {icc!r}: it lies between -1 and 1. Give for instance 0.1.")
    if not (isfinite(cv) and cv >= 0):
        raise UsageError(f"cv {cv!r}: spread of the sizes over their mean, 0 or more. Give for instance 0.5.")
    return 1 + ((1 + cv * cv) * size - 1) * icc


def _enumerated(p1: float, p2: float, n1: int, n2: int, z: float) -> float | NotEnough:
    import numpy as np
    from scipy.stats import binom

    if (n1 + 1) * (n2 + 1) > ENUMERATE_UP_TO:
        return NotEnough(f"exact power is enumerated up to {ENUMERATE_UP_TO} tables")
    x1, x2 = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)[None, :]
    events, units = x1 + x2, n1 + n2
    gap = (x1 * n2 - x2 * n1).astype(float)
    # z² >= limit without dividing, so that tables in which nothing varies count as not rejecting.
    rejects = (gap**2 * units >= z * z * n1 * n2 * (events * (units - events))) & (gap != 0)
    weights = binom.pmf(x1, n1, p1) * binom.pmf(x2, n2, p2)
    return float(weights[rejects].sum())


def _quantiles(alpha: float, power: float) -> tuple[float, float]:
    check_share(alpha, "alpha")
    check_share(power, "power")
    return normal_quantile(1 - alpha / 2), normal_quantile(power)


def _h(p1: float, p2: float) -> float:
    return 2 * asin(sqrt(p1)) - 2 * asin(sqrt(p2))


def _proportion(p: float) -> float:
    if not 0 <= p <= 1:
        raise UsageError(f"proportion {p!r}: it lies between 0 and 1. Write 78.4% as 0.784.")
    return float(p)


def _above_zero(value: float, what: str) -> None:
    if not (isfinite(value) and value > 0):
        raise UsageError(f"{what} {value!r}: it is above 0. Give a larger number.")


def _some(n: int) -> int:
    if not whole(n, "units"):
        raise UsageError("0 units: an arm needs at least one. Give the units planned.")
    return whole(n, "units")


def _at_least_two(n: int) -> int:
    if whole(n, "answers") < 2:
        raise UsageError(f"{n} answers: an arm needs 2 or more for a t test. Give the answers planned.")
    return whole(n, "answers")


def _arms(arms: int) -> int:
    if whole(arms, "arms") < 2:
        raise UsageError(f"{arms} arms: there are two or more. Give how many are compared.")
    return whole(arms, "arms")
