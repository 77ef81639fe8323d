"""Satisfaction of all, by weighting each answer with how unlikely it was: a model, not a bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from amends.analysis.counts import check_share
from amends.analysis.distributions import normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.known_before import Known, design
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError

LEAST_CHANCE = 1e-6
"""A fitted chance below this is none: the model does not hold, or nobody of the kind answers."""


@dataclass(frozen=True, slots=True)
class WeightedMeans(Exported):
    """Weighted means of either arm's answers.

    Attributes:
        name: The method.
        first: Mean of the first arm as if all its units had answered.
        second: Likewise of the second arm.
        difference: First minus second.
        standard_error: Of the difference, the estimated weights included.
        interval: Of the difference.
        largest_weight: How many units the most heavily weighted answer stands for.
        used: What the model of answering rests on.
        ns: Units of either arm.
        answers: Answers of either arm.
    """

    name: str
    first: float
    second: float
    difference: float
    standard_error: float | NotEnough
    interval: Interval | NotEnough
    largest_weight: float
    used: tuple[str, ...]
    ns: tuple[int, int]
    answers: tuple[int, int]


@dataclass(frozen=True, slots=True)
class WeightedArm:
    """One arm's weighted mean.

    Attributes:
        mean: As if all its units had answered.
        variance: Of the mean.
        largest_weight: How many units the most heavily weighted answer stands for.
        n: Units.
        answers: Answers.
    """

    mean: float
    variance: float | NotEnough
    largest_weight: float
    n: int
    answers: int


def inverse_probability_means(
    values: Sequence[float | None],
    in_first: Sequence[bool],
    known: Known,
    *,
    clusters: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> WeightedMeans | NotEnough:
    """Means weighted by one over the chance of answering, from a logit of what was known, in either arm.

    It is right only where what was known tells all that answering and satisfaction share: shown beside the
    bounds, never in their place. The error follows from the stacked estimating equations of the logit and
    of the weighted mean, so that it counts the weights as estimated.

    Args:
        values: Each unit's answer; None (or NaN) where it did not answer.
        in_first: Whether the unit is in the first arm.
        known: What was known of it before its message: one number a unit, or several columns by name.
            A column of numbers enters as it is, one of words by its levels; missing values by a mark.
        clusters: What shares an arm, where several units do: then the error goes by cluster.
        confidence: The level of the interval.

    Source: Hájek 1971; Robins, Rotnitzky & Zhao 1994; error: Lunceford & Davidian 2004.

    Raises:
        UsageError: Lists of different lengths.

    >>> values, first = [5, 7, None, 6, 4, None, 5, 6], [True] * 4 + [False] * 4
    >>> found = inverse_probability_means(values, first, {"orders": [1, 3, 2, 4, 2, 3, 1, 4]})
    >>> found.answers, found.used
    ((3, 3), ('orders',))
    """
    n, columns = len(values), design(known, len(values))
    if not n == len(in_first) == len(columns.matrix):
        raise UsageError(
            f"{n} values, {len(in_first)} arms, {len(columns.matrix)} covariates: one of each per unit. "
            "Give three lists of one length."
        )
    given = np.array([np.nan if value is None else value for value in values], dtype=float)
    first = np.array(in_first, dtype=bool)
    groups = None if clusters is None else np.unique(np.asarray(clusters, dtype=str), return_inverse=True)[1]
    arms = [
        weighted_arm(given[arm], columns.matrix[arm], name, groups=None if groups is None else groups[arm])
        for arm, name in ((first, "the first arm"), (~first, "the second arm"))
    ]
    return weighted_difference(*arms, used=columns.used, confidence=confidence)


NAME = "inverse-probability weighting (Hájek)"


def weighted_difference(
    first: WeightedArm | NotEnough,
    second: WeightedArm | NotEnough,
    *,
    used: tuple[str, ...],
    confidence: float = 0.95,
) -> WeightedMeans | NotEnough:
    """Two arms' weighted means compared, first minus second."""
    check_share(confidence, "confidence")
    if isinstance(first, NotEnough):
        return first
    if isinstance(second, NotEnough):
        return second
    gap = first.mean - second.mean
    error, interval = _spread(gap, (first.variance, second.variance), confidence)
    return WeightedMeans(
        name=NAME,
        first=first.mean,
        second=second.mean,
        difference=gap,
        standard_error=error,
        interval=interval,
        largest_weight=max(first.largest_weight, second.largest_weight),
        used=used,
        ns=(first.n, second.n),
        answers=(first.answers, second.answers),
    )


def _spread(
    gap: float, variances: Sequence[float | NotEnough], confidence: float
) -> tuple[float | NotEnough, Interval | NotEnough]:
    """The error of the difference and its interval, or the reason why there is none."""
    for variance in variances:
        if isinstance(variance, NotEnough):
            return variance, variance
    error = sqrt(sum(variance for variance in variances if not isinstance(variance, NotEnough)))
    if not error:
        missing = NotEnough("all answers are alike within each arm, so there is no error to judge by")
        return missing, missing
    half = normal_quantile((1 + confidence) / 2) * error
    return error, Interval(gap - half, gap + half, "stacked estimating equations", confidence)


def weighted_arm(
    values: np.ndarray, known: np.ndarray, name: str, *, groups: np.ndarray | None = None
) -> WeightedArm | NotEnough:
    """One arm's mean, each answer weighted by one over its chance.

    Args:
        values: Each unit's answer, NaN where it did not answer.
        known: What was known of it, a row a unit, from `known_before.design`.
        name: The arm's name, for the reason where there is no mean.
        groups: Every unit's cluster as a number, where units share arms.
    """
    answered = np.isfinite(values)
    if not answered.any():
        return NotEnough(f"{name} has no answers")
    fitted = _chance_of_answering(answered, known)
    if isinstance(fitted, NotEnough):
        return fitted
    chance, columns = fitted
    weights = np.where(answered, 1 / chance, 0.0)
    filled = np.where(answered, values, 0.0)
    mean = float(weights @ filled / weights.sum())
    apart = weights * np.where(answered, filled - mean, 0.0)
    influence = apart
    if columns is not None:
        slope = -(apart * (1 - chance)) @ columns / len(values)
        information = (columns * (chance * (1 - chance))[:, None]).T @ columns / len(values)
        scores = columns * (answered - chance)[:, None]
        influence = apart + scores @ (np.linalg.pinv(information) @ slope)
    influence = influence / weights.mean()
    used = 1 if columns is None else columns.shape[1]
    variance = _variance(influence, used, groups, name)
    return WeightedArm(mean, variance, float(weights.max()), len(values), int(answered.sum()))


def _variance(influence: np.ndarray, columns: int, groups: np.ndarray | None, name: str) -> float | NotEnough:
    n = len(influence)
    if groups is None:
        if n <= columns:
            return NotEnough(f"{name} has {n} units; more than {columns} needed for the error")
        return float(influence @ influence) / (n * (n - columns))
    sums = np.bincount(np.unique(groups, return_inverse=True)[1], weights=influence)
    if len(sums) < 2:
        return NotEnough(f"{name} has {len(sums)} cluster; 2 needed for the error")
    return float(sums @ sums) / n**2 * len(sums) / (len(sums) - 1)


def _chance_of_answering(
    answered: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None] | NotEnough:
    """Every unit's chance by a logit, and the columns that it rests on; all ones where everybody answered."""
    import warnings

    import statsmodels.api as sm

    if answered.all():
        return np.ones(len(answered)), None
    varying = known[:, known.std(axis=0) > 0] if len(known) else known
    columns = np.column_stack([np.ones(len(answered)), varying])
    with warnings.catch_warnings():
        # Separation is judged from the fitted chances below.
        warnings.simplefilter("ignore")
        try:
            model = sm.Logit(answered.astype(float), columns)
            fitted = model.fit(method="newton", maxiter=100, tol=1e-12, disp=0, warn_convergence=False)
        except (np.linalg.LinAlgError, ValueError):
            return NotEnough("the model of who answers cannot be fitted")
    chance: np.ndarray = model.predict(fitted.params)
    if not np.isfinite(chance).all() or chance.min() < LEAST_CHANCE:
        return NotEnough("the model of who answers cannot be fitted")
    return chance, columns
