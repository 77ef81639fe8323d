"""The winner's curse: how much a small experiment overstates a difference when it calls one (type M error).

Reckoned at the difference declared beforehand as worth acting on, never at the one observed: that would only
say the p-value again.
"""

from __future__ import annotations

from math import exp as e_to
from math import inf, isinf, lgamma, log, pi, sqrt
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast, known
from amends.analysis.counts import check_share
from amends.analysis.distributions import normal_cdf, normal_quantile, t_cdf, t_quantile
from amends.analysis.formatting import Sentence, amount, number
from amends.errors import UsageError

if TYPE_CHECKING:
    from amends.design.metrics import Metric

WORTH_SAYING = 1.5
"""Times a difference has to be overstated before it is said."""


def exaggeration_ratio(effect: float, standard_error: float, *, alpha: float, df: float = inf) -> float:
    """How many times too large the estimates that reject "no difference" are on average.

    With l = effect / error and c the critical value, E[|X|; |X| > c] / (l P(|X| > c)) for X = l + T, in
    closed form, T standard normal or t.

    Args:
        effect: The true difference supposed, not 0; its sign does not matter.
        standard_error: Of the estimate, above 0.
        alpha: Two-sided level of the test.
        df: Degrees of freedom of the t distribution, above 1; infinite for the normal one.

    Raises:
        UsageError: An effect of 0, an error not above 0, too few degrees of freedom.

    Source: Gelman & Carlin 2014; closed form: Lu, Qiu & Deng 2019.

    >>> round(exaggeration_ratio(1.0, 1.0, alpha=0.05), 2), round(exaggeration_ratio(2.8, 1.0, alpha=0.05), 2)
    (2.49, 1.13)
    """
    check_share(alpha, "alpha")
    if not effect or not standard_error > 0 or not df > 1:
        raise UsageError(
            f"effect {effect!r}, standard error {standard_error!r}, df {df!r}: the effect is not 0, the "
            "error above 0, df above 1. Give the difference worth acting on."
        )
    true = abs(effect) / standard_error
    critical = normal_quantile(1 - alpha / 2) if isinf(df) else t_quantile(1 - alpha / 2, df)
    above, below = _cdf(true - critical, df), _cdf(-true - critical, df)
    sizes = true * (above - below) + _tail_mean(critical - true, df) + _tail_mean(critical + true, df)
    return sizes / (true * (above + below))


def _cdf(x: float, df: float) -> float:
    return normal_cdf(x) if isinf(df) else t_cdf(x, df)


def _tail_mean(x: float, df: float) -> float:
    """The integral of t times its density from x on."""
    if isinf(df):
        return e_to(-x * x / 2) / sqrt(2 * pi)
    constant = lgamma((df + 1) / 2) - lgamma(df / 2) - log(df * pi) / 2
    return e_to(constant - (df + 1) / 2 * log(1 + x * x / df)) * (df + x * x) / (df - 1)


def overstated(contrast: Contrast, metric: Metric) -> Sentence | None:
    """What a difference that was called owes to its being called; None where that is little or not known.

    Args:
        contrast: With its verdict and decision.
        metric: Whose `detect` was declared; a customary one says nothing of what is worth acting on.
    """
    made = contrast.decision or {}
    if contrast.verdict != "difference" or metric.detect is None or metric.detect_assumed:
        return None
    error, level = made.get("standard_error"), made.get("level")
    if not (known(error) and level and isinstance(error, float) and error > 0):
        return None
    if made.get("rejected_by") == "always-valid":
        level = _level_of(made.get("always_valid"), error) or level
    ratio = exaggeration_ratio(metric.detect, error, alpha=level)
    if ratio < WORTH_SAYING:
        return None
    size, times = {}, {}
    for locale in ("en", "id"):
        size[locale] = amount(metric.detect, contrast.kind, locale).removeprefix("+")
        times[locale] = number(ratio, digits=1, locale=locale)
    return Sentence(
        f"Probably overstated: were the true difference the {size['en']} points declared as worth acting on, "
        f"data as few as these would show {times['en']} times as much on average whenever a difference is "
        "called.",
        f"Kemungkinan berlebihan: seandainya selisih sebenarnya sebesar {size['id']} poin yang ditetapkan "
        f"layak ditindaklanjuti, data sesedikit ini rata-rata akan menunjukkan {times['id']} kali lipatnya "
        "setiap kali perbedaan dinyatakan.",
    )


def _level_of(limits: object, error: float) -> float | None:
    """The level of a fixed test that would ask for as much as an always-valid interval of these limits."""
    if not isinstance(limits, list | tuple) or not all(isinstance(end, float | int) for end in limits):
        return None
    low, high = limits
    return max(1e-12, 2 * normal_cdf(-(high - low) / 2 / error))
