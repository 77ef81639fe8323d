"""Regressions from groups of units that were alike before the message, exact for any number of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from amends.analysis.adjustment import AdjustedDifference, default_error
from amends.analysis.distributions import t_p, t_quantile
from amends.analysis.regression import prepared
from amends.analysis.result import Interval, NotEnough


@dataclass(frozen=True, slots=True)
class Groups:
    """Units of two arms, those alike in arm and covariates as one entry or several.

    Attributes:
        values: The mean outcome of each group's units.
        treated: Whether they are in the first arm.
        columns: Their covariates by name.
        times: How many units each group stands for.
        within: The sum of their outcomes' squared distances from the group's mean.
    """

    values: np.ndarray
    treated: np.ndarray
    columns: dict[str, np.ndarray]
    times: np.ndarray
    within: np.ndarray


@dataclass(frozen=True, slots=True)
class GroupedFit:
    """Least squares of units that are at hand as groups.

    Attributes:
        params: The coefficients.
        covariance: Of them, heteroskedasticity-consistent.
        df: Units less coefficients.
    """

    params: np.ndarray
    covariance: np.ndarray
    df: float


def grouped_fit(
    y: np.ndarray, design: np.ndarray, times: np.ndarray, within: np.ndarray, *, error: str
) -> GroupedFit | NotEnough:
    """Least squares with HC2 or HC3 errors of units of which those with one design are a row.

    Units of a row have the same leverage, so that the squares of their residuals add up to the row's own
    plus those within it: sums are enough for these errors too.

    Args:
        y: The mean outcome of each row's units.
        design: The columns, the constant among them.
        times: How many units each row stands for.
        within: The sum of their outcomes' squared distances from the row's mean.
        error: `HC2` or `HC3`.
    """
    sizes = np.sqrt((times[:, None] * design**2).sum(axis=0))
    n, k = float(times.sum()), design.shape[1]
    if n <= k:
        return NotEnough(f"{n:.0f} units for {k} coefficients; at least {k + 1} needed")
    # Scaled, so that a covariate in large units is not taken for a constant.
    scaled = design / sizes
    root = np.sqrt(times)[:, None] * scaled
    if not np.isfinite(scaled).all() or np.linalg.matrix_rank(root, tol=1e-9) < k:
        return NotEnough("a covariate follows from the others or from the arm, so it cannot be told apart")
    inverse = np.linalg.inv(root.T @ root)
    beta = inverse @ (scaled.T @ (times * y))
    squares = times * (y - scaled @ beta) ** 2 + within
    left = 1 - ((scaled @ inverse) * scaled).sum(axis=1)
    if alone := int(times[left < 1e-10].sum()):
        return NotEnough(f"{alone} of {n:.0f} units determine a coefficient alone, which leaves no error")
    meat = scaled * (squares / left ** (2 if error == "HC3" else 1))[:, None]
    covariance = inverse @ (scaled.T @ meat) @ inverse / np.outer(sizes, sizes)
    return GroupedFit(beta / sizes, covariance, n - k)


def lin_of_groups(groups: Groups, *, confidence: float = 0.95) -> AdjustedDifference | NotEnough:
    """What `adjustment.lin` gives of the single units: difference, HC2 (up to 50 units HC3) error and test.

    >>> groups = Groups(
    ...     values=np.array([3.0, 5, 2, 4]), treated=np.array([True, True, False, False]),
    ...     columns={"orders": np.array([0.0, 1, 0, 1])},
    ...     times=np.array([20.0, 30, 25, 25]), within=np.array([9.0, 12, 10, 11]))
    >>> found = lin_of_groups(groups)
    >>> round(found.value, 6), found.ns
    (1.0, (50, 50))
    """
    units = prepared(groups.values, groups.treated, groups.columns)
    if isinstance(units, NotEnough):
        return units
    times, n = groups.times, float(groups.times.sum())
    centred = [column - (times * column).sum() / n for column in units.columns.values()]
    columns = [np.ones(len(times)), units.arm, *centred, *(units.arm * column for column in centred)]
    error = default_error(int(n))
    fit = grouped_fit(units.y, np.column_stack(columns), times, groups.within, error=error)
    if isinstance(fit, NotEnough):
        return fit
    variance = float(fit.covariance[1, 1])
    if not variance > 0:
        return NotEnough("the values follow exactly from the arm and the covariates, which leaves no error")
    return _difference(groups, float(fit.params[1]), sqrt(variance), fit.df, error, confidence)


def _difference(
    groups: Groups, value: float, deviation: float, df: float, error: str, confidence: float
) -> AdjustedDifference:
    name, half = f"Lin ({error})", t_quantile((1 + confidence) / 2, df) * deviation
    first: Any = groups.times[groups.treated.astype(bool)].sum()
    return AdjustedDifference(
        name=name,
        value=value,
        standard_error=deviation,
        statistic=value / deviation,
        df=df,
        p_value=t_p(value / deviation, df),
        interval=Interval(value - half, value + half, name, confidence),
        ns=(int(first), int(groups.times.sum() - first)),
        covariates=tuple(groups.columns),
    )
