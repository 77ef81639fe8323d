"""Several experiments together: one pooled effect, how much they differ, and what a new one may show.

The default is random effects by REML with Knapp–Hartung's interval, beside the prediction interval with
k - 2 degrees of freedom: the interval says where the average effect lies, the prediction where the effect of
another experiment of the kind may lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from amends.analysis.counts import check_choice, check_share
from amends.analysis.distributions import chi2_p, normal_p, normal_quantile, t_p, t_quantile
from amends.analysis.exported import Exported
from amends.analysis.heterogeneity import (
    HETEROGENEITIES,
    between_variance,
    check_effects,
    typical_variance,
)
from amends.analysis.result import Interval, NotEnough

INTERVALS = ("knapp-hartung", "z")
PREDICTIONS = ("k-2", "k-1", "z")


@dataclass(frozen=True, slots=True)
class Pooled(Exported):
    """The effect of several experiments together.

    Attributes:
        name: The model and how its interval was made.
        value: The pooled effect, on the scale of the estimates.
        standard_error: Of the pooled effect.
        interval: Of the pooled effect (the average over experiments where effects differ).
        statistic: z or t of no effect.
        df: Degrees of freedom of t; None for z.
        p_value: Of no effect, two-sided.
        tau2: Variance of the true effects between experiments; 0 in the fixed model.
        i2: Share of the estimates' spread that is true difference rather than chance, from 0 to 1, by tau².
        h2: The estimates' spread over what chance alone would give.
        q: Cochran's Q, the weighted squares about the fixed effect.
        q_p_value: Of equal effects; an answer that is often wrong for few experiments.
        prediction: Where the effect of a further experiment may lie; None in the fixed model.
        weights: Share of every experiment in the pooled effect, adding up to 1.
        k: Experiments.
    """

    name: str
    value: float
    standard_error: float
    interval: Interval | NotEnough
    statistic: float | NotEnough
    df: float | None
    p_value: float | NotEnough
    tau2: float
    i2: float | NotEnough
    h2: float | NotEnough
    q: float | NotEnough
    q_p_value: float | NotEnough
    prediction: Interval | NotEnough | None
    weights: tuple[float, ...]
    k: int


def fixed_effect(
    estimates: Sequence[float], variances: Sequence[float], *, confidence: float = 0.95
) -> Pooled | NotEnough:
    """The inverse-variance mean of the effects, which are taken to be one and the same.

    >>> found = fixed_effect([0.13, 0.07, 0.13], [0.0048, 0.0032, 0.0075])
    >>> round(found.value, 3), round(found.q, 2)
    (0.101, 0.59)
    """
    y, v = check_effects(estimates, variances)
    check_share(confidence, "confidence")
    if not len(y):
        return NotEnough("there are no experiments")
    return _pooled("fixed effect", y, v, 0.0, interval="z", confidence=confidence, predict=None)


def random_effects(
    estimates: Sequence[float],
    variances: Sequence[float],
    *,
    tau2: str = "REML",
    interval: str = "knapp-hartung",
    prediction: str = "k-2",
    confidence: float = 0.95,
) -> Pooled | NotEnough:
    """The average of effects that may differ between experiments.

    Args:
        estimates: One effect an experiment: a difference, a log ratio, a standardized difference.
        variances: Their squared standard errors.
        tau2: How the variance between experiments is estimated: `REML`, `DL` (DerSimonian–Laird, never
            below 0) or `PM` (Paule–Mandel).
        interval: `knapp-hartung` (t with k - 1, the spread seen sets the error) or `z`, which is too
            narrow for fewer than ten experiments.
        prediction: Degrees of freedom of the prediction interval: `k-2`, `k-1`, or `z` for none.
        confidence: The level of both intervals.

    Source: Hartung & Knapp 2001; IntHout, Ioannidis & Borm 2014; prediction: Higgins, Thompson &
    Spiegelhalter 2009.

    Raises:
        UsageError: Lists of unequal length, a variance that is not above 0, an unknown method.

    >>> found = random_effects([0.52, 0.15, -0.09, 0.60], [0.039, 0.018, 0.033, 0.014])
    >>> round(found.value, 3), round(found.tau2, 3), found.k
    (0.302, 0.078, 4)
    """
    y, v = check_effects(estimates, variances)
    check_choice(interval, INTERVALS, "interval")
    check_choice(prediction, PREDICTIONS, "prediction")
    check_choice(tau2, HETEROGENEITIES, "tau2")
    check_share(confidence, "confidence")
    between = between_variance(estimates, variances, method=tau2)
    if isinstance(between, NotEnough):
        return between
    name = f"random effects ({tau2}, {'Knapp–Hartung' if interval != 'z' else 'z'})"
    return _pooled(name, y, v, between, interval=interval, confidence=confidence, predict=prediction)


def _pooled(
    name: str,
    y: np.ndarray,
    v: np.ndarray,
    tau2: float,
    *,
    interval: str,
    confidence: float,
    predict: str | None,
) -> Pooled:
    k, weights = len(y), 1 / (v + tau2)
    value, error = float(weights @ y / weights.sum()), 1 / sqrt(float(weights.sum()))
    fixed = 1 / v
    q = float(fixed @ (y - fixed @ y / fixed.sum()) ** 2)
    alone = NotEnough("1 experiment has none to differ from")
    typical = typical_variance(v) if k > 1 else None
    df = None if interval == "z" else float(k - 1)
    if df is not None:
        error *= sqrt(float(weights @ (y - value) ** 2) / df)
    limits = _limits(name, value, error, df, confidence)
    statistic = value / error if error else NotEnough("the effects are exactly alike, which leaves no error")
    return Pooled(
        name=name,
        value=value,
        standard_error=error,
        interval=limits,
        statistic=statistic,
        df=df,
        p_value=statistic if isinstance(statistic, NotEnough) else _p(statistic, df),
        tau2=tau2,
        i2=tau2 / (tau2 + typical) if typical else alone,
        h2=tau2 / typical + 1 if typical else alone,
        q=q if k > 1 else alone,
        q_p_value=chi2_p(q, k - 1) if k > 1 else alone,
        prediction=None if predict is None else _prediction(value, error, tau2, k, predict, confidence),
        weights=tuple(float(w) for w in weights / weights.sum()),
        k=k,
    )


def _p(statistic: float, df: float | None) -> float:
    return normal_p(statistic) if df is None else t_p(statistic, df)


def _quantile(confidence: float, df: float | None) -> float:
    p = (1 + confidence) / 2
    return normal_quantile(p) if df is None else t_quantile(p, df)


def _limits(
    name: str, value: float, error: float, df: float | None, confidence: float
) -> Interval | NotEnough:
    if not error:
        return NotEnough("the effects are exactly alike, which leaves no error")
    half = _quantile(confidence, df) * error
    return Interval(value - half, value + half, name, confidence)


def _prediction(
    value: float, error: float, tau2: float, k: int, kind: str, confidence: float
) -> Interval | NotEnough:
    df = None if kind == "z" else float(k - 2 if kind == "k-2" else k - 1)
    if df is not None and df < 1:
        return NotEnough(f"{k} experiments; a prediction with {kind} degrees of freedom needs 3")
    half = _quantile(confidence, df) * sqrt(tau2 + error**2)
    if not half:
        return NotEnough("the effects are exactly alike, which leaves no error")
    method = f"prediction, {'z' if df is None else f't({df:.0f})'}"
    return Interval(value - half, value + half, method, confidence)
