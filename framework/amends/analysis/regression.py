"""Least squares as the adjusted analyses share it: inputs checked once, the fit left to statsmodels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from amends.analysis.result import NotEnough
from amends.errors import UsageError

Values = Sequence[float] | np.ndarray
"""One number a unit."""

Flags = Sequence[bool] | np.ndarray
"""True or false (1 or 0) a unit."""

Labels = Sequence[Any] | np.ndarray
"""A name a unit, for instance its cluster's."""

Covariates = Mapping[str, Sequence[float | None] | np.ndarray]
"""What was known of every unit before its message, by name; None where it is missing."""


def outcomes(values: Values, what: str = "values") -> np.ndarray:
    """One finite number a unit.

    Raises:
        UsageError: Text, a missing value or something infinite.

    >>> outcomes([5, 7, 6]).tolist()
    [5.0, 7.0, 6.0]
    """
    numbers = _numbers(values, what)
    if not np.isfinite(numbers).all():
        place = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise UsageError(
            f"{what}: place {place + 1} holds {values[place]!r}, not a finite number. Leave such units out."
        )
    return numbers


def arms(treated: Flags, n: int) -> np.ndarray | NotEnough:
    """1.0 for units of the first arm, 0.0 for the second; a reason where an arm has no units.

    Raises:
        UsageError: Another length than the values', or something else than true and false (or 1 and 0).
    """
    given = _of_length(_numbers(treated, "arms"), n, "arms")
    if not np.isin(given, (0.0, 1.0)).all():
        raise UsageError("arms: every unit is in the first arm (true or 1) or in the second (false or 0).")
    for value, which in ((1.0, "first"), (0.0, "second")):
        if not (given == value).any():
            return NotEnough(f"the {which} arm has no units")
    return given


def labels(given: Labels, n: int, what: str) -> np.ndarray:
    """Every unit's group as a number from 0 on, in order of appearance in the sorted names.

    Raises:
        UsageError: Another length than the values'.
    """
    if len(given) != n:
        raise _wrong_length(len(given), n, what)
    numbered = isinstance(given, np.ndarray) and given.dtype.kind in "iu"
    names = given if numbered else np.asarray([str(label) for label in given])
    return np.unique(names, return_inverse=True)[1]


@dataclass(frozen=True, slots=True)
class AssignedClusters:
    """Which cluster and arm every unit belongs to.

    Attributes:
        groups: Every unit's cluster as a number from 0 on.
        arm: 1.0 for units of the first arm, else 0.0.
        clusters: Clusters of the first and of the second arm.
    """

    groups: np.ndarray
    arm: np.ndarray
    clusters: tuple[int, int]


def assigned_clusters(treated: Flags, clusters: Labels, n: int) -> AssignedClusters | NotEnough:
    """The clusters with their arms; a reason where an arm has fewer than two of them.

    Raises:
        UsageError: A cluster with units in both arms: then it was not clusters that were randomised.
    """
    groups, arm = labels(clusters, n, "clusters"), arms(treated, n)
    if isinstance(arm, NotEnough):
        return arm
    sizes, first = np.bincount(groups), np.bincount(groups, arm)
    mixed = np.flatnonzero((first > 0) & (first < sizes))
    if len(mixed):
        name = clusters[int(np.flatnonzero(groups == mixed[0])[0])]
        raise UsageError(
            f"cluster {name!r} has units in both arms: whole clusters are given an arm. "
            "Give the clusters that were randomised, or none where units were."
        )
    counts = int((first > 0).sum()), int((first == 0).sum())
    for count, which in zip(counts, ("first", "second"), strict=True):
        if count < 2:
            return NotEnough(f"the {which} arm has {count} cluster; 2 needed")
    return AssignedClusters(groups, arm, counts)


def covariate_columns(covariates: Covariates | None, n: int) -> dict[str, np.ndarray] | NotEnough:
    """Every covariate as a column; a reason where one is missing for a unit or does not vary.

    Raises:
        UsageError: Text, or another length than the values'.

    >>> covariate_columns({"wait": [3, None]}, 2).reason
    "covariate 'wait' is missing for 1 of 2 units"
    """
    columns: dict[str, np.ndarray] = {}
    for name, values in (covariates or {}).items():
        column = _of_length(_numbers(values, f"covariate {name!r}"), n, f"covariate {name!r}")
        missing = int((~np.isfinite(column)).sum())
        if missing:
            return NotEnough(f"covariate {name!r} is missing for {missing} of {n} units")
        if n and (column == column[0]).all():
            return NotEnough(f"covariate {name!r} is {column[0]:g} for every unit")
        columns[name] = column
    return columns


@dataclass(frozen=True, slots=True)
class Units:
    """Checked outcomes with their arms and covariates.

    Attributes:
        y: One outcome a unit.
        arm: 1.0 for units of the first arm, else 0.0.
        columns: The covariates by name.
        ns: Units of either arm.
    """

    y: np.ndarray
    arm: np.ndarray
    columns: dict[str, np.ndarray]
    ns: tuple[int, int]


def prepared(values: Values, treated: Flags, covariates: Covariates | None = None) -> Units | NotEnough:
    """The units of two arms, checked; the reason where an arm is empty or a covariate says nothing."""
    y = outcomes(values)
    arm, columns = arms(treated, len(y)), covariate_columns(covariates, len(y))
    if isinstance(arm, NotEnough):
        return arm
    if isinstance(columns, NotEnough):
        return columns
    return Units(y, arm, columns, (int(arm.sum()), int((1 - arm).sum())))


def least_squares(y: np.ndarray, columns: Sequence[np.ndarray]) -> Any:
    """statsmodels' OLS of `y` on a constant and the columns, or the reason why it cannot be fitted.

    The constant is that of `y` less its mean: amounts far from 0 would cost the slopes digits.
    """
    from statsmodels.regression.linear_model import OLS

    design = np.column_stack([np.ones(len(y)), *columns])
    n, k = design.shape
    if n <= k:
        return NotEnough(f"{n} units for {k} coefficients; at least {k + 1} needed")
    # Scaled, so that a covariate in large units is not taken for a constant.
    scaled = design / np.sqrt((design**2).sum(axis=0))
    if not np.isfinite(scaled).all() or np.linalg.matrix_rank(scaled, tol=1e-9) < k:
        return NotEnough("a covariate follows from the others or from the arm, so it cannot be told apart")
    fit = OLS(y - y.mean(), design).fit()
    if float(np.abs(fit.resid).max()) <= 1e-13 * float(np.abs(y).max()):
        return NotEnough("the values follow exactly from the arm and the covariates, which leaves no error")
    return fit


def _numbers(values: Labels, what: str) -> np.ndarray:
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return values.astype(float)
    try:
        return np.asarray([np.nan if value is None else value for value in values], dtype=float)
    except (TypeError, ValueError):
        wrong = next(value for value in values if isinstance(value, str) or not np.isscalar(value))
        raise UsageError(f"{what}: {wrong!r} is no number. Give numbers only.") from None


def _of_length(column: np.ndarray, n: int, what: str) -> np.ndarray:
    if len(column) != n:
        raise _wrong_length(len(column), n, what)
    return column


def _wrong_length(given: int, n: int, what: str) -> UsageError:
    return UsageError(f"{what}: {given} for {n} units. Give one for every unit, in the same order.")
