"""The arms' difference at every level of a moderator, and the one test that it is the same at all.

No level has a p-value of its own: two levels of which one is significant and the other is not may not
differ at all. A moderator of numbers enters as it is, centred, never split at its median; one of words is
tested at all its levels jointly. A share is read as a difference of shares first, in log odds second.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np

from amends.analysis.distributions import chi2_p, f_p, t_quantile
from amends.analysis.moderated_levels import (
    About,
    Cells,
    Equality,
    Moderation,
    by_cells,
    level_effect,
    too_few_or_many,
)
from amends.analysis.regression import least_squares
from amends.analysis.result import Interval, NotEnough


def moderation(
    values: Sequence[float],
    treated: Sequence[bool],
    moderator: Sequence[Any],
    *,
    name: str = "moderator",
    share: bool = False,
    confidence: float = 0.95,
) -> Moderation | NotEnough:
    """The difference at every level of a moderator, with HC3 errors.

    Args:
        values: One outcome a unit, none missing.
        treated: Whether the unit is in the first arm.
        moderator: Numbers, or words for levels; None or NaN where it is not known.
        name: What the moderator is called.
        share: Whether the outcome is 0 or 1, so that log odds are shown too.
        confidence: The level of the intervals.

    Source: MacKinnon & White 1985 (HC3); Gelman & Stern 2006; two scales: Ai & Norton 2003.

    >>> found = moderation([1, 0, 1, 1, 0, 0, 1, 0] * 5, [1, 0] * 20, (["app"] * 4 + ["post"] * 4) * 5)
    >>> [(at.level, at.value) for at in found.levels], found.test.value
    ([('app', 0.5), ('post', 0.5)], 0.0)
    """
    y, arm = np.asarray(values, dtype=float), np.asarray(treated, dtype=bool)
    given, known, names = read_moderator(moderator)
    left_out = int((~known).sum())
    y, arm, given = y[known], arm[known], given[known]
    if not len(given):
        return NotEnough(f"moderator {name!r} is not known for any unit")
    for side, which in ((True, "first"), (False, "second")):
        if not (arm == side).any():
            return NotEnough(f"the {which} arm has no units of which moderator {name!r} is known")
    about = About(name, share, confidence, left_out, (int(arm.sum()), int((~arm).sum())))
    found, place = np.unique(given, return_inverse=True)
    if names is None and len(found) > 2:
        return _continuous(y, arm, given, about)
    levels = [level_name(value) if names is None else names[int(value)] for value in found]
    if (refused := too_few_or_many(levels, name)) is not None:
        return refused
    return _bylevel_effect(y, arm, place, levels, about)


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


def _bylevel_effect(
    y: np.ndarray, arm: np.ndarray, place: np.ndarray, names: Sequence[str], about: About
) -> Moderation:
    """Every cell has its own mean, so least squares with HC3 errors is a matter of cell sums."""
    k = len(names)
    cell = 2 * place + (~arm)
    ns = np.bincount(cell, minlength=2 * k).reshape(k, 2)
    sums = np.bincount(cell, y, minlength=2 * k).reshape(k, 2)
    means = sums / np.maximum(ns, 1)
    squares = np.bincount(cell, (y - means.ravel()[cell]) ** 2, minlength=2 * k).reshape(k, 2)
    return by_cells(names, Cells(ns, sums, squares), about)


def _continuous(y: np.ndarray, arm: np.ndarray, given: np.ndarray, about: About) -> Moderation | NotEnough:
    centre, sd = float(given.mean()), float(given.std(ddof=1))
    scaled, side = (given - centre) / sd, arm.astype(float)
    fit: Any = least_squares(y, [side, scaled, side * scaled])
    if isinstance(fit, NotEnough):
        return fit
    design = fit.model.exog
    if ((design @ fit.normalized_cov_params) * design).sum(axis=1).max() > 1 - 1e-10:
        return NotEnough(f"a group of arm and {about.name!r} has 1 unit; 2 needed")
    spread, df = np.asarray(fit.cov_HC3), float(fit.df_resid)
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
    odds = _log_odds_slope(y, side, scaled, sd, about) if about.share else None
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
    y: np.ndarray, side: np.ndarray, scaled: np.ndarray, sd: float, about: About
) -> Equality | NotEnough:
    """Maximum likelihood of the logit model with arm, moderator and their product."""
    from amends.analysis.risk_adjustment import logit

    if y.min() == y.max():
        return NotEnough("nobody or everybody had the event")
    fit: Any = logit(y, np.column_stack([np.ones(len(y)), side, scaled, side * scaled]))
    if isinstance(fit, NotEnough):
        return fit
    error = float(fit.bse[3]) / sd
    return _slope(float(fit.params[3]) / sd, error, None, about, method="log odds, interaction (logit)")
