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
class _Weighted:
    """One arm: its weighted mean, every unit's influence on it, and the largest weight."""

    mean: float
    influence: np.ndarray
    columns: int
    largest_weight: float


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
    check_share(confidence, "confidence")
    n, columns = len(values), design(known, len(values))
    if not n == len(in_first) == len(columns.matrix):
        raise UsageError(
            f"{n} values, {len(in_first)} arms, {len(columns.matrix)} covariates: one of each per unit. "
            "Give three lists of one length."
        )
    given = np.array([np.nan if value is None else value for value in values], dtype=float)
    first = np.array(in_first, dtype=bool)
    groups = None if clusters is None else np.unique(np.asarray(clusters, dtype=str), return_inverse=True)[1]
    found: list[_Weighted] = []
    errors: list[float | NotEnough] = []
    for arm, which in ((first, "first"), (~first, "second")):
        one = _weighted(given[arm], columns.matrix[arm], which)
        if isinstance(one, NotEnough):
            return one
        found.append(one)
        errors.append(_variance(one, None if groups is None else groups[arm], which))
    a, b = found
    error, interval = _spread(a.mean - b.mean, errors, confidence)
    return WeightedMeans(
        name=NAME,
        first=a.mean,
        second=b.mean,
        difference=a.mean - b.mean,
        standard_error=error,
        interval=interval,
        largest_weight=max(a.largest_weight, b.largest_weight),
        used=columns.used,
        ns=(int(first.sum()), int((~first).sum())),
        answers=(int(np.isfinite(given[first]).sum()), int(np.isfinite(given[~first]).sum())),
    )


NAME = "inverse-probability weighting (Hájek)"


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


def _weighted(values: np.ndarray, known: np.ndarray, which: str) -> _Weighted | NotEnough:
    answered = np.isfinite(values)
    if not answered.any():
        return NotEnough(f"the {which} arm has no answers")
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
    return _Weighted(mean, influence, 1 if columns is None else columns.shape[1], float(weights.max()))


def _variance(arm: _Weighted, groups: np.ndarray | None, which: str) -> float | NotEnough:
    n = len(arm.influence)
    if groups is None:
        if n <= arm.columns:
            return NotEnough(f"the {which} arm has {n} units; more than {arm.columns} needed for the error")
        return float(arm.influence @ arm.influence) / (n * (n - arm.columns))
    sums = np.bincount(np.unique(groups, return_inverse=True)[1], weights=arm.influence)
    if len(sums) < 2:
        return NotEnough(f"the {which} arm has {len(sums)} cluster; 2 needed for the error")
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
            model = sm.GLM(answered.astype(float), columns, family=sm.families.Binomial())
            chance: np.ndarray = model.fit().fittedvalues
        except (np.linalg.LinAlgError, ValueError):
            return NotEnough("the model of who answers cannot be fitted")
    if not np.isfinite(chance).all() or chance.min() < LEAST_CHANCE:
        return NotEnough("the model of who answers cannot be fitted")
    return chance, columns
