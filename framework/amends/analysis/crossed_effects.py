"""All effects of crossed factors, from each arm's estimate and its variance, on whatever scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite, sqrt

import numpy as np

from amends.analysis.counts import check_share
from amends.analysis.crossing import CellWeights, Crossing, effects, interaction_basis, interactions_of
from amends.analysis.distributions import chi2_p, f_p, normal_p, normal_quantile, t_p, t_quantile
from amends.analysis.exported import Exported
from amends.analysis.multiplicity import adjust
from amends.analysis.result import Interval, NotEnough, TestResult


@dataclass(frozen=True, slots=True)
class FactorialEffect(Exported):
    """One effect of one factor, or the interaction of several.

    Attributes:
        name: `interaction`, `simple effect` or `main effect`.
        factors: Those that it is of.
        levels: For each of them the two levels compared, first minus second.
        at: The other factors' levels, for a simple effect.
        value: The difference, or the difference of differences.
        standard_error: With each arm's own spread.
        interval: Of the value.
        test: Of no effect.
        p_adjusted: For a simple effect its p-value adjusted for all simple effects on this scale (Holm 1979):
            several of them side by side invite picking one. None for the others.
    """

    name: str
    factors: tuple[str, ...]
    levels: tuple[tuple[str, str], ...]
    at: Mapping[str, str]
    value: float
    standard_error: float | NotEnough
    interval: Interval | NotEnough
    test: TestResult | NotEnough
    p_adjusted: float | NotEnough | None = None


@dataclass(frozen=True, slots=True)
class Factorial(Exported):
    """All effects of crossed factors on one scale.

    Attributes:
        name: The scale and the method.
        interaction_tests: By the factors' names joined with ` x `, the test of no interaction at all.
        interactions: One for each choice of two levels of each factor.
        simple_effects: Of a factor at every level of the others: what to read where factors interact.
        main_effects: Of a factor on average over the others' levels.
        main_effects_alone: By factor, whether its main effect may be read alone: no test of an interaction
            it takes part in rejects at alpha. A test that does not reject does not show that there is none.
        alpha: The level of that rule.
        ns: Units of each arm.
    """

    name: str
    interaction_tests: Mapping[str, TestResult | NotEnough]
    interactions: tuple[FactorialEffect, ...]
    simple_effects: tuple[FactorialEffect, ...]
    main_effects: tuple[FactorialEffect, ...]
    main_effects_alone: Mapping[str, bool]
    alpha: float
    ns: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CellEstimates:
    """Each arm's estimate with its variance, and how intervals and tests are made of them.

    Attributes:
        name: The scale and the method.
        values: One estimate an arm, in the crossing's order.
        variances: Their squared standard errors.
        dfs: Degrees of freedom of each variance; None where they count as known.
        around: From weights to how far the interval reaches below and above; None for the usual one.
        pair_test: The test of two arms, by their places; None for the usual one.
    """

    name: str
    values: np.ndarray
    variances: np.ndarray
    dfs: np.ndarray | None
    around: Callable[[np.ndarray], tuple[float, float]] | None = None
    pair_test: Callable[[int, int], TestResult | NotEnough] | None = None


def all_effects(
    crossed: Crossing, scale: CellEstimates, ns: np.ndarray, *, alpha: float, confidence: float
) -> Factorial:
    """Interactions, simple effects and main effects on one scale.

    Args:
        crossed: Which arm is which combination of levels.
        scale: The arms' estimates.
        ns: Units of the arms, in the crossing's order.
        alpha: The level at which an interaction forbids reading main effects alone.
        confidence: The level of the intervals.
    """
    check_share(alpha, "alpha")
    tests = {
        " x ".join(chosen): joint_test(interaction_basis(crossed, chosen), scale)
        for chosen in interactions_of(crossed)
    }
    found = [_effect(effect, scale, confidence) for effect in effects(crossed)]

    def of_kind(kind: str) -> tuple[FactorialEffect, ...]:
        return tuple(effect for effect in found if effect.name == kind)

    return Factorial(
        name=scale.name,
        interaction_tests=tests,
        interactions=of_kind("interaction"),
        simple_effects=_adjusted(of_kind("simple effect")),
        main_effects=of_kind("main effect"),
        main_effects_alone={
            name: all(
                isinstance(test, TestResult) and test.p_value >= alpha
                for joined, test in tests.items()
                if name in joined.split(" x ")
            )
            for name in crossed.levels
        },
        alpha=alpha,
        ns={arm: int(n) for arm, n in zip(crossed.arms, ns, strict=True)},
    )


def _adjusted(family: tuple[FactorialEffect, ...]) -> tuple[FactorialEffect, ...]:
    tests = [effect.test for effect in family]
    found = adjust([test if isinstance(test, NotEnough) else test.p_value for test in tests], method="holm")
    return tuple(replace(effect, p_adjusted=p) for effect, p in zip(family, found, strict=True))


def _effect(effect: CellWeights, scale: CellEstimates, confidence: float) -> FactorialEffect:
    weights = effect.weights
    value, variance = float(weights @ scale.values), float(weights**2 @ scale.variances)
    error, df = sqrt(variance), _satterthwaite(weights, scale)
    flat = NotEnough("all answers within the arms compared are alike, so there is no error to judge by")
    interval: Interval | NotEnough = flat
    if scale.around is not None:
        below, above = scale.around(weights)
        interval = Interval(value - below, value + above, "Wilson limits, variances recovered", confidence)
    elif error:
        tail = (1 + confidence) / 2
        half = (normal_quantile(tail) if df is None else t_quantile(tail, df)) * error
        interval = Interval(value - half, value + half, scale.name, confidence)
    test: TestResult | NotEnough = flat
    if effect.kind == "simple effect" and scale.pair_test is not None:
        test = scale.pair_test(int(weights.argmax()), int(weights.argmin()))
    elif error:
        z = value / error
        p = normal_p(z) if df is None else t_p(z, df)
        test = TestResult("z" if df is None else "Welch–Satterthwaite t", p, z, df)
    return FactorialEffect(
        name=effect.kind,
        factors=effect.factors,
        levels=effect.levels,
        at=effect.at,
        value=value,
        standard_error=error or flat,
        interval=interval,
        test=test,
    )


def _satterthwaite(weights: np.ndarray, scale: CellEstimates) -> float | None:
    if scale.dfs is None:
        return None
    parts = weights**2 * scale.variances
    if not parts.sum():
        return None
    shares = parts / parts.sum()
    return float(1 / (shares**2 / scale.dfs).sum())


def joint_test(basis: np.ndarray, scale: CellEstimates) -> TestResult | NotEnough:
    """Whether all these weighted sums are 0: chi-square, or Johansen's F where spreads are estimated."""
    inner = basis * scale.variances @ basis.T
    if not np.isfinite(inner).all() or np.linalg.matrix_rank(inner) < len(basis):
        return NotEnough("too many arms have no spread, so the interaction cannot be tested")
    gaps = basis @ scale.values
    statistic, q = float(gaps @ np.linalg.solve(inner, gaps)), len(basis)
    if scale.dfs is None:
        return TestResult("Wald chi-square", chi2_p(statistic, q), statistic, q)
    shares = np.einsum("ij,ij->j", basis * scale.variances, np.linalg.solve(inner, basis))
    a = float((shares**2 / scale.dfs).sum())
    f = statistic / (q + 2 * a - 6 * a / (q + 2))
    within = q * (q + 2) / (3 * a)
    if not isfinite(within):
        return NotEnough("too many arms have no spread, so the interaction cannot be tested")
    return TestResult(f"Welch–James F({q}, {within:.1f})", f_p(f, q, within), f, q)
