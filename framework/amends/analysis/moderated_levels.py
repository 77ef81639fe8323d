"""The arms' difference at every level of a moderator, from the sums of its cells of arm and level.

Every cell has its own mean, so least squares with HC3 errors needs nothing but these sums: they are the
same for a thousand units and for a million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import NamedTuple

import numpy as np

from amends.analysis.distributions import chi2_p, f_p, t_quantile
from amends.analysis.exported import Exported
from amends.analysis.result import Interval, NotEnough

MOST_LEVELS = 12
"""More levels than these are rather an identifier than a moderator."""


@dataclass(frozen=True, slots=True)
class LevelEffect(Exported):
    """The arms' difference at one level.

    Attributes:
        level: The level's name; for a moderator of numbers the value itself.
        value: First arm minus second; `NotEnough` where an arm has fewer than two units there.
        interval: At the confidence asked for, not adjusted.
        ns: Units of either arm at that level; all units for a moderator of numbers.
    """

    level: str | float
    value: float | NotEnough
    interval: Interval | NotEnough
    ns: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Equality(Exported):
    """The test that the difference is the same at every level.

    Attributes:
        name: The method.
        value: How the difference changes: per unit of a moderator of numbers, last level minus first where
            there are two; None where there are more.
        interval: Of the change, not adjusted; None where `value` is.
        statistic: F, or chi-square for log odds.
        df: Its first degrees of freedom; `df_within` the second, None for chi-square.
        p_value: Before adjustment.
    """

    name: str
    value: float | None
    interval: Interval | None
    statistic: float
    df: int
    df_within: float | None
    p_value: float


@dataclass(frozen=True, slots=True)
class Moderation(Exported):
    """How the arms' difference depends on one moderator.

    Attributes:
        name: The moderator.
        kind: `levels` or `numbers`.
        test: On the scale of the difference itself; `NotEnough` with the reason where there is none.
        log_odds: The same on the log-odds scale, for a share; None for a mean.
        levels: The difference at every level, or at the mean and one standard deviation to either side.
        left_out: Units of which the moderator is not known.
        ns: Units of either arm that are in.
        p_adjusted: Over the family; None until it is adjusted.
    """

    name: str
    kind: str
    test: Equality | NotEnough
    log_odds: Equality | NotEnough | None
    levels: tuple[LevelEffect, ...]
    left_out: int
    ns: tuple[int, int]
    p_adjusted: float | NotEnough | None = None


@dataclass(frozen=True, slots=True)
class About:
    name: str
    share: bool
    confidence: float
    left_out: int
    ns: tuple[int, int]

    def result(
        self,
        kind: str,
        test: Equality | NotEnough,
        log_odds: Equality | NotEnough | None,
        levels: Sequence[LevelEffect],
    ) -> Moderation:
        shown = log_odds if self.share else None
        return Moderation(self.name, kind, test, shown, tuple(levels), self.left_out, self.ns)


@dataclass(frozen=True, slots=True)
class CellSums:
    """The units of one arm at one level.

    Attributes:
        n: How many.
        total: The sum of their values.
        squares: The sum of squared distances from their mean.
    """

    n: int
    total: float
    squares: float


class Cells(NamedTuple):
    """A row a level, first arm and second: units, sums, squared distances from the cell's mean."""

    ns: np.ndarray
    sums: np.ndarray
    squares: np.ndarray


def moderation_of_cells(
    levels: Mapping[str, tuple[CellSums, CellSums]],
    *,
    name: str = "moderator",
    share: bool = False,
    confidence: float = 0.95,
    left_out: int = 0,
) -> Moderation | NotEnough:
    """The same figures as `moderation` of a moderator of levels, from sums alone, however many units.

    Args:
        levels: Per level the first arm's units and the second's.
        name: What the moderator is called.
        share: Whether the outcome is 0 or 1, so that log odds are shown too.
        confidence: The level of the intervals.
        left_out: Units of which the moderator is not known.

    Source: as `moderation`; a model with a mean of its own for every cell needs nothing but these sums.

    >>> app, post = (CellSums(10, 7, 2.1), CellSums(10, 2, 1.6)), (CellSums(10, 6, 2.4), CellSums(10, 5, 2.5))
    >>> found = moderation_of_cells({"app": app, "post": post}, name="channel", share=True)
    >>> [round(at.value, 1) for at in found.levels], round(found.test.value, 1)
    ([0.5, 0.1], -0.4)
    """
    present = {level: pair for level, pair in levels.items() if pair[0].n or pair[1].n}
    if not present:
        return NotEnough(f"moderator {name!r} is not known for any unit")
    arms = sum(first.n for first, _ in present.values()), sum(second.n for _, second in present.values())
    for n, which in zip(arms, ("first", "second"), strict=True):
        if not n:
            return NotEnough(f"the {which} arm has no units of which moderator {name!r} is known")
    if (refused := too_few_or_many(list(present), name)) is not None:
        return refused
    cells = Cells(
        *(
            np.array([[getattr(side, part) for side in pair] for pair in present.values()])
            for part in ("n", "total", "squares")
        )
    )
    return by_cells(list(present), cells, About(name, share, confidence, left_out, arms))


def too_few_or_many(levels: Sequence[str], name: str) -> NotEnough | None:
    if len(levels) < 2:
        return NotEnough(f"moderator {name!r} is {levels[0]} for every unit, so nothing can depend on it")
    if len(levels) > MOST_LEVELS:
        return NotEnough(f"moderator {name!r} has {len(levels)} levels; at most {MOST_LEVELS} are compared")
    return None


def by_cells(names: Sequence[str], cells: Cells, about: About) -> Moderation:
    ns, sums, squares = cells
    enough = ns.min(axis=1) >= 2
    df = float(ns[enough].sum() - 2 * enough.sum())
    means = sums / np.maximum(ns, 1)
    gaps = means[:, 0] - means[:, 1]
    variances = (squares / np.maximum(ns - 1, 1) ** 2).sum(axis=1)
    levels = [
        level_effect(name, gaps[i], variances[i], (int(ns[i, 0]), int(ns[i, 1])), df, about)
        for i, name in enumerate(names)
    ]
    inside = np.flatnonzero(enough)
    if len(inside) < 2:
        reason = f"fewer than two levels of {about.name!r} have two units in both arms"
        return about.result("levels", NotEnough(reason), NotEnough(reason), levels)
    test = equality(gaps[inside], variances[inside], df, about, method="joint Wald test (HC3)")
    odds = _log_odds_by_level_effect(sums[inside], ns[inside], about) if about.share else None
    return about.result("levels", test, odds, levels)


def level_effect(
    name: str | float, value: float, variance: float, ns: tuple[int, int], df: float, about: About
) -> LevelEffect:
    if min(ns) < 2:
        reason = NotEnough(f"{about.name} {name}: an arm has {min(ns)} units; 2 needed")
        return LevelEffect(name, reason, reason, ns)
    if not variance > 0:
        reason = NotEnough(f"{about.name} {name}: nothing varies within the arms")
        return LevelEffect(name, float(value), reason, ns)
    half = t_quantile((1 + about.confidence) / 2, df) * sqrt(variance)
    interval = Interval(float(value - half), float(value + half), "HC3", about.confidence)
    return LevelEffect(name, float(value), interval, ns)


def equality(
    gaps: np.ndarray, variances: np.ndarray, df_within: float | None, about: About, *, method: str
) -> Equality | NotEnough:
    """Cochran's weighted sum of squares is the Wald test of equality where levels share no unit."""
    if not (variances > 0).all():
        return NotEnough(f"at a level of {about.name!r} nothing varies within the arms")
    weights, df = 1 / variances, len(gaps) - 1
    q = float(weights @ (gaps - weights @ gaps / weights.sum()) ** 2)
    change = interval = None
    if df == 1:
        change = float(gaps[1] - gaps[0])
        half = t_quantile((1 + about.confidence) / 2, df_within or np.inf) * sqrt(float(variances.sum()))
        interval = Interval(change - half, change + half, method, about.confidence)
    if df_within is None:
        return Equality(method, change, interval, q, df, None, chi2_p(q, df))
    return Equality(method, change, interval, q / df, df, df_within, f_p(q / df, df, df_within))


def _log_odds_by_level_effect(sums: np.ndarray, ns: np.ndarray, about: About) -> Equality | NotEnough:
    if np.any((sums <= 0) | (sums >= ns)):
        return NotEnough(f"at a level of {about.name!r} nobody or everybody of an arm had the event")
    rest = ns - sums
    gaps = np.array([log(x) for x in sums[:, 0] * rest[:, 1] / (rest[:, 0] * sums[:, 1])])
    return equality(
        gaps, (1 / sums + 1 / rest).sum(axis=1), None, about, method="log odds ratios, joint Wald"
    )
