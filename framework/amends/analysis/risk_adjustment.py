"""A difference of two rates adjusted for what was known before: logit, then averaged over the units.

The odds ratio of such a model is not the effect: it changes with the covariates even where nothing is
confounded. The model's predictions for every unit, once in either arm, give the risk difference that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from amends.analysis.counts import check_share
from amends.analysis.distributions import normal_p, normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.regression import Covariates, Flags, prepared
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError


@dataclass(frozen=True, slots=True)
class AdjustedRisk(Exported):
    """The adjusted difference of two rates.

    Attributes:
        name: The method.
        value: The risk difference, first arm minus second.
        standard_error: By the delta method, the units' covariates taken as they are.
        p_value: Of no difference, two-sided.
        interval: Of the difference.
        rates: The average predicted rate if all units were in the first arm, and in the second.
        ns: Units of either arm.
        covariates: What was adjusted for.
    """

    name: str
    value: float
    standard_error: float
    p_value: float
    interval: Interval
    rates: tuple[float, float]
    ns: tuple[int, int]
    covariates: tuple[str, ...]


def adjusted_risk_difference(
    events: Flags,
    treated: Flags,
    covariates: Covariates,
    *,
    confidence: float = 0.95,
) -> AdjustedRisk | NotEnough:
    """The risk difference by a logit of arm and covariates and g-computation.

    Args:
        events: Whether the unit had the event.
        treated: Whether it is in the first arm.
        covariates: What was known before the message, by name.
        confidence: The level of the interval.

    Source: Steingrimsson, Hanley & Rosenblum 2017.

    Raises:
        UsageError: Events that are not true or false (1 or 0).

    >>> events, treated = [1, 0, 1, 1, 0, 0, 1, 0, 1, 1], [1, 0, 1, 0, 1, 0, 1, 0, 0, 1]
    >>> round(adjusted_risk_difference(events, treated, {"x": [1, 2, 5, 4, 3, 3, 2, 2, 3, 1]}).value, 2)
    0.43
    """
    check_share(confidence, "confidence")
    units = prepared(events, treated, covariates)
    if isinstance(units, NotEnough):
        return units
    if not np.isin(units.y, (0.0, 1.0)).all():
        raise UsageError(
            "events: every unit has the event (true or 1) or not (false or 0). Give one of them."
        )
    if units.y.min() == units.y.max():
        who = "everybody" if units.y[0] else "nobody"
        return NotEnough(f"{who} of {len(units.y)} had the event, so nothing can be adjusted")
    design = np.column_stack([np.ones(len(units.y)), units.arm, *units.columns.values()])
    fit = logit(units.y, design)
    if isinstance(fit, NotEnough):
        return fit
    rates, slopes = zip(*(_if_all(fit, design, arm) for arm in (1.0, 0.0)), strict=True)
    gradient = slopes[0] - slopes[1]
    error = sqrt(float(gradient @ np.asarray(fit.cov_params()) @ gradient))
    value = rates[0] - rates[1]
    half = normal_quantile((1 + confidence) / 2) * error
    return AdjustedRisk(
        name="logit, g-computation",
        value=value,
        standard_error=error,
        p_value=normal_p(value / error),
        interval=Interval(max(-1.0, value - half), min(1.0, value + half), "delta method", confidence),
        rates=(rates[0], rates[1]),
        ns=units.ns,
        covariates=tuple(covariates),
    )


def logit(events: np.ndarray, design: np.ndarray, times: np.ndarray | None = None) -> Any:
    """statsmodels' binomial fit of 0 and 1 on the columns, or the reason why none was found.

    Args:
        events: 0 or 1.
        design: The columns.
        times: How many units each row stands for; one by default.
    """
    import warnings

    import statsmodels.api as sm

    scaled = design / np.sqrt((design**2).sum(axis=0))
    if np.linalg.matrix_rank(scaled, tol=1e-9) < design.shape[1]:
        return NotEnough("a covariate follows from the others or from the arm, so it cannot be told apart")
    with warnings.catch_warnings():
        # Separation is judged from the fitted chances below.
        warnings.simplefilter("ignore")
        fit = sm.GLM(events, design, family=sm.families.Binomial(), freq_weights=times).fit(
            tol=1e-12, maxiter=200
        )
    chances = fit.fittedvalues
    if not fit.converged or chances.min() < 1e-8 or chances.max() > 1 - 1e-8:
        return NotEnough("arm and covariates tell some events for certain, so the logit has no solution")
    return fit


def _if_all(fit: Any, design: np.ndarray, arm: float) -> tuple[float, np.ndarray]:
    """The average chance if all units were in this arm, and how it changes with the coefficients."""
    given = design.copy()
    given[:, 1] = arm
    chances = 1 / (1 + np.exp(-(given @ np.asarray(fit.params))))
    return float(chances.mean()), (chances * (1 - chances)) @ given / len(given)
