"""For whom the indirect effect is larger: a moderator of its first or of its second step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amends.analysis.counts import check_choice
from amends.analysis.exported import Exported
from amends.analysis.mediation import RESAMPLES, checked_units
from amends.analysis.regression import Labels, Units
from amends.analysis.resample_clusters import cluster_draw
from amends.analysis.resampling import CrossProducts, ResampledEffect, as_they_are, effects, resampled
from amends.analysis.result import NotEnough

STAGES = ("first", "second")


@dataclass(frozen=True, slots=True)
class ModeratedMediation(Exported):
    """How the indirect effect changes with a moderator.

    Attributes:
        name: The method.
        index: Change of the indirect effect per unit of the moderator: the test of moderated mediation.
        moderator_at: The moderator's mean less one standard deviation, its mean, and one above; its two
            values and their mean where it has but two.
        conditional: The indirect effect at each of these.
        ns: Units of either arm.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.
    """

    name: str
    index: ResampledEffect
    moderator_at: tuple[float, float, float]
    conditional: tuple[ResampledEffect, ...]
    ns: tuple[int, int]
    resamples: int
    seed: int


def moderated_mediation(
    values: Sequence[float],
    treated: Sequence[bool],
    mediator: Sequence[float | None],
    moderator: Sequence[float | None],
    *,
    stage: str = "first",
    clusters: Labels | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> ModeratedMediation | NotEnough:
    """The index of moderated mediation and the indirect effect at three values of the moderator.

    Args:
        values: One outcome a unit.
        treated: Whether the unit is in the first arm.
        mediator: What was measured in between.
        moderator: What was known before the message.
        stage: `first` where it changes what the arm does to the mediator (PROCESS model 7), `second` where
            it changes what the mediator does to the outcome (model 14).
        clusters: The cluster of every unit where whole clusters were given an arm.
        resamples: Of the bootstrap, at least 1000.
        seed: Of the bootstrap.
        confidence: The level of the intervals.

    Source: Hayes 2015.

    >>> esteem, pride = [3, 4, 5, 4, 6, 5, 2, 3, 4, 3, 5, 4], [1, 2, 3, 2, 4, 1, 3, 2, 4, 1, 2, 3]
    >>> liked, treated = [4, 5, 6, 6, 7, 5, 3, 4, 4, 5, 5, 4], [1] * 6 + [0] * 6
    >>> round(moderated_mediation(liked, treated, esteem, pride).index.value, 3)
    0.361
    """
    check_choice(stage, STAGES, "stage")
    units = checked_units(
        values, treated, {"mediator": mediator, "moderator": moderator}, resamples, confidence
    )
    if isinstance(units, NotEnough):
        return units
    draw = cluster_draw(clusters, units.arm)
    if isinstance(draw, NotEnough):
        return draw
    w = units.columns["moderator"]
    at = _values(w) - w.mean()
    data = _columns(units, stage)

    def paths(products: CrossProducts) -> np.ndarray:
        steps = _first_stage(products) if stage == "first" else _second_stage(products)
        plain, change, constant = steps
        return np.column_stack(
            [change * constant, (plain[:, None] + change[:, None] * at) * constant[:, None]]
        )

    draws = paths(resampled(data, resamples=resamples, seed=seed, clusters=draw))
    names = ("index", "at low value", "at mean", "at high value")
    found = effects(names, paths(as_they_are(data))[0], draws, confidence=confidence)
    if isinstance(found, NotEnough):
        return found
    low, middle, high = (float(value) for value in _values(w))
    return ModeratedMediation(
        name=f"moderated mediation, {stage} stage, percentile bootstrap",
        index=found[0],
        moderator_at=(low, middle, high),
        conditional=tuple(found[1:]),
        ns=units.ns,
        resamples=resamples,
        seed=seed,
    )


def _values(w: np.ndarray) -> np.ndarray:
    """Where the indirect effect is shown: no unit lies beyond the two values that a moderator may have."""
    mean, spread, levels = w.mean(), w.std(ddof=1), np.unique(w)
    low, high = levels if len(levels) == 2 else (mean - spread, mean + spread)
    return np.array([low, mean, high])


def _columns(units: Units, stage: str) -> dict[str, np.ndarray]:
    """Centred, which changes no effect here and keeps the digits of the products."""
    m, w = (units.columns[name] - units.columns[name].mean() for name in ("mediator", "moderator"))
    data = {"one": np.ones(len(m)), "x": units.arm, "m": m, "y": units.y - units.y.mean(), "w": w}
    return {**data, "product": (units.arm if stage == "first" else m) * w}


def _first_stage(products: CrossProducts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the arm does to the mediator, how that changes, and what the mediator does to the outcome."""
    first = products.regression("m", ["one", "x", "w", "product"])
    second = products.regression("y", ["one", "x", "m"])
    return first[:, 1], first[:, 3], second[:, 2]


def _second_stage(products: CrossProducts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the mediator does to the outcome, how that changes, and what the arm does to the mediator."""
    first = products.regression("m", ["one", "x"])
    second = products.regression("y", ["one", "x", "m", "w", "product"])
    return second[:, 2], second[:, 4], first[:, 1]
