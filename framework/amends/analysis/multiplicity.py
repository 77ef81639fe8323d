"""Adjusting p-values for how many questions were asked at once."""

from __future__ import annotations

from collections.abc import Sequence

from amends.analysis.counts import check_choice
from amends.analysis.result import NotEnough
from amends.errors import UsageError

METHODS = ("holm", "bonferroni", "bh", "by", "hommel", "none")


def adjust(p_values: Sequence[float | NotEnough], *, method: str = "holm") -> list[float | NotEnough]:
    """The p-values adjusted for their family, in the order given.

    Args:
        p_values: One for each question of the family. A question that gave no p-value keeps its
            `NotEnough` and still counts: the family was declared before the data came.
        method: `holm`, `bonferroni`, `hommel` (chance of any false claim) or `bh`, `by` (share of
            false claims among all claims), or `none`.

    Source: Holm 1979; Hommel 1988; Benjamini & Hochberg 1995; Benjamini & Yekutieli 2001.

    Raises:
        UsageError: A p-value outside 0 to 1, or an unknown method.

    >>> [round(p, 3) for p in adjust([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    check_choice(method, METHODS, "method")
    for p in p_values:
        if not isinstance(p, NotEnough) and not 0 <= p <= 1:
            raise UsageError(f"p-value {p!r}: it lies between 0 and 1. Give the test's own p-value.")
    family = [1.0 if isinstance(p, NotEnough) else float(p) for p in p_values]
    if not family or method == "none":
        return list(p_values)
    adjusted = _adjusted(family, method)
    return [p if isinstance(p, NotEnough) else new for p, new in zip(p_values, adjusted, strict=True)]


def _adjusted(family: list[float], method: str) -> list[float]:
    if method == "holm":
        return _holm(family)
    if method == "bonferroni":
        return [min(1.0, p * len(family)) for p in family]
    if method == "hommel":
        from statsmodels.stats.multitest import multipletests

        return [min(1.0, float(p)) for p in multipletests(family, method="hommel")[1]]
    from scipy.stats import false_discovery_control

    return [float(p) for p in false_discovery_control(family, method=method)]


def _holm(family: list[float]) -> list[float]:
    size, highest = len(family), 0.0
    adjusted = [0.0] * size
    for rank, place in enumerate(sorted(range(size), key=family.__getitem__)):
        highest = max(highest, min(1.0, family[place] * (size - rank)))
        adjusted[place] = highest
    return adjusted
