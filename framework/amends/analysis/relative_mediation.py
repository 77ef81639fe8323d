"""Indirect effects of several arms, each relative to one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amends.analysis.mediation import RESAMPLES, check_resampling
from amends.analysis.regression import Labels, covariate_columns, outcomes
from amends.analysis.resample_clusters import cluster_draw
from amends.analysis.resampling import CrossProducts, ResampledEffect, as_they_are, effects, resampled
from amends.analysis.result import NotEnough
from amends.errors import UsageError


def mediation_of_arms(
    values: Sequence[float],
    arm_names: Sequence[str],
    mediator: Sequence[float | None],
    *,
    control: str,
    clusters: Labels | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> dict[str, ResampledEffect] | NotEnough:
    """The indirect effect of every arm relative to one, with one effect of the mediator for all.

    Args:
        values: One outcome a unit.
        arm_names: Every unit's arm.
        mediator: What was measured in between.
        control: The arm that the others are compared with, for instance `silence`.
        clusters: The cluster of every unit where whole clusters were given an arm.
        resamples: Of the bootstrap, at least 1000.
        seed: Of the bootstrap.
        confidence: The level of each interval.

    Source: Hayes & Preacher 2014.

    >>> esteem, arms = [3, 4, 5, 4, 6, 5, 2, 3, 4, 3, 5, 5], ["sorry", "thank_you", "silence"] * 4
    >>> found = mediation_of_arms([4, 5, 6, 6, 7, 5, 3, 4, 4, 5, 5, 4], arms, esteem, control="silence")
    >>> {name: round(effect.value, 2) for name, effect in found.items()}
    {'sorry': -1.86, 'thank_you': -0.27}
    """
    check_resampling(resamples, confidence)
    y = outcomes(values)
    given = [str(name) for name in arm_names]
    others = sorted(set(given) - {control})
    if len(given) != len(y) or control not in given or not others:
        raise UsageError(
            f"control {control!r} and {len(given)} arms for {len(y)} units: every unit has an arm, one of "
            "which is the control. Give the arm's name as it stands in the list."
        )
    columns = covariate_columns({"mediator": mediator}, len(y))
    if isinstance(columns, NotEnough):
        return columns
    draw = cluster_draw(clusters, np.unique(given, return_inverse=True)[1])
    if isinstance(draw, NotEnough):
        return draw
    m = columns["mediator"]
    data = {"one": np.ones(len(y)), "m": m - m.mean(), "y": y - y.mean()}
    data |= {f"arm {name}": np.array([own == name for own in given], dtype=float) for name in others}
    arms = [f"arm {name}" for name in others]

    def relative(products: CrossProducts) -> np.ndarray:
        a = products.regression("m", ["one", *arms])[:, 1:]
        result: np.ndarray = a * products.regression("y", ["one", "m", *arms])[:, 1:2]
        return result

    draws = relative(resampled(data, resamples=resamples, seed=seed, clusters=draw))
    found = effects(others, relative(as_they_are(data))[0], draws, confidence=confidence)
    return found if isinstance(found, NotEnough) else {effect.name: effect for effect in found}
