"""Sharper differences by what was known before the message: Lin's regression and ANCOVA.

None of them changes what is estimated, the average effect over the units analysed; a covariate that goes
with the outcome makes the error smaller. A covariate measured after the message may itself be an effect, so
it is refused. First arm minus second throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any

import numpy as np

from amends.analysis.counts import check_choice, check_share
from amends.analysis.distributions import t_p, t_quantile
from amends.analysis.exported import Exported
from amends.analysis.regression import (
    Covariates,
    Flags,
    Values,
    covariate_columns,
    least_squares,
    outcomes,
    prepared,
)
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError

ERRORS = ("OLS", "HC0", "HC1", "HC2", "HC3")

SMALL = 50
"""Up to this many units HC3 stands in for HC2, which is then a little too narrow."""


@dataclass(frozen=True, slots=True)
class AdjustedDifference(Exported):
    """A difference of means after adjustment for what was known before.

    Attributes:
        name: The method with its error, for instance `Lin (HC2)`.
        value: The adjusted difference.
        standard_error: Of the difference.
        statistic: t.
        df: Units minus coefficients.
        p_value: Of no difference, two-sided.
        interval: Of the difference.
        ns: Units analysed in either arm.
        covariates: What was adjusted for.
        arm: The arm compared; None where there are two.
    """

    name: str
    value: float
    standard_error: float
    statistic: float
    df: float
    p_value: float
    interval: Interval
    ns: tuple[int, int]
    covariates: tuple[str, ...]
    arm: str | None = None


def lin(
    values: Values,
    treated: Flags,
    covariates: Covariates,
    *,
    error: str | None = None,
    confidence: float = 0.95,
) -> AdjustedDifference | NotEnough:
    """Lin's regression: arm, covariates centred over all units, and their products.

    Whatever the true relation, it never does worse in large samples than the plain difference.

    Args:
        values: One outcome a unit.
        treated: Whether the unit is in the first arm.
        covariates: What was known before the message, by name.
        error: `HC2` (by default from 51 units on) or `HC3` (up to 50); also `HC0`, `HC1`, `OLS`.
        confidence: The level of the interval.

    Source: Lin 2013; Freedman 2008.

    >>> before, treated = [1, 2, 3, 4, 5, 6, 7, 8], [1, 0, 1, 0, 0, 1, 0, 1]
    >>> found = lin([3, 2, 5, 5, 5, 9, 6, 11], treated, {"before": before})
    >>> round(found.value, 2), found.name
    (2.5, 'Lin (HC3)')
    """
    units = prepared(values, treated, covariates)
    if isinstance(units, NotEnough):
        return units
    centred = [column - column.mean() for column in units.columns.values()]
    fit = least_squares(units.y, [units.arm, *centred, *(units.arm * column for column in centred)])
    if isinstance(fit, NotEnough):
        return fit
    return _adjusted(
        "Lin", fit, 1, error or default_error(len(units.y)), confidence, units.ns, tuple(covariates)
    )


def lin_several(
    values: Values,
    arm_names: Sequence[str],
    covariates: Covariates,
    *,
    control: str,
    error: str | None = None,
    confidence: float = 0.95,
) -> dict[str, AdjustedDifference | NotEnough] | NotEnough:
    """Lin's regression with several arms: every other arm minus the one named.

    Args:
        values: One outcome a unit.
        arm_names: Every unit's arm.
        covariates: What was known before the message, by name; centred over all units of all arms.
        control: The arm that the others are compared with, for instance `silence`.
        error: As in `lin`.
        confidence: The level of each interval, not adjusted for their number.

    Raises:
        UsageError: No unit is in the arm named.

    >>> arms = ["silence", "sorry", "thank_you"] * 4
    >>> found = lin_several([1, 2, 3, 2, 2, 4, 3, 4, 5, 3, 5, 6], arms, {"x": range(12)}, control="silence")
    >>> list(found), round(found["thank_you"].value, 2)
    (['sorry', 'thank_you'], 1.68)
    """
    y = outcomes(values)
    given = [str(name) for name in arm_names]
    others = sorted(set(given) - {control})
    if len(given) != len(y) or control not in given:
        raise UsageError(
            f"control {control!r} and {len(given)} arms for {len(y)} units: every unit has an arm, one of "
            "which is the control. Give the arm's name as it stands in the list."
        )
    columns = covariate_columns(covariates, len(y))
    if isinstance(columns, NotEnough):
        return columns
    members = [np.array([name == other for name in given], dtype=float) for other in others]
    centred = [column - column.mean() for column in columns.values()]
    products = [member * column for member in members for column in centred]
    fit = least_squares(y, [*members, *centred, *products])
    if isinstance(fit, NotEnough):
        return fit
    kind = error or default_error(len(y))
    found: dict[str, AdjustedDifference | NotEnough] = {}
    for place, (name, member) in enumerate(zip(others, members, strict=True), start=1):
        ns = int(member.sum()), given.count(control)
        found[name] = _adjusted("Lin", fit, place, kind, confidence, ns, tuple(columns), arm=name)
    return found


def ancova(
    values: Values,
    treated: Flags,
    covariates: Covariates,
    *,
    error: str = "HC2",
    confidence: float = 0.95,
) -> AdjustedDifference | NotEnough:
    """The difference at equal covariates, taken to matter alike in both arms.

    Without covariates and with HC2 it is the plain difference with Welch's error.

    >>> found = ancova([3, 2, 5, 5, 5, 9], [1, 0, 1, 0, 0, 1], {})
    >>> round(found.value, 2), round(found.standard_error, 2)
    (1.67, 2.03)
    """
    units = prepared(values, treated, covariates)
    if isinstance(units, NotEnough):
        return units
    fit = least_squares(units.y, [units.arm, *units.columns.values()])
    if isinstance(fit, NotEnough):
        return fit
    return _adjusted("ANCOVA", fit, 1, error, confidence, units.ns, tuple(covariates))


def default_error(n: int) -> str:
    """The error for this many units.

    >>> default_error(50), default_error(51)
    ('HC3', 'HC2')
    """
    return "HC3" if n <= SMALL else "HC2"


def check_before(name: str, measured: Iterable[datetime], assigned: Iterable[datetime]) -> None:
    """Refuses a covariate that was measured when the message may already have worked.

    Raises:
        UsageError: For a unit, it was measured at its assignment or later.

    >>> from datetime import UTC
    >>> check_before("stars", [datetime(2026, 3, 1, tzinfo=UTC)], [datetime(2026, 3, 2, tzinfo=UTC)])
    """
    late = [(then, given) for then, given in zip(measured, assigned, strict=True) if then >= given]
    if late:
        raise UsageError(
            f"covariate {name!r} was measured at {late[0][0].isoformat()}, not before the assignment at "
            f"{late[0][1].isoformat()} ({len(late)} units): it may itself be an effect. Give one from before."
        )


def _adjusted(
    method: str,
    fit: Any,
    place: int,
    error: str,
    confidence: float,
    ns: tuple[int, int],
    covariates: tuple[str, ...],
    arm: str | None = None,
) -> AdjustedDifference | NotEnough:
    check_choice(error, ERRORS, "error")
    check_share(confidence, "confidence")
    x = fit.model.exog
    alone = int((((x @ fit.normalized_cov_params) * x).sum(axis=1) > 1 - 1e-10).sum())
    if alone:
        return NotEnough(f"{alone} of {len(x)} units determine a coefficient alone, which leaves no error")
    covariance = fit.cov_params() if error == "OLS" else getattr(fit, f"cov_{error}")
    value, deviation, df = (
        float(fit.params[place]),
        sqrt(float(covariance[place, place])),
        float(fit.df_resid),
    )
    half = t_quantile((1 + confidence) / 2, df) * deviation
    name = f"{method} ({error})"
    return AdjustedDifference(
        name=name,
        value=value,
        standard_error=deviation,
        statistic=value / deviation,
        df=df,
        p_value=t_p(value / deviation, df),
        interval=Interval(value - half, value + half, name, confidence),
        ns=ns,
        covariates=covariates,
        arm=arm,
    )
