"""By which way a message works: how much of its effect passes through something measured in between.

The message is randomised, the mediator is not: the arrow from mediator to outcome is as sound as the
assumption that nothing else drives both. `correlation_at_zero` says how strongly something unmeasured would
have to do so for the indirect effect to vanish. Intervals are percentiles of a seeded bootstrap; the
completers' mediator says nothing of those who did not answer. First arm against second throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from amends.analysis.counts import check_share
from amends.analysis.exported import Exported
from amends.analysis.refusals import CLUSTERED
from amends.analysis.regression import Covariates, Labels, Units, least_squares, prepared
from amends.analysis.resample_clusters import ClusterDraw, cluster_draw
from amends.analysis.resampling import (
    CrossProducts,
    ResampledEffect,
    as_they_are,
    effects,
    resampled,
)
from amends.analysis.result import NotEnough
from amends.errors import UsageError

RESAMPLES = 5000
"""Below this the ends of a 95% interval move visibly from seed to seed."""

LEAST_RESAMPLES = 1000
"""Below this there is no interval to speak of."""


@dataclass(frozen=True, slots=True)
class Mediation(Exported):
    """An effect split into what passes through the mediator and what does not.

    Attributes:
        name: The method.
        a: What the arm does to the mediator.
        b: What a point of the mediator does to the outcome, at equal arm.
        indirect: a times b.
        direct: What the arm does at equal mediator.
        total: Both together: the plain difference.
        sobel_error: The indirect effect's normal-theory error, from the regressions' own variances; it is
            too wide for few units and only for comparison with older studies. Refused for clusters, which
            it takes for independent units.
        sobel_error_ml: The same with maximum-likelihood variances, as structural equation programs have it.
        correlation_at_zero: The correlation of what else drives mediator and outcome at which the indirect
            effect would be 0.
        ns: Units of either arm.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.
    """

    name: str
    a: float
    b: float
    indirect: ResampledEffect
    direct: ResampledEffect
    total: ResampledEffect
    sobel_error: float | NotEnough
    sobel_error_ml: float | NotEnough
    correlation_at_zero: float
    ns: tuple[int, int]
    resamples: int
    seed: int


@dataclass(frozen=True, slots=True)
class MediationByArm(Exported):
    """Indirect and direct effects where the mediator may matter differently in either arm.

    Attributes:
        name: The method.
        indirect_first: The indirect effect (ACME) with the arm held at the first; `indirect_second` likewise.
        direct_first: The direct effect (ADE) with the mediator as in the first arm; `direct_second` likewise.
        indirect: The average of the two indirect effects.
        total: The plain difference.
        ns: Units of either arm.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.
    """

    name: str
    indirect_first: ResampledEffect
    indirect_second: ResampledEffect
    direct_first: ResampledEffect
    direct_second: ResampledEffect
    indirect: ResampledEffect
    total: ResampledEffect
    ns: tuple[int, int]
    resamples: int
    seed: int


def mediation(
    values: Sequence[float],
    treated: Sequence[bool],
    mediator: Sequence[float | None],
    *,
    clusters: Labels | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> Mediation | NotEnough:
    """The indirect effect of the arm through the mediator (PROCESS model 4).

    Args:
        values: One outcome a unit.
        treated: Whether the unit is in the first arm.
        mediator: What was measured in between.
        clusters: The cluster of every unit where whole clusters were given an arm: the bootstrap then draws
            whole clusters within their arm.
        resamples: Of the bootstrap, at least 1000.
        seed: Of the bootstrap.
        confidence: The level of the intervals.

    Source: Hayes 2018; percentile bootstrap: Shrout & Bolger 2002; sensitivity: Imai, Keele & Yamamoto 2010.

    Raises:
        UsageError: Text, lists of unequal length, too few resamples.

    >>> esteem = [3, 4, 5, 4, 6, 5, 2, 3, 4, 3, 5, 4]
    >>> found = mediation([4, 5, 6, 6, 7, 5, 3, 4, 4, 5, 5, 4], [1] * 6 + [0] * 6, esteem)
    >>> round(found.indirect.value, 3), round(found.direct.value, 3)
    (0.636, 0.697)
    """
    units = checked_units(values, treated, {"mediator": mediator}, resamples, confidence)
    if isinstance(units, NotEnough):
        return units
    draw = cluster_draw(clusters, units.arm)
    if isinstance(draw, NotEnough):
        return draw
    names = ("indirect", "direct", "total")
    found = _bootstrapped(units, _simple, names, (resamples, seed, confidence), draw)
    if isinstance(found, NotEnough):
        return found
    first = least_squares(units.columns["mediator"], [units.arm])
    second = least_squares(units.y, [units.arm, units.columns["mediator"]])
    a, b, n = float(first.params[1]), float(second.params[2]), len(units.y)
    variances = float(first.bse[1]) ** 2, float(second.bse[2]) ** 2
    likeliest = variances[0] * (n - 2) / n, variances[1] * (n - 3) / n
    return Mediation(
        name="indirect effect, percentile bootstrap",
        a=a,
        b=b,
        indirect=found[0],
        direct=found[1],
        total=found[2],
        sobel_error=_sobel(a, b, variances, draw),
        sobel_error_ml=_sobel(a, b, likeliest, draw),
        correlation_at_zero=float(np.corrcoef(first.resid, _within_arms(units.y, units.arm))[0, 1]),
        ns=units.ns,
        resamples=resamples,
        seed=seed,
    )


def _sobel(a: float, b: float, variances: tuple[float, float], draw: ClusterDraw | None) -> float | NotEnough:
    if draw is not None:
        return NotEnough(CLUSTERED)
    return sqrt(a * a * variances[1] + b * b * variances[0])


def mediation_by_arm(
    values: Sequence[float],
    treated: Sequence[bool],
    mediator: Sequence[float | None],
    *,
    clusters: Labels | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> MediationByArm | NotEnough:
    """Indirect and direct effects (ACME and ADE) where arm and mediator may interact.

    The arguments are those of `mediation`.

    Source: Imai, Keele & Tingley 2010; in closed form for linear models.

    >>> esteem = [3, 4, 5, 4, 6, 5, 2, 3, 4, 3, 5, 4]
    >>> found = mediation_by_arm([4, 5, 6, 6, 7, 5, 3, 4, 4, 5, 5, 4], [1] * 6 + [0] * 6, esteem)
    >>> round(found.indirect.value, 3), round(found.total.value, 3)
    (0.636, 1.333)
    """
    units = checked_units(values, treated, {"mediator": mediator}, resamples, confidence)
    if isinstance(units, NotEnough):
        return units
    draw = cluster_draw(clusters, units.arm)
    if isinstance(draw, NotEnough):
        return draw
    names = ("indirect_first", "indirect_second", "direct_first", "direct_second", "indirect", "total")
    found = _bootstrapped(units, _with_interaction, names, (resamples, seed, confidence), draw)
    if isinstance(found, NotEnough):
        return found
    return MediationByArm(
        name="indirect effect by arm, percentile bootstrap",
        indirect_first=found[0],
        indirect_second=found[1],
        direct_first=found[2],
        direct_second=found[3],
        indirect=found[4],
        total=found[5],
        ns=units.ns,
        resamples=resamples,
        seed=seed,
    )


def checked_units(
    values: Sequence[float],
    treated: Sequence[bool],
    columns: Covariates,
    resamples: int,
    confidence: float,
) -> Units | NotEnough:
    """The units of a mediation; the reason where the mediator says nothing or leaves no error."""
    check_resampling(resamples, confidence)
    units = prepared(values, treated, columns)
    if isinstance(units, NotEnough):
        return units
    for name in ("mediator", "outcome"):
        target = units.columns["mediator"] if name == "mediator" else units.y
        others = [] if name == "mediator" else [units.columns["mediator"]]
        fit = least_squares(target, [units.arm, *others])
        if isinstance(fit, NotEnough):
            return NotEnough(f"regression of the {name}: {fit.reason}")
    return units


def check_resampling(resamples: int, confidence: float) -> None:
    """Refuses too few resamples, and a confidence outside 0 to 1."""
    check_share(confidence, "confidence")
    if resamples < LEAST_RESAMPLES:
        raise UsageError(
            f"resamples {resamples}: at least {LEAST_RESAMPLES} are needed for an interval. Give {RESAMPLES}."
        )


def _within_arms(values: np.ndarray, arm: np.ndarray) -> np.ndarray:
    """Every value less its own arm's mean."""
    centred: np.ndarray = values - np.where(arm == 1, values[arm == 1].mean(), values[arm == 0].mean())
    return centred


def _columns(units: Units) -> dict[str, np.ndarray]:
    """Centred, which changes no effect here and keeps the digits of the products."""
    m = units.columns["mediator"] - units.columns["mediator"].mean()
    return {
        "one": np.ones(len(m)),
        "x": units.arm,
        "m": m,
        "y": units.y - units.y.mean(),
    }


def _simple(products: CrossProducts) -> np.ndarray:
    """Indirect, direct and total effect."""
    a = products.regression("m", ["one", "x"])[:, 1]
    _, direct, b = products.regression("y", ["one", "x", "m"]).T
    return np.column_stack([a * b, direct, a * b + direct])


def _with_interaction(products: CrossProducts) -> np.ndarray:
    """ACME and ADE of the first arm and the second, the average ACME, and the total effect."""
    level, a = products.regression("m", ["one", "x"]).T
    _, direct, b, change = products.regression("y", ["one", "x", "m", "product"]).T
    first, second = a * (b + change), a * b
    through_first, through_second = direct + change * (level + a), direct + change * level
    return np.column_stack(
        [first, second, through_first, through_second, (first + second) / 2, first + through_second]
    )


def _bootstrapped(
    units: Units,
    paths: Callable[[CrossProducts], np.ndarray],
    names: Sequence[str],
    resampling: tuple[int, int, float],
    draw: ClusterDraw | None,
) -> list[ResampledEffect] | NotEnough:
    resamples, seed, confidence = resampling
    data = _columns(units)
    if paths is _with_interaction:
        data["product"] = units.arm * data["m"]
    draws = paths(resampled(data, resamples=resamples, seed=seed, clusters=draw))
    return effects(names, paths(as_they_are(data))[0], draws, confidence=confidence)
