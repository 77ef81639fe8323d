"""Satisfaction of all, by weighting each answer with how unlikely it was: a model, not a bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amends.analysis.result import NotEnough
from amends.errors import UsageError


@dataclass(frozen=True, slots=True)
class WeightedMeans:
    """Weighted means of either arm's answers.

    Attributes:
        first: Mean of the first arm as if all its units had answered.
        second: Likewise of the second arm.
        difference: First minus second.
        largest_weight: How many units the most heavily weighted answer stands for.
    """

    first: float
    second: float
    difference: float
    largest_weight: float


def inverse_probability_means(
    values: Sequence[float | None], in_first: Sequence[bool], covariate: Sequence[float]
) -> WeightedMeans | NotEnough:
    """Means weighted by one over the chance of answering, from a logit of arm, covariate and their product.

    It is right only where the covariate tells all that answering and satisfaction share: shown beside the
    bounds, never in their place.

    Args:
        values: Each unit's answer; None where it did not answer.
        in_first: Whether the unit is in the first arm.
        covariate: What was known of it before assignment.

    Source: Hájek 1971; Robins, Rotnitzky & Zhao 1994.
    """
    if not len(values) == len(in_first) == len(covariate):
        raise UsageError(
            f"{len(values)} values, {len(in_first)} arms, {len(covariate)} covariates: one of each per unit. "
            "Give three lists of one length."
        )
    answered = np.array([value is not None for value in values])
    first, known = np.array(in_first, dtype=bool), np.array(covariate, dtype=float)
    for arm, which in ((first, "first"), (~first, "second")):
        if not (answered & arm).any():
            return NotEnough(f"the {which} arm has no answers")
    chance = _chance_of_answering(answered, first, known)
    if isinstance(chance, NotEnough):
        return chance
    weights = 1 / chance[answered]
    given = np.array([value for value in values if value is not None], dtype=float)
    arms = first[answered]
    means = [float(np.average(given[arm], weights=weights[arm])) for arm in (arms, ~arms)]
    return WeightedMeans(means[0], means[1], means[0] - means[1], float(weights.max()))


def _chance_of_answering(
    answered: np.ndarray, first: np.ndarray, covariate: np.ndarray
) -> np.ndarray | NotEnough:
    import warnings

    import statsmodels.api as sm

    if answered.all():
        return np.ones(len(answered))
    design = np.column_stack([np.ones(len(first)), first, covariate, first * covariate])
    with warnings.catch_warnings():
        # Separation is judged from the fitted chances below.
        warnings.simplefilter("ignore")
        chance: np.ndarray = (
            sm.GLM(answered.astype(float), design, family=sm.families.Binomial()).fit().fittedvalues
        )
    if not np.isfinite(chance).all() or chance[answered].min() < 1e-6:
        return NotEnough("the model of who answers cannot be fitted")
    return chance
