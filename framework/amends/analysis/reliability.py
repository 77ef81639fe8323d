"""How well the items of a scale measure one thing: alpha, omega and each item's tie to the rest, by arm.

Arms are never pooled: a message that moves the mean of every item makes them go together without measuring
anything better. Missing rule: units with an answer to every item count (complete cases), the others are
counted as left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from amends.analysis.counts import check_share
from amends.analysis.exported import Exported
from amends.analysis.one_factor import omega_total
from amends.analysis.result import Estimate, Interval, NotEnough
from amends.errors import UsageError, nearest

Items = Mapping[str, Sequence[float | None]]
"""Every unit's answer to each item, by the item's name; None where it gave none."""


@dataclass(frozen=True, slots=True)
class ItemFigures(Exported):
    """One item beside the others.

    Attributes:
        name: The item.
        mean: Of its answers, after reversing.
        sd: Of its answers.
        item_rest: Correlation with the sum of the other items; below 0 the item runs against them, as one
            does that was not reversed.
        alpha_without: Alpha of the other items alone; `NotEnough` where that leaves one.
    """

    name: str
    mean: float
    sd: float
    item_rest: float | NotEnough
    alpha_without: float | NotEnough


@dataclass(frozen=True, slots=True)
class Reliability(Exported):
    """The reliability of a scale in one arm.

    Attributes:
        name: The method.
        alpha: Cronbach's alpha: a lower bound of reliability where errors are unrelated.
        interval: Of alpha (Feldt).
        omega: McDonald's omega total with its interval: the share of the sum's variance that one common
            factor accounts for, which does not take the items for equally good.
        average_correlation: Between two items.
        items: Each item's figures.
        against: Names of items that run against the rest.
        n: Units with an answer to every item.
        left_out: Units that answered some items or none.
    """

    name: str
    alpha: float
    interval: Interval | NotEnough
    omega: Estimate | NotEnough
    average_correlation: float
    items: tuple[ItemFigures, ...]
    against: tuple[str, ...]
    n: int
    left_out: int


def reliability(
    items: Items,
    *,
    reverse: Collection[str] = (),
    scale: tuple[float, float] | None = None,
    confidence: float = 0.95,
) -> Reliability | NotEnough:
    """Alpha, omega and item-rest correlations of one arm's answers.

    Args:
        items: Every unit's answer to each item, at least two items.
        reverse: Items that mean the opposite; they are turned round on the scale first.
        scale: Lowest and highest answer, needed where items are reversed.
        confidence: The level of the intervals.

    Source: Cronbach 1951; interval: Feldt 1965; omega: McDonald 1999, one factor by maximum likelihood,
    interval by the delta method on the logit.

    Raises:
        UsageError: Text, lists of unequal length, an unknown item to reverse.

    >>> found = reliability({"valued": [5, 6, 4, 7, 3, 6], "heard": [5, 7, 4, 6, 2, 6],
    ...                      "respected": [6, 6, 5, 7, 4, 5]})
    >>> round(found.alpha, 3), round(found.interval.low, 3), found.n
    (0.918, 0.653, 6)
    """
    check_share(confidence, "confidence")
    table = _turned(_table(items), list(items), reverse, scale)
    complete = table[np.isfinite(table).all(axis=1)]
    n, left_out = len(complete), len(table) - len(complete)
    if n < 2:
        return NotEnough(f"{n} of {len(table)} units answered every item; 2 needed")
    for name, column in zip(items, complete.T, strict=True):
        if (column == column[0]).all():
            return NotEnough(f"item {name!r} has the same answer from everyone")
    covariance = np.cov(complete, rowvar=False)
    alpha = _alpha(covariance)
    if isinstance(alpha, NotEnough):
        return alpha
    described = _described(list(items), complete, covariance)
    correlations = np.corrcoef(complete, rowvar=False)
    return Reliability(
        name="Cronbach's alpha (Feldt) and McDonald's omega, complete cases",
        alpha=alpha,
        interval=_feldt(alpha, n, len(items), confidence),
        omega=omega_total(covariance, n, confidence=confidence),
        average_correlation=float(correlations[np.triu_indices(len(items), 1)].mean()),
        items=described,
        against=tuple(
            item.name
            for item in described
            if not isinstance(item.item_rest, NotEnough) and item.item_rest < 0
        ),
        n=n,
        left_out=left_out,
    )


def reliability_by_arm(
    items: Items,
    arms: Sequence[str],
    *,
    reverse: Collection[str] = (),
    scale: tuple[float, float] | None = None,
    confidence: float = 0.95,
) -> dict[str, Reliability | NotEnough]:
    """The reliability within every arm, in order of appearance; there is deliberately no pooled figure.

    Args:
        items: Every unit's answer to each item.
        arms: Every unit's arm.
        reverse: Items that mean the opposite.
        scale: Lowest and highest answer, needed where items are reversed.
        confidence: The level of the intervals.
    """
    units = {len(answers) for answers in items.values()}
    if units and units != {len(arms)}:
        raise UsageError(
            f"{len(arms)} arms for {sorted(units)} answers: one is needed of every unit. "
            "Give both lists whole."
        )
    return {
        arm: reliability(
            {
                name: [value for value, of in zip(answers, arms, strict=True) if of == arm]
                for name, answers in items.items()
            },
            reverse=reverse,
            scale=scale,
            confidence=confidence,
        )
        for arm in dict.fromkeys(arms)
    }


def _table(items: Items) -> np.ndarray:
    """One row a unit, one column an item, NaN where an answer is missing."""
    if len(items) < 2:
        raise UsageError(f"{len(items)} item: a scale has two or more. Give every item's answers by name.")
    if len({len(answers) for answers in items.values()}) > 1:
        raise UsageError("items of unequal length: give every unit's answer to each item, None for none.")
    columns = []
    for name, answers in items.items():
        try:
            columns.append(np.asarray([np.nan if v is None else v for v in answers], dtype=float))
        except (TypeError, ValueError):
            raise UsageError(f"item {name!r} holds an answer that is no number. Give numbers only.") from None
    return np.column_stack(columns)


def _turned(
    table: np.ndarray, names: Sequence[str], reverse: Collection[str], scale: tuple[float, float] | None
) -> np.ndarray:
    for name in reverse:
        if name not in names:
            raise UsageError(f"no item {name!r} to reverse. {nearest(name, names, what='items')}")
    if reverse and scale is None:
        raise UsageError("reversed items need scale=(lowest, highest), for instance (1, 7).")
    turn = np.isin(names, list(reverse))
    low, high = scale or (0.0, 0.0)
    return np.where(turn, low + high - table, table)


def _alpha(covariance: np.ndarray) -> float | NotEnough:
    k, total = len(covariance), float(covariance.sum())
    if k < 2:
        return NotEnough("1 item is no scale; 2 needed")
    # A sum that hardly varies although its items do is rounding about 0.
    if total <= 1e-12 * float(np.trace(covariance)):
        return NotEnough("the items cancel out, so their sum does not vary")
    return k / (k - 1) * (1 - float(np.trace(covariance)) / total)


def _feldt(alpha: float, n: int, k: int, confidence: float) -> Interval:
    """(1 - alpha) over (1 - the estimate) follows F with n - 1 and (n - 1)(k - 1) degrees of freedom."""
    tail, df = (1 - confidence) / 2, (n - 1.0, (n - 1.0) * (k - 1))
    low, high = (1 - (1 - alpha) * float(special.fdtri(*df, p)) for p in (1 - tail, tail))
    return Interval(low, high, "Feldt", confidence)


def _described(names: Sequence[str], complete: np.ndarray, covariance: np.ndarray) -> tuple[ItemFigures, ...]:
    return tuple(
        ItemFigures(
            name=name,
            mean=float(complete[:, place].mean()),
            sd=float(np.sqrt(covariance[place, place])),
            item_rest=_item_rest(covariance, place),
            alpha_without=_alpha(np.delete(np.delete(covariance, place, 0), place, 1)),
        )
        for place, name in enumerate(names)
    )


def _item_rest(covariance: Any, place: int) -> float | NotEnough:
    """The item's correlation with the sum of the others, from the covariances."""
    others = np.arange(len(covariance)) != place
    rest = float(covariance[np.ix_(others, others)].sum())
    if rest <= 1e-12 * float(np.trace(covariance)):
        return NotEnough("the sum of the other items does not vary")
    return float(covariance[place, others].sum() / np.sqrt(covariance[place, place] * rest))
