"""For whom the arms differ more: the interaction of arm and a moderator that was declared beforehand.

Two subgroups of which one is significant and the other is not may not differ at all; only the interaction
says so. A continuous moderator enters as it is, centred, never split at its median. A binary outcome is read
as a difference of risk differences first: an interaction on the log-odds scale may point the other way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt

import numpy as np

from amends.analysis.counts import check_choice, check_count, check_share
from amends.analysis.distributions import normal_p, normal_quantile, t_p, t_quantile
from amends.analysis.exported import Exported
from amends.analysis.multiplicity import METHODS as ADJUSTMENTS
from amends.analysis.multiplicity import adjust
from amends.analysis.regression import least_squares, prepared
from amends.analysis.result import Interval, NotEnough


@dataclass(frozen=True, slots=True)
class Interaction(Exported):
    """How the arms' difference changes with a moderator.

    Attributes:
        name: The method.
        moderator: What the difference may depend on.
        value: Change of the difference per unit of the moderator (between its two values where it has two).
        standard_error: Of the change.
        statistic: t, or z for counts.
        df: Degrees of freedom; None for z.
        p_value: Of no change, before adjustment.
        interval: Of the change, not adjusted.
        ns: Units of either arm.
        p_adjusted: Adjusted for all moderators asked about; None where one was asked about alone.
    """

    name: str
    moderator: str
    value: float
    standard_error: float
    statistic: float
    df: float | None
    p_value: float
    interval: Interval
    ns: tuple[int, int]
    p_adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class BinaryInteraction(Exported):
    """An interaction of two binary factors on a binary outcome, on both scales.

    Attributes:
        name: The method.
        risk_difference: Difference of the risk differences: the scale to be read first.
        log_odds_ratio: Difference of the log odds ratios; `NotEnough` where a cell is empty.
        ns: Units of the four cells: first and second arm with the moderator, then without it.
    """

    name: str
    risk_difference: Interaction | NotEnough
    log_odds_ratio: Interaction | NotEnough
    ns: tuple[int, int, int, int]


def interaction(
    values: Sequence[float],
    treated: Sequence[bool],
    moderator: Sequence[float | None],
    *,
    name: str = "moderator",
    confidence: float = 0.95,
) -> Interaction | NotEnough:
    """The interaction of arm and moderator, by least squares with HC3 errors.

    Args:
        values: One outcome a unit.
        treated: Whether the unit is in the first arm.
        moderator: What was known before the message; more than two values are centred.
        name: What the moderator is called.
        confidence: The level of the interval.

    Source: MacKinnon & White 1985; Gelman & Stern 2006.

    >>> wait = [1, 2, 3, 4, 5, 6, 7, 8]
    >>> found = interaction([3, 2, 5, 5, 5, 9, 6, 11], [1, 0, 1, 0, 0, 1, 0, 1], wait, name="wait")
    >>> round(found.value, 2), found.df
    (0.4, 4.0)
    """
    check_share(confidence, "confidence")
    units = prepared(values, treated, {name: moderator})
    if isinstance(units, NotEnough):
        return units
    given = units.columns[name]
    centred = given - given.mean() if len(np.unique(given)) > 2 else given
    fit = least_squares(units.y, [units.arm, centred, units.arm * centred])
    if isinstance(fit, NotEnough):
        return fit
    leverage = np.einsum("ij,jk,ik->i", fit.model.exog, fit.normalized_cov_params, fit.model.exog)
    if leverage.max() > 1 - 1e-10:
        return NotEnough(f"a group of arm and {name!r} has 1 unit; 2 needed")
    value, error = float(fit.params[3]), float(fit.HC3_se[3])
    return _changed(
        "interaction (HC3)", name, value, error, units.ns, df=float(fit.df_resid), confidence=confidence
    )


def interactions(
    values: Sequence[float],
    treated: Sequence[bool],
    moderators: Mapping[str, Sequence[float | None]],
    *,
    family: str = "holm",
    confidence: float = 0.95,
) -> dict[str, Interaction | NotEnough]:
    """The interaction with each of several moderators, one model each, adjusted for their number.

    Args:
        values: One outcome a unit.
        treated: Whether the unit is in the first arm.
        moderators: By name; those that give no figure still count in the family.
        family: `holm` for moderators declared as confirmatory, `bh` for exploratory ones.
        confidence: The level of each interval.
    """
    check_choice(family, ADJUSTMENTS, "family")
    found = {
        name: interaction(values, treated, moderator, name=name, confidence=confidence)
        for name, moderator in moderators.items()
    }
    raw = [item if isinstance(item, NotEnough) else item.p_value for item in found.values()]
    adjusted = adjust(raw, method=family)
    return {
        name: item if isinstance(item, NotEnough) or isinstance(p, NotEnough) else replace(item, p_adjusted=p)
        for (name, item), p in zip(found.items(), adjusted, strict=True)
    }


def binary_interaction(
    with_moderator: tuple[int, int, int, int],
    without: tuple[int, int, int, int],
    *,
    name: str = "moderator",
    confidence: float = 0.95,
) -> BinaryInteraction | NotEnough:
    """The interaction on a proportion, from the counts of either subgroup, on both scales.

    Args:
        with_moderator: Events and units of the first arm, events and units of the second, among units with
            the moderator.
        without: The same among the others.
        name: What the moderator is called.
        confidence: The level of the intervals.

    Source: Ai & Norton 2003; errors: the saturated model's.

    >>> found = binary_interaction((18, 20, 15, 20), (30, 40, 25, 40), name="weekend")
    >>> round(found.risk_difference.value, 3), round(found.log_odds_ratio.value, 3)
    (0.025, 0.511)
    """
    check_share(confidence, "confidence")
    cells = [
        check_count(*pair) for pair in (with_moderator[:2], with_moderator[2:], without[:2], without[2:])
    ]
    ns = tuple(n for _, n in cells)
    if not all(ns):
        return NotEnough(f"a group of arm and {name!r} has no units")
    signs = (1, -1, -1, 1)
    arms = ns[0] + ns[2], ns[1] + ns[3]
    rates = [x / n for x, n in cells]
    return BinaryInteraction(
        name="interaction on two scales",
        risk_difference=_changed(
            "difference of risk differences",
            name,
            sum(sign * rate for sign, rate in zip(signs, rates, strict=True)),
            sqrt(sum(rate * (1 - rate) / n for rate, n in zip(rates, ns, strict=True))),
            arms,
            confidence=confidence,
        ),
        log_odds_ratio=_log_odds(cells, signs, name, arms, confidence),
        ns=(ns[0], ns[1], ns[2], ns[3]),
    )


def _log_odds(
    cells: Sequence[tuple[int, int]],
    signs: Sequence[int],
    name: str,
    arms: tuple[int, int],
    confidence: float,
) -> Interaction | NotEnough:
    if any(x in (0, n) for x, n in cells):
        return NotEnough(f"in a group of arm and {name!r} nobody or everybody had the event")
    value = sum(sign * log(x / (n - x)) for sign, (x, n) in zip(signs, cells, strict=True))
    error = sqrt(sum(1 / x + 1 / (n - x) for x, n in cells))
    return _changed("difference of log odds ratios", name, value, error, arms, confidence=confidence)


def _changed(
    method: str,
    moderator: str,
    value: float,
    error: float,
    ns: tuple[int, int],
    *,
    confidence: float,
    df: float | None = None,
) -> Interaction | NotEnough:
    if not error > 0:
        return NotEnough(f"nothing varies within the groups of arm and {moderator!r}")
    tail = (1 + confidence) / 2
    half = (normal_quantile(tail) if df is None else t_quantile(tail, df)) * error
    statistic = value / error
    return Interaction(
        name=method,
        moderator=moderator,
        value=value,
        standard_error=error,
        statistic=statistic,
        df=df,
        p_value=normal_p(statistic) if df is None else t_p(statistic, df),
        interval=Interval(value - half, value + half, method, confidence),
        ns=ns,
    )
