"""Whether the arm shifts ordered answers alike at every step, as the proportional-odds logit takes for given.

One logit is fitted at each step of the scale (above it or not); where their coefficients differ by more than
chance, one common odds ratio does not describe the arm. Unlike the likelihood-ratio check in `ordinal`, this
one also works with covariates and says at which step the shift differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from amends.analysis.counts import Answers, check_values
from amends.analysis.distributions import chi2_p
from amends.analysis.exported import Exported
from amends.analysis.regression import Covariates, prepared
from amends.analysis.result import NotEnough, TestResult


@dataclass(frozen=True, slots=True)
class BrantTest(Exported):
    """The test of an equal shift at every step.

    Attributes:
        name: The method.
        arm: That the arm's shift is the same at every step.
        overall: The same for the arm and all covariates together; equal to `arm` without covariates.
        steps: The answer at or below which each step has its lower side.
        shifts: At each step, the arm's log odds ratio of an answer above it.
        errors: Their standard errors.
        ns: Answers of either arm.
        covariates: What was adjusted for.
    """

    name: str
    arm: TestResult
    overall: TestResult
    steps: tuple[float, ...]
    shifts: tuple[float, ...]
    errors: tuple[float, ...]
    ns: tuple[int, int]
    covariates: tuple[str, ...] = ()


def brant_test(counts_a: Answers, counts_b: Answers) -> BrantTest | NotEnough:
    """Brant's test for two arms, from answers as `{value: how often}`.

    Args:
        counts_a: Answers of the first arm.
        counts_b: Answers of the second arm.

    Source: Brant 1990.

    >>> found = brant_test({5: 10, 6: 20, 7: 19}, {5: 18, 6: 15, 7: 5})
    >>> round(found.arm.statistic, 3), found.arm.df, [round(shift, 2) for shift in found.shifts]
    (0.088, 1, [1.26, 1.43])
    """
    tables = check_values(counts_a), check_values(counts_b)
    for table, which in zip(tables, ("first", "second"), strict=True):
        if not table:
            return NotEnough(f"the {which} arm has no answers")
    rows = np.array(
        [(value, arm, n) for table, arm in zip(tables, (1.0, 0.0), strict=True) for value, n in table.items()]
    )
    return _tested(rows, (), (sum(tables[0].values()), sum(tables[1].values())))


def brant_test_adjusted(
    values: Sequence[float], treated: Sequence[bool], covariates: Covariates
) -> BrantTest | NotEnough:
    """Brant's test at equal covariates.

    Args:
        values: One answer a unit.
        treated: Whether the unit is in the first arm.
        covariates: What was known before the message, by name.
    """
    units = prepared(values, treated, covariates)
    if isinstance(units, NotEnough):
        return units
    given = np.column_stack([units.y, units.arm, *units.columns.values()])
    rows, times = np.unique(given, axis=0, return_counts=True)
    return _tested(np.column_stack([rows, times]), tuple(covariates), units.ns)


def _tested(rows: np.ndarray, covariates: tuple[str, ...], ns: tuple[int, int]) -> BrantTest | NotEnough:
    """The test on rows of answer, arm, covariates and how many units they stand for."""
    answers, times = rows[:, 0], rows[:, -1]
    design = np.column_stack([np.ones(len(rows)), rows[:, 1:-1]])
    steps = np.unique(answers)[:-1]
    if len(steps) < 2:
        return NotEnough("one step of the scale was used, so the shift cannot differ between steps")
    fits = []
    for step in steps:
        fit = _logit((answers > step).astype(float), design, times)
        if isinstance(fit, NotEnough):
            return NotEnough(f"at the step above {step:g}: {fit.reason}")
        fits.append(fit)
    slopes, covariance = _together(fits, design, times)
    k = design.shape[1] - 1
    overall = _equal(slopes, covariance, list(range(k)), k)
    arm = _equal(slopes, covariance, [0], k)
    if isinstance(overall, NotEnough) or isinstance(arm, NotEnough):
        return NotEnough("the steps hold too few answers to tell their shifts apart")
    errors = np.sqrt(np.diag(covariance))[::k]
    return BrantTest(
        name="Brant test of proportional odds",
        arm=arm,
        overall=overall,
        steps=tuple(float(step) for step in steps),
        shifts=tuple(float(slope) for slope in slopes[::k]),
        errors=tuple(float(error) for error in errors),
        ns=ns,
        covariates=covariates,
    )


def _logit(above: np.ndarray, design: np.ndarray, times: np.ndarray) -> Any:
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    for side in (0.0, 1.0):
        held = above[design[:, 1] == side]
        if held.all() or not held.any():
            return NotEnough("everybody of one arm lies on one side of it, so the shift has no bound")
    fit = GLM(above, design, family=Binomial(), freq_weights=times).fit(tol=1e-12)
    if not fit.converged or not np.isfinite(fit.bse).all() or float(np.abs(fit.bse).max()) > 1e3:
        return NotEnough("the logit has no solution")
    return fit


def _together(fits: Sequence[Any], design: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slopes of all steps, one step after the other, and their joint covariance."""
    shares = [fit.fittedvalues for fit in fits]
    inverse = [np.linalg.inv((design * (times * p * (1 - p))[:, None]).T @ design) for p in shares]
    blocks = []
    for low, p in enumerate(shares):
        row = []
        for high, q in enumerate(shares):
            # Whoever is above the higher step is above the lower one too.
            joint = np.minimum(p, q) if low == high else (q if high > low else p)
            middle = (design * (times * (joint - p * q))[:, None]).T @ design
            row.append((inverse[low] @ middle @ inverse[high])[1:, 1:])
        blocks.append(row)
    slopes = np.concatenate([np.asarray(fit.params)[1:] for fit in fits])
    return slopes, np.block(blocks)


def _equal(
    slopes: np.ndarray, covariance: np.ndarray, chosen: Sequence[int], k: int
) -> TestResult | NotEnough:
    """Wald's test that the chosen slopes are the same at every step."""
    steps = len(slopes) // k
    rows = []
    for place in chosen:
        for step in range(1, steps):
            row = np.zeros(len(slopes))
            row[place], row[step * k + place] = 1, -1
            rows.append(row)
    contrasts = np.array(rows)
    inner = contrasts @ covariance @ contrasts.T
    if np.linalg.matrix_rank(inner) < len(rows):
        return NotEnough("the shifts cannot be told apart")
    gaps = contrasts @ slopes
    statistic = float(gaps @ np.linalg.solve(inner, gaps))
    return TestResult("Brant", chi2_p(statistic, len(rows)), statistic, len(rows))
