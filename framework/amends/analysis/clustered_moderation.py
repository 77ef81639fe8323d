"""How the arms' difference depends on a moderator where arms were given to whole clusters.

The same figures as `amends.analysis.moderation`, with errors that let units of one cluster share what
happened to them: CR1 from 40 clusters on, CR2 with Satterthwaite's degrees of freedom from 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from amends.analysis.cluster_errors import ROBUST, cluster_sums
from amends.analysis.cluster_wald import WALD_FROM, hotelling, wald
from amends.analysis.clusters import ENOUGH_CLUSTERS, cluster_method
from amends.analysis.distributions import f_p, t_quantile
from amends.analysis.moderated_levels import (
    About,
    Equality,
    LevelEffect,
    Moderation,
    too_few_or_many,
)
from amends.analysis.moderation import level_name, read_moderator
from amends.analysis.regression import least_squares
from amends.analysis.result import Interval, NotEnough

NO_ODDS = NotEnough("clustered")


class _Fitted(NamedTuple):
    value: float
    error: float
    df: float


class _Rows(NamedTuple):
    y: np.ndarray
    arm: np.ndarray
    groups: np.ndarray
    method: str

    @property
    def total(self) -> int:
        return int(self.groups.max()) + 1


def clustered_moderation(
    values: Sequence[float],
    treated: Sequence[bool],
    moderator: Sequence[Any],
    clusters: Sequence[Any],
    *,
    name: str = "moderator",
    share: bool = False,
    confidence: float = 0.95,
) -> Moderation | NotEnough:
    """The difference at every level of a moderator, with cluster-robust errors.

    Args:
        values: One outcome a unit, none missing.
        treated: Whether the unit is in the first arm; the same for all units of a cluster.
        moderator: Numbers, or words for levels, of units or of clusters; None or NaN where it is not known.
        clusters: The cluster of every unit.
        name: What the moderator is called.
        share: Whether the outcome is 0 or 1; log odds are not tested for clusters, and that is said.
        confidence: The level of the intervals.

    Source: Liang & Zeger 1986; Bell & McCaffrey 2002; Pustejovsky & Tipton 2018. More than two levels are
    tested jointly: below 200 clusters by the approximate Hotelling test on CR2, then by Wald's with CR1
    errors and F(q, G - 1) (Cameron & Miller 2015).

    >>> rng = np.random.default_rng(4)
    >>> cluster, channel = np.arange(240) // 4, ["app", "post"] * 120
    >>> found = clustered_moderation(rng.normal(size=240), cluster % 2 == 0, channel, cluster)
    >>> found.test.name, [at.interval.method for at in found.levels]
    ('interaction (CR1)', ['CR1', 'CR1'])
    """
    y, arm = np.asarray(values, dtype=float), np.asarray(treated, dtype=bool)
    given, known, names = read_moderator(moderator)
    y, arm, given = y[known], arm[known], given[known]
    if not len(given):
        return NotEnough(f"moderator {name!r} is not known for any unit")
    if arm.all() or not arm.any():
        return NotEnough(f"one arm has no units of which moderator {name!r} is known")
    groups = np.unique(np.asarray(clusters)[known], return_inverse=True)[1]
    rows = _Rows(y, arm.astype(float), groups, cluster_method(int(groups.max()) + 1))
    if rows.method == "randomisation":
        return NotEnough(f"{rows.total} clusters; {ENOUGH_CLUSTERS} needed for an interaction")
    about = About(name, share, confidence, int((~known).sum()), (int(arm.sum()), int((~arm).sum())))
    found, place = np.unique(given, return_inverse=True)
    if names is None and len(found) > 2:
        return _continuous(rows, given, about)
    levels = [level_name(value) if names is None else names[int(value)] for value in found]
    if (refused := too_few_or_many(levels, name)) is not None:
        return refused
    return _by_level(rows, place, levels, about)


def _by_level(rows: _Rows, place: np.ndarray, names: Sequence[str], about: About) -> Moderation:
    counts = [_clusters_at(rows, place == i) for i in range(len(names))]
    inside = [i for i, (_, few) in enumerate(counts) if few >= 2]
    kept = np.isin(place, inside)
    part = _Rows(rows.y[kept], rows.arm[kept], _renumbered(rows.groups[kept]), rows.method)
    dummies = {i: (place[kept] == i).astype(float) for i in inside}
    levels = [
        _level(part, dummies, i, name, counts[i], about) if i in inside else _missing(name, counts[i], about)
        for i, name in enumerate(names)
    ]
    if len(inside) < 2:
        test: Equality | NotEnough = NotEnough(
            f"fewer than two levels of {about.name!r} have two clusters in both arms"
        )
    elif len(inside) == 2:
        second = dummies[inside[1]]
        fitted = _fitted(part, [part.arm * second, part.arm, second])
        test = _slope(fitted, 1.0, part.method, about)
    else:
        test = _joint(part, [dummies[i] for i in inside[1:]])
    return about.result("levels", test, NO_ODDS, levels)


def _clusters_at(rows: _Rows, here: np.ndarray) -> tuple[tuple[int, int], int]:
    """Units of either arm at a level, and the clusters of the arm that has fewer there."""
    sides = [here & (rows.arm == side) for side in (1.0, 0.0)]
    units = (int(sides[0].sum()), int(sides[1].sum()))
    return units, min(len(np.unique(rows.groups[side])) for side in sides)


def _renumbered(groups: np.ndarray) -> np.ndarray:
    numbers: np.ndarray = np.unique(groups, return_inverse=True)[1]
    return numbers


def _missing(name: str, counts: tuple[tuple[int, int], int], about: About) -> LevelEffect:
    reason = NotEnough(f"{about.name} {name}: an arm has {counts[1]} cluster; 2 needed")
    return LevelEffect(name, reason, reason, counts[0])


def _level(
    rows: _Rows,
    dummies: dict[int, np.ndarray],
    wanted: int,
    name: str,
    counts: tuple[tuple[int, int], int],
    about: About,
) -> LevelEffect:
    others = [i for i in dummies if i != wanted]
    columns = [rows.arm * dummies[wanted], *(rows.arm * dummies[i] for i in others)]
    fitted = _fitted(rows, [*columns, *(dummies[i] for i in others)])
    return _effect(fitted, name, counts[0], rows.method, about)


def _effect(
    fitted: _Fitted | NotEnough, name: str | float, ns: tuple[int, int], method: str, about: About
) -> LevelEffect:
    if isinstance(fitted, NotEnough):
        return LevelEffect(name, fitted, fitted, ns)
    half = t_quantile((1 + about.confidence) / 2, fitted.df) * fitted.error
    interval = Interval(fitted.value - half, fitted.value + half, method, about.confidence)
    return LevelEffect(name, fitted.value, interval, ns)


def _fitted(rows: _Rows, columns: Sequence[np.ndarray]) -> _Fitted | NotEnough:
    """The first column's coefficient with its cluster-robust error."""
    fit = least_squares(rows.y, columns)
    if isinstance(fit, NotEnough):
        return fit
    error, df = ROBUST[rows.method](cluster_sums(fit, rows.groups))
    if error <= 1e-10 * float(fit.bse[1]):
        return NotEnough("nothing varies between the clusters of an arm, so there is no error to judge by")
    return _Fitted(float(fit.params[1]), error, df)


def _slope(fitted: _Fitted | NotEnough, unit: float, method: str, about: About) -> Equality | NotEnough:
    if isinstance(fitted, NotEnough):
        return fitted
    value, error = fitted.value / unit, fitted.error / unit
    name = f"interaction ({method})"
    half = t_quantile((1 + about.confidence) / 2, fitted.df) * error
    interval = Interval(value - half, value + half, name, about.confidence)
    square = (value / error) ** 2
    return Equality(name, value, interval, square, 1, fitted.df, f_p(square, 1, fitted.df))


def _joint(rows: _Rows, dummies: Sequence[np.ndarray]) -> Equality | NotEnough:
    fit = least_squares(rows.y, [*(rows.arm * one for one in dummies), rows.arm, *dummies])
    if isinstance(fit, NotEnough):
        return fit
    sums, wanted = cluster_sums(fit, rows.groups), range(1, 1 + len(dummies))
    many = rows.total >= WALD_FROM
    found = (wald if many else hotelling)(sums, np.asarray(fit.params), wanted)
    if isinstance(found, NotEnough):
        return found
    name = "joint Wald test (CR1)" if many else "approximate Hotelling test (CR2)"
    return Equality(name, None, None, found.f, found.df, found.df_within, found.p_value)


def _continuous(rows: _Rows, given: np.ndarray, about: About) -> Moderation:
    centre, sd = float(given.mean()), float(given.std(ddof=1))
    scaled = (given - centre) / sd
    test = _slope(_fitted(rows, [rows.arm * scaled, scaled, rows.arm]), sd, rows.method, about)
    levels = [
        _effect(
            _fitted(rows, [rows.arm, scaled - at, rows.arm * (scaled - at)]),
            centre + at * sd,
            about.ns,
            rows.method,
            about,
        )
        for at in (-1.0, 0.0, 1.0)
    ]
    return about.result("numbers", test, NO_ODDS, levels)
