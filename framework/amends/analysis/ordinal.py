"""Ratings as ordered answers: how the arm shifts them all, by the proportional-odds logit.

It stands beside Welch's test of the mean ratings as a check that does not take the steps of the scale for
equal. It takes the shift for the same at every step, which is tested too where there are only two arms.
First arm against second: above 0 the first arm's answers are higher.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log
from typing import Any

import numpy as np

from amends.analysis.counts import Answers, check_share, check_values
from amends.analysis.distributions import chi2_p, normal_p, normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.regression import Covariates, prepared
from amends.analysis.result import Estimate, Interval, NotEnough

_TOO_FAR = 20.0
"""A log odds ratio beyond this is on its way to infinity."""


@dataclass(frozen=True, slots=True)
class ProportionalOdds(Exported):
    """The shift of ordered answers between two arms.

    Attributes:
        name: The method.
        value: Log odds ratio of a higher answer.
        standard_error: Of the log odds ratio.
        statistic: z.
        p_value: Of no shift, two-sided.
        interval: Of the log odds ratio.
        odds_ratio: The same as a ratio, with its interval.
        thresholds: Log odds, in the second arm (covariates at 0), of an answer at or below each but the last.
        log_likelihood: Of the fit.
        proportional_p: Of an equal shift at every step, by likelihood ratio; `NotEnough` with covariates
            or for two answers.
        ns: Answers of either arm.
        covariates: What was adjusted for.
    """

    name: str
    value: float
    standard_error: float
    statistic: float
    p_value: float
    interval: Interval
    odds_ratio: Estimate
    thresholds: tuple[float, ...]
    log_likelihood: float
    proportional_p: float | NotEnough
    ns: tuple[int, int]
    covariates: tuple[str, ...] = ()


def proportional_odds(
    counts_a: Answers, counts_b: Answers, *, confidence: float = 0.95
) -> ProportionalOdds | NotEnough:
    """The shift between two arms, from answers as `{value: how often}`.

    Args:
        counts_a: Answers of the first arm.
        counts_b: Answers of the second arm.
        confidence: The level of the interval.

    Source: McCullagh 1980; as a companion of the mean: Liddell & Kruschke 2018.

    >>> found = proportional_odds({5: 10, 6: 20, 7: 19}, {4: 8, 5: 10, 6: 15, 7: 5})
    >>> round(found.value, 3), round(found.odds_ratio.value, 2)
    (1.463, 4.32)
    """
    check_share(confidence, "confidence")
    tables = check_values(counts_a), check_values(counts_b)
    for table, which in zip(tables, ("first", "second"), strict=True):
        if not table:
            return NotEnough(f"the {which} arm has no answers")
    rows = [
        (value, float(first), float(count))
        for table, first in zip(tables, (True, False), strict=True)
        for value, count in table.items()
    ]
    return _shift(np.array(rows), (), confidence, (sum(tables[0].values()), sum(tables[1].values())))


def proportional_odds_adjusted(
    values: Sequence[float],
    treated: Sequence[bool],
    covariates: Covariates,
    *,
    confidence: float = 0.95,
) -> ProportionalOdds | NotEnough:
    """The shift between two arms at equal covariates.

    Args:
        values: One answer a unit.
        treated: Whether the unit is in the first arm.
        covariates: What was known before the message, by name.
        confidence: The level of the interval.
    """
    check_share(confidence, "confidence")
    units = prepared(values, treated, covariates)
    if isinstance(units, NotEnough):
        return units
    given = np.column_stack([units.y, units.arm, *units.columns.values()])
    rows, times = np.unique(given, axis=0, return_counts=True)
    return _shift(np.column_stack([rows, times]), tuple(covariates), confidence, units.ns)


def _shift(
    rows: np.ndarray, covariates: tuple[str, ...], confidence: float, ns: tuple[int, int]
) -> ProportionalOdds | NotEnough:
    """The fit on rows of answer, arm, covariates and how many units they stand for."""
    answers, arm, times = rows[:, 0], rows[:, 1], rows[:, -1]
    if (missing := no_solution(answers, arm)) is not None:
        return missing
    fit = fitted(answers, rows[:, 1:-1], times)
    if isinstance(fit, NotEnough):
        return fit
    value, error = float(fit.params[0]), float(fit.bse[0])
    half = normal_quantile((1 + confidence) / 2) * error
    interval = Interval(value - half, value + half, "proportional odds", confidence)
    ratio = Interval(exp(interval.low), exp(interval.high), "proportional odds", confidence)
    thresholds = fit.model.transform_threshold_params(fit.params)[1:-1]
    return ProportionalOdds(
        name="proportional odds",
        value=value,
        standard_error=error,
        statistic=value / error,
        p_value=normal_p(value / error),
        interval=interval,
        odds_ratio=Estimate("common odds ratio", exp(value), ratio),
        thresholds=tuple(float(threshold) for threshold in thresholds),
        log_likelihood=float(fit.llf),
        proportional_p=_proportional(rows, float(fit.llf)),
        ns=ns,
        covariates=covariates,
    )


def no_solution(answers: np.ndarray, arm: np.ndarray) -> NotEnough | None:
    """Why the model has no solution for these answers, where that can be seen before a fit."""
    if len(np.unique(answers)) < 2:
        return NotEnough("all answers are alike, so there is no order to compare")
    first, second = answers[arm == 1], answers[arm == 0]
    if first.min() >= second.max() or second.min() >= first.max():
        return NotEnough("every answer of one arm is at or above all of the other, so the shift has no bound")
    return None


def fitted(answers: np.ndarray, design: np.ndarray, times: np.ndarray) -> Any:
    """statsmodels' fit, the arm's coefficient first; `NotEnough` where it does not converge."""
    from amends.analysis.weighted_ordinal import CountedOrderedModel

    # Covariates in large units would slow the search.
    spread = design.std(axis=0)
    spread[0] = 1.0
    model = CountedOrderedModel(answers, design / spread, times)
    with warnings.catch_warnings():
        # The first search only brings the second one near; whether it arrived is judged below.
        warnings.simplefilter("ignore")
        near = model.fit(method="bfgs", disp=False, gtol=1e-8)
        fit = model.fit(start_params=near.params, method="newton", disp=False)
        errors = fit.bse
    if not fit.mle_retvals["converged"] or not np.isfinite(errors).all():
        return NotEnough("the proportional-odds model has no solution for these answers")
    if not isfinite(fit.params[0]) or abs(fit.params[0]) > _TOO_FAR:
        return NotEnough("the shift has no bound")
    return fit


def _proportional(rows: np.ndarray, log_likelihood: float) -> float | NotEnough:
    """The p-value of an equal shift at every step, against shares of their own in either arm."""
    if rows.shape[1] > 3:
        return NotEnough("the equal shift is tested without covariates only")
    answers, arm, times = rows.T
    steps = len(np.unique(answers)) - 2
    if not steps:
        return NotEnough("two answers have a single step, so the shift cannot differ between steps")
    free = sum(
        float(count) * log(float(count) / float(times[arm == side].sum()))
        for count, side in zip(times, arm, strict=True)
    )
    return chi2_p(max(0.0, 2 * (free - log_likelihood)), steps)
