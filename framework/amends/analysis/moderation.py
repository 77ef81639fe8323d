"""The arms' difference at every level of a moderator, and the one test that it is the same at all.

No level has a p-value of its own: two levels of which one is significant and the other is not may not
differ at all. A moderator of numbers enters as it is, centred, never split at its median; one of words is
tested at all its levels jointly. A share is read as a difference of shares first, in log odds second.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from amends.analysis.distributions import chi2_p, f_p, t_quantile
from amends.analysis.grouped_adjustment import grouped_fit
from amends.analysis.moderated_levels import (
    About,
    Cells,
    Equality,
    Moderation,
    by_cells,
    level_effect,
    too_few_or_many,
)
from amends.analysis.result import Interval, NotEnough

Alike = tuple[np.ndarray, np.ndarray] | None


class _Rows(NamedTuple):
    """Values with their arm, how many units each is the mean of, and their squared distances from it."""

    y: np.ndarray
    arm: np.ndarray
    times: np.ndarray
    within: np.ndarray


def moderation(
    values: Sequence[float],
    treated: Sequence[bool],
    moderator: Sequence[Any],
    *,
    name: str = "moderator",
    share: bool = False,
    confidence: float = 0.95,
    alike: Alike = None,
) -> Moderation | NotEnough:
    """The difference at every level of a moderator, with HC3 errors.

    Args:
        values: One outcome a unit, none missing.
        treated: Whether the unit is in the first arm.
        moderator: Numbers, or words for levels; None or NaN where it is not known.
        name: What the moderator is called.
        share: Whether the outcome is 0 or 1, so that log odds are shown too.
        confidence: The level of the intervals.
        alike: Where a value is the mean of several units that share arm and moderator, how many they are and
            the sum of their squared distances from it.

    Source: MacKinnon & White 1985 (HC3); Gelman & Stern 2006; two scales: Ai & Norton 2003.

    >>> found = moderation([1, 0, 1, 1, 0, 0, 1, 0] * 5, [1, 0] * 20, (["app"] * 4 + ["post"] * 4) * 5)
    >>> [(at.level, at.value) for at in found.levels], found.test.value
    ([('app', 0.5), ('post', 0.5)], 0.0)
    """
    y, arm = np.asarray(values, dtype=float), np.asarray(treated, dtype=bool)
    given, known, names = read_moderator(moderator)
    times, within = (np.ones(len(y)), np.zeros(len(y))) if alike is None else alike
    left_out = int(times[~known].sum())
    y, arm, given, times, within = y[known], arm[known], given[known], times[known], within[known]
    if not len(given):
        return NotEnough(f"moderator {name!r} is not known for any unit")
    for side, which in ((True, "first"), (False, "second")):
        if not (arm == side).any():
            return NotEnough(f"the {which} arm has no units of which moderator {name!r} is known")
    if not share:
        # Taken from a value near them, large values leave the digits of the differences alone.
        y = y - y.mean()
    ns = int(times[arm].sum()), int(times[~arm].sum())
    about, rows = About(name, share, confidence, left_out, ns), _Rows(y, arm, times, within)
    found, place = np.unique(given, return_inverse=True)
    if names is None and len(found) > 2:
        return _continuous(rows, given, about)
    levels = [level_name(value) if names is None else names[int(value)] for value in found]
    if (refused := too_few_or_many(levels, name)) is not None:
        return refused
    return _bylevel_effect(rows, place, levels, about)


def read_moderator(moderator: Sequence[Any]) -> tuple[np.ndarray, np.ndarray, list[str] | None]:
    """The values, which of them are known, and the levels' names in order; None for a moderator of numbers.

    Levels come as their places among the names. True and false are levels, not numbers.
    """
    from pandas import Series, factorize
    from pandas.api.types import infer_dtype

    given = moderator if isinstance(moderator, np.ndarray) else Series(moderator).to_numpy()
    if infer_dtype(given, skipna=True) in ("floating", "integer", "mixed-integer-float", "empty"):
        numbers = np.array(Series(given), dtype=float)
        return numbers, np.isfinite(numbers), None
    places, found = factorize(given)
    names = [level_name(value) for value in found]
    ordered = sorted(set(names))
    order = np.array([ordered.index(name) for name in names] + [-1])
    return order[places], places >= 0, ordered


def level_name(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _bylevel_effect(rows: _Rows, place: np.ndarray, names: Sequence[str], about: About) -> Moderation:
    """Every cell has its own mean, so least squares with HC3 errors is a matter of cell sums."""
    k, (y, arm, times, within) = len(names), rows
    cell = 2 * place + (~arm)
    ns, sums = (np.bincount(cell, part, minlength=2 * k) for part in (times, times * y))
    away = times * (y - (sums / np.maximum(ns, 1))[cell]) ** 2 + within
    squares = np.bincount(cell, away, minlength=2 * k)
    return by_cells(names, Cells(*(part.reshape(k, 2) for part in (ns, sums, squares))), about)


def _continuous(rows: _Rows, given: np.ndarray, about: About) -> Moderation | NotEnough:
    y, times, n = rows.y, rows.times, float(rows.times.sum())
    centre = float((times * given).sum() / n)
    sd = sqrt(float((times * (given - centre) ** 2).sum()) / max(n - 1, 1))
    scaled, side = (given - centre) / sd, rows.arm.astype(float)
    design = np.column_stack([np.ones(len(y)), side, scaled, side * scaled])
    fit = grouped_fit(y, design, times, rows.within, error="HC3")
    if isinstance(fit, NotEnough):
        if "alone" in fit.reason:
            return NotEnough(f"a group of arm and {about.name!r} has 1 unit; 2 needed")
        return fit
    spread, df = fit.covariance, fit.df
    gap, change = float(fit.params[1]), float(fit.params[3])
    levels = [
        level_effect(
            centre + at * sd,
            gap + at * change,
            float(spread[1, 1] + 2 * at * spread[1, 3] + at * at * spread[3, 3]),
            about.ns,
            df,
            about,
        )
        for at in (-1.0, 0.0, 1.0)
    ]
    test = _slope(change / sd, sqrt(float(spread[3, 3])) / sd, df, about, method="interaction (HC3)")
    odds = _log_odds_slope(y, design, times, sd, about) if about.share else None
    return about.result("numbers", test, odds, levels)


def _slope(
    value: float, error: float, df: float | None, about: About, *, method: str
) -> Equality | NotEnough:
    if not error > 0:
        return NotEnough(f"nothing varies within the arms at equal {about.name!r}")
    half = t_quantile((1 + about.confidence) / 2, df or np.inf) * error
    interval = Interval(value - half, value + half, method, about.confidence)
    square = (value / error) ** 2
    p = chi2_p(square, 1) if df is None else f_p(square, 1, df)
    return Equality(method, value, interval, square, 1, df, p)


def _log_odds_slope(
    y: np.ndarray, design: np.ndarray, times: np.ndarray, sd: float, about: About
) -> Equality | NotEnough:
    """Maximum likelihood of the logit model with arm, moderator and their product."""
    from amends.analysis.risk_adjustment import logit

    if y.min() == y.max():
        return NotEnough("nobody or everybody had the event")
    fit: Any = logit(y, design, times)
    if isinstance(fit, NotEnough):
        return fit
    error = float(fit.bse[3]) / sd
    return _slope(float(fit.params[3]) / sd, error, None, about, method="log odds, interaction (logit)")
