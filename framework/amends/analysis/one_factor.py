"""One common factor behind the items of a scale, by maximum likelihood, and the omega that follows."""

from __future__ import annotations

import warnings
from math import exp, log, sqrt

import numpy as np

from amends.analysis.distributions import normal_quantile
from amends.analysis.result import Estimate, Interval, NotEnough

SEED = 0
"""Of the values that the search for the peak starts from."""


def omega_total(covariance: np.ndarray, n: int, *, confidence: float = 0.95) -> Estimate | NotEnough:
    """McDonald's omega: the squared sum of the loadings over that plus the sum of the uniquenesses.

    Args:
        covariance: Of the items, 3 x 3 or larger.
        n: Units behind it.
        confidence: The level of the interval.

    Source: McDonald 1999; error: delta method with the expected information (Raykov 2002).

    >>> found = omega_total(np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]]), 100)
    >>> round(found.value, 3), round(found.interval.low, 3)
    (0.682, 0.569)
    """
    if len(covariance) < 3:
        return NotEnough(f"{len(covariance)} items leave one factor undetermined; 3 needed")
    if n <= len(covariance):
        return NotEnough(f"{n} units for {len(covariance)} items; more units than items needed")
    fitted = one_factor(covariance, n)
    if isinstance(fitted, NotEnough):
        return fitted
    loadings, unique = fitted
    common, rest = float(loadings.sum()) ** 2, float(unique.sum())
    value = common / (common + rest)
    error = _error(loadings, unique, n)
    middle, half = log(value / (1 - value)), normal_quantile((1 + confidence) / 2) * error
    half /= value * (1 - value)
    low, high = (1 / (1 + exp(-(middle + side * half))) for side in (-1, 1))
    return Estimate("McDonald's omega total", value, Interval(low, high, "delta, logit", confidence))


def one_factor(covariance: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray] | NotEnough:
    """Loadings and uniquenesses on the items' own scale; a reason where the likelihood has no inner peak."""
    from statsmodels.multivariate.factor import Factor

    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    if np.linalg.eigvalsh(correlation)[0] < 1e-10:
        return NotEnough("one item follows from the others, so no common factor can be told apart")
    with warnings.catch_warnings():
        # Whether the search arrived is judged by the slope below, not by its own word.
        warnings.simplefilter("ignore")
        model = Factor(corr=correlation, n_factor=1, method="ml", nobs=n)
        # Without a seed the search would start elsewhere in every report, and end in other last digits.
        fit = model.fit(opt={"gtol": 1e-10}, maxiter=1000, rng=SEED)
    loadings, unique = np.asarray(fit.loadings)[:, 0], np.asarray(fit.uniqueness)
    # Where one item takes the whole factor for itself (a Heywood case) the peak lies at the edge.
    inner = np.isfinite(loadings).all() and unique.min() > 1e-3
    if not inner or float(np.abs(_slope(correlation, loadings, unique)).max()) > 1e-4:
        return NotEnough("the one-factor model has no solution for these answers")
    loadings = loadings * (1.0 if loadings.sum() >= 0 else -1.0)
    return loadings * spread, unique * spread**2


def _slope(correlation: np.ndarray, loadings: np.ndarray, unique: np.ndarray) -> np.ndarray:
    """The likelihood's derivatives: 0 at its peak."""
    inverse = np.linalg.inv(np.outer(loadings, loadings) + np.diag(unique))
    pull = inverse - inverse @ correlation @ inverse
    return np.concatenate([2 * pull @ loadings, np.diag(pull)])


def _error(loadings: np.ndarray, unique: np.ndarray, n: int) -> float:
    """Omega's standard error from the expected information of loadings and uniquenesses."""
    k = len(loadings)
    inverse = np.linalg.inv(np.outer(loadings, loadings) + np.diag(unique))
    slopes = np.zeros((2 * k, k, k))
    for place in range(k):
        slopes[place, place, :] += loadings
        slopes[place, :, place] += loadings
        slopes[k + place, place, place] = 1
    reached = inverse @ slopes
    information = n / 2 * np.einsum("aij,bji->ab", reached, reached)
    total, rest = float(loadings.sum()), float(unique.sum())
    whole = (total**2 + rest) ** 2
    gradient = np.concatenate([np.full(k, 2 * total * rest / whole), np.full(k, -(total**2) / whole)])
    return sqrt(float(gradient @ np.linalg.solve(information, gradient)))
