"""How an indirect effect depends on something unmeasured that drives both mediator and outcome.

The message is randomised, the mediator is not. Whatever else moves mediator and outcome together shows as a
correlation rho of their two error terms, which no data can reveal; this says what the indirect effect would
be for each rho, and at which rho it would be 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amends.analysis.exported import Exported
from amends.analysis.mediation import RESAMPLES, checked_units
from amends.analysis.regression import Labels
from amends.analysis.resample_clusters import cluster_draw
from amends.analysis.resampling import CrossProducts, ResampledEffect, as_they_are, effects, resampled
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError

CORRELATIONS = tuple(round(-0.9 + 0.1 * step, 1) for step in range(19))


@dataclass(frozen=True, slots=True)
class MediationSensitivity(Exported):
    """The indirect effect under unmeasured confounding of mediator and outcome.

    Attributes:
        name: The method.
        correlations: The correlations rho of the error terms that were supposed.
        indirect: The indirect effect at each of them, with its percentile interval.
        correlation_at_zero: The rho at which the indirect effect is 0, with its interval. Near 0, a weak
            confounder would explain the effect away.
        unexplained_share: Product of the shares of mediator's and outcome's *unexplained* variance that the
            confounder would have to account for: rho squared.
        total_share: The same as a product of shares of their *whole* variance.
        compatible_with_zero: The supposed correlations whose interval holds 0.
        ns: Units of either arm.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.
    """

    name: str
    correlations: tuple[float, ...]
    indirect: tuple[ResampledEffect, ...]
    correlation_at_zero: ResampledEffect
    unexplained_share: float
    total_share: float
    compatible_with_zero: tuple[float, ...]
    ns: tuple[int, int]
    resamples: int
    seed: int


def mediation_sensitivity(
    values: Sequence[float],
    treated: Sequence[bool],
    mediator: Sequence[float | None],
    *,
    correlations: Sequence[float] = CORRELATIONS,
    clusters: Labels | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> MediationSensitivity | NotEnough:
    """The indirect effect at each supposed correlation of the error terms, for linear models.

    Args:
        values: One outcome a unit.
        treated: Whether the unit is in the first arm.
        mediator: What was measured in between.
        correlations: Supposed correlations, each strictly between -1 and 1.
        clusters: The cluster of every unit where whole clusters were given an arm.
        resamples: Of the bootstrap, at least 1000.
        seed: Of the bootstrap.
        confidence: The level of the intervals.

    Source: Imai, Keele & Yamamoto 2010, theorem 2 and section 5; shares: Imai, Keele & Tingley 2010.

    Raises:
        UsageError: Text, lists of unequal length, too few resamples, a correlation outside -1 to 1.

    >>> esteem = [3, 4, 5, 4, 6, 5, 2, 3, 4, 3, 5, 4]
    >>> found = mediation_sensitivity([4, 5, 6, 6, 7, 5, 3, 4, 4, 5, 5, 4], [1] * 6 + [0] * 6, esteem,
    ...                               correlations=[0, 0.5])
    >>> [round(effect.value, 3) for effect in found.indirect], round(found.correlation_at_zero.value, 3)
    ([0.636, 0.294], 0.731)
    """
    for rho in correlations:
        if not -1 < rho < 1:
            raise UsageError(
                f"correlation {rho!r}: it lies strictly between -1 and 1. Give for instance 0.3."
            )
    units = checked_units(values, treated, {"mediator": mediator}, resamples, confidence)
    if isinstance(units, NotEnough):
        return units
    draw = cluster_draw(clusters, units.arm)
    if isinstance(draw, NotEnough):
        return draw
    m = units.columns["mediator"] - units.columns["mediator"].mean()
    data = {"one": np.ones(len(m)), "x": units.arm, "m": m, "y": units.y - units.y.mean()}
    supposed = np.asarray(correlations, dtype=float)
    names = [*(f"indirect effect at rho {rho:g}" for rho in correlations), "rho of no indirect effect"]
    found = effects(
        names,
        _at(as_they_are(data), supposed)[0],
        _at(resampled(data, resamples=resamples, seed=seed, clusters=draw), supposed),
        confidence=confidence,
    )
    if isinstance(found, NotEnough):
        return found
    *indirect, at_zero = found
    rho_squared = at_zero.value**2
    return MediationSensitivity(
        name="sensitivity of the indirect effect, percentile bootstrap",
        correlations=tuple(float(rho) for rho in correlations),
        indirect=tuple(indirect),
        correlation_at_zero=at_zero,
        unexplained_share=rho_squared,
        total_share=rho_squared * _unexplained(data),
        compatible_with_zero=tuple(
            float(rho)
            for rho, effect in zip(correlations, indirect, strict=True)
            if isinstance(effect.interval, Interval) and 0 in effect.interval
        ),
        ns=units.ns,
        resamples=resamples,
        seed=seed,
    )


def _at(products: CrossProducts, supposed: np.ndarray) -> np.ndarray:
    """One row a weighting: the indirect effect at each correlation, then the correlation that makes it 0."""
    a = products.regression("m", ["one", "x"])[:, 1]
    of_m, of_y, joint = _within(products)
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = joint / np.sqrt(of_m * of_y)
        stretch = np.sqrt((1 - seen[:, None] ** 2) / (1 - supposed**2))
        through = (a * np.sqrt(of_y / of_m))[:, None] * (seen[:, None] - supposed * stretch)
    return np.column_stack([through, seen])


def _within(products: CrossProducts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums of squares of mediator and outcome, and of their products, after the arm is taken out."""
    one, x, m, y = (products.names.index(name) for name in ("one", "x", "m", "y"))
    moments = products.moments
    total, first = moments[:, one, one], moments[:, one, x]

    def left(i: int, j: int) -> np.ndarray:
        in_first = moments[:, x, i] * moments[:, x, j]
        in_second = (moments[:, one, i] - moments[:, x, i]) * (moments[:, one, j] - moments[:, x, j])
        rest: np.ndarray = moments[:, i, j] - in_first / first - in_second / (total - first)
        return rest

    with np.errstate(invalid="ignore", divide="ignore"):
        return left(m, m), left(y, y), left(m, y)


def _unexplained(data: dict[str, np.ndarray]) -> float:
    """Product of the shares of variance that arm (and mediator) leave: (1 - R² of M) (1 - R² of Y)."""
    of_m, of_y, joint = (float(item[0]) for item in _within(as_they_are(data)))
    m, y = data["m"], data["y"]
    return (of_m / float(m @ m)) * ((of_y - joint**2 / of_m) / float(y @ y))
