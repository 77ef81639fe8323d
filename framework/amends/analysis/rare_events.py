"""Pooling experiments in which the event is rare: Mantel–Haenszel and Peto.

They use every experiment's table as it stands, so an arm without an event needs no half added, which would
pull the pooled effect. Both take the effect for the same in all experiments. First arm against second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from amends.analysis.counts import check_choice, check_counts, check_share
from amends.analysis.distributions import chi2_p, normal_p, normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.result import Estimate, Interval, NotEnough
from amends.analysis.study_effects import COUNT_MEASURES, StudyEffect, effect_of_counts

Table = tuple[int, int, int, int]
"""Events and units of the first arm, events and units of the second."""


@dataclass(frozen=True, slots=True)
class RareEvents(Exported):
    """One effect for several experiments with few events.

    Attributes:
        name: The method.
        measure: `RD` (risk difference), `RR` (log risk ratio) or `OR` (log odds ratio).
        value: The pooled effect; ratios are logarithms.
        standard_error: Of the value.
        interval: Of the value.
        ratio: A ratio itself with its interval; None for a difference.
        statistic: z of no effect.
        p_value: Of no effect, two-sided.
        q: Cochran's Q about the pooled effect, for how much the experiments differ.
        q_p_value: Of equal effects; it finds little where events are few.
        k: Experiments.
        informative: Experiments with both events and non-events; the others tell ratios and Q nothing.
        events: Events in all first arms, and in all second arms.
        ns: Units of all first arms, and of all second arms.
    """

    name: str
    measure: str
    value: float
    standard_error: float
    interval: Interval
    ratio: Estimate | None
    statistic: float
    p_value: float
    q: float | NotEnough
    q_p_value: float | NotEnough
    k: int
    informative: int
    events: tuple[int, int]
    ns: tuple[int, int]


def mantel_haenszel(
    tables: Sequence[Table], *, measure: str = "OR", confidence: float = 0.95
) -> RareEvents | NotEnough:
    """The Mantel–Haenszel pooled effect, without adding a half to empty cells.

    Args:
        tables: One an experiment: events and units of the first arm, events and units of the second.
        measure: `RD`, `RR` or `OR`.
        confidence: The level of the interval.

    Source: Mantel & Haenszel 1959; errors: Robins, Breslow & Greenland 1986 (OR), Greenland & Robins 1985
    (RR), Sato, Greenland & Robins 1989 (RD).

    Raises:
        UsageError: Counts that cannot be, or an unknown measure.

    >>> found = mantel_haenszel([(3, 100, 1, 100), (0, 50, 2, 50), (5, 200, 2, 210)])
    >>> round(found.value, 3), round(found.standard_error, 3), found.informative
    (0.501, 0.573, 3)
    """
    check_choice(measure, COUNT_MEASURES, "measure")
    check_share(confidence, "confidence")
    checked = [check_counts(*table) for table in tables]
    if (reason := _unusable(checked)) is not None:
        return reason
    found = {"OR": _odds_ratio, "RR": _risk_ratio, "RD": _risk_difference}[measure](checked)
    if isinstance(found, NotEnough):
        return found
    value, error = found
    return _pooled(
        "Mantel–Haenszel", measure, (value, error), checked, _q(checked, measure, value), confidence
    )


def peto(tables: Sequence[Table], *, confidence: float = 0.95) -> RareEvents | NotEnough:
    """Peto's pooled log odds ratio: observed less expected events over their variance.

    Right for events below about 1% and arms of similar size; with a large effect or very unequal arms it is
    biased, and Mantel–Haenszel is the better choice.

    Args:
        tables: As for `mantel_haenszel`.
        confidence: The level of the interval.

    Source: Yusuf, Peto, Lewis, Collins & Sleight 1985; when to use it: Bradburn et al. 2007.

    >>> found = peto([(3, 100, 1, 100), (0, 50, 2, 50), (5, 200, 2, 210)])
    >>> round(found.value, 3), round(found.standard_error, 3)
    (0.495, 0.559)
    """
    check_share(confidence, "confidence")
    checked = [check_counts(*table) for table in tables]
    if (reason := _unusable(checked)) is not None:
        return reason
    gaps, spreads = [], []
    for x1, n1, x2, n2 in checked:
        events, units = x1 + x2, n1 + n2
        if 0 < events < units:
            gaps.append(x1 - events * n1 / units)
            spreads.append(n1 * n2 * events * (units - events) / (units**2 * (units - 1)))
    if not gaps:
        return NotEnough("nobody, or everybody, of every experiment had the event")
    value, error = sum(gaps) / sum(spreads), 1 / sqrt(sum(spreads))
    q = sum(gap**2 / spread for gap, spread in zip(gaps, spreads, strict=True)) - value**2 / error**2
    return _pooled("Peto", "OR", (value, error), checked, (q, len(gaps)), confidence)


def _unusable(tables: Sequence[Table]) -> NotEnough | None:
    if not tables:
        return NotEnough("there are no experiments")
    for place, (_, n1, _, n2) in enumerate(tables, start=1):
        if not n1 or not n2:
            return NotEnough(f"experiment {place}: the {'second' if n1 else 'first'} arm has no units")
    return None


def _odds_ratio(tables: Sequence[Table]) -> tuple[float, float] | NotEnough:
    r = s = pr = mixed = qs = 0.0
    for a, n1, c, n2 in tables:
        b, d, units = n1 - a, n2 - c, n1 + n2
        along, across = a * d / units, b * c / units
        p, q = (a + d) / units, (b + c) / units
        r, s = r + along, s + across
        pr, mixed, qs = pr + p * along, mixed + p * across + q * along, qs + q * across
    if not r or not s:
        return NotEnough("all events are in one arm, so the pooled odds ratio has no bound")
    return log(r / s), sqrt(pr / (2 * r**2) + mixed / (2 * r * s) + qs / (2 * s**2))


def _risk_ratio(tables: Sequence[Table]) -> tuple[float, float] | NotEnough:
    r = s = spread = 0.0
    for x1, n1, x2, n2 in tables:
        units = n1 + n2
        r, s = r + x1 * n2 / units, s + x2 * n1 / units
        spread += (n1 * n2 * (x1 + x2) - x1 * x2 * units) / units**2
    if not r or not s:
        return NotEnough("all events are in one arm, so the pooled risk ratio has no bound")
    if spread <= 0:
        return NotEnough("everybody had the event, so there is no error to judge by")
    return log(r / s), sqrt(spread / (r * s))


def _risk_difference(tables: Sequence[Table]) -> tuple[float, float] | NotEnough:
    gap = weight = p = q = 0.0
    for x1, n1, x2, n2 in tables:
        units = n1 + n2
        gap += (x1 * n2 - x2 * n1) / units
        weight += n1 * n2 / units
        p += (n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / units**2
        q += (x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * units)
    value = gap / weight
    variance = (value * p + q) / weight**2
    if variance <= 0:
        return NotEnough("nothing varies within the arms, so there is no error to judge by")
    return value, sqrt(variance)


def _q(tables: Sequence[Table], measure: str, value: float) -> tuple[float, int]:
    """Cochran's Q about the pooled effect, and how many experiments bear on it."""
    telling = [table for table in tables if 0 < table[0] + table[2] < table[1] + table[3]]
    effects = [effect_of_counts(*table, measure=measure) for table in telling]
    known = [item for item in effects if isinstance(item, StudyEffect) and item.variance > 0]
    return sum((item.value - value) ** 2 / item.variance for item in known), len(known)


def _pooled(
    name: str,
    measure: str,
    estimate: tuple[float, float],
    tables: Sequence[Table],
    spread: tuple[float, int],
    confidence: float,
) -> RareEvents:
    (value, error), (q, informative) = estimate, spread
    half = normal_quantile((1 + confidence) / 2) * error
    interval = Interval(value - half, value + half, name, confidence)
    ratio = None
    if measure != "RD":
        said = "odds ratio" if measure == "OR" else "risk ratio"
        ends = exp(interval.low), exp(interval.high)
        ratio = Estimate(f"{name} {said}", exp(value), Interval(*ends, name, confidence))
    alone = NotEnough(f"{informative} experiment has both events and non-events, and none to differ from")
    return RareEvents(
        name=name,
        measure=measure,
        value=value,
        standard_error=error,
        interval=interval,
        ratio=ratio,
        statistic=value / error,
        p_value=normal_p(value / error),
        q=max(0.0, q) if informative > 1 else alone,
        q_p_value=chi2_p(max(0.0, q), informative - 1) if informative > 1 else alone,
        k=len(tables),
        informative=informative,
        events=(sum(table[0] for table in tables), sum(table[2] for table in tables)),
        ns=(sum(table[1] for table in tables), sum(table[3] for table in tables)),
    )
