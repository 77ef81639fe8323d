"""How many units to assign, what power a sample has, what it can show: with silence and clusters counted in.

A formula counts independent answers. Whoever plans assigns units, of whom a share answers and some share a
cluster; `Conditions` turns one into the other, the same way for all three questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from amends.analysis.conditions import Conditions, Means, Rates
from amends.analysis.counts import check_share, whole
from amends.analysis.exact_power import EXACT_POWER_LIMIT, power_boschloo
from amends.analysis.exported import Exported
from amends.analysis.power import (
    detectable_difference,
    detectable_effect_t,
    power_proportions,
    power_t,
    sample_size_proportions,
    sample_size_t,
)
from amends.analysis.result import NotEnough
from amends.errors import UsageError

__all__ = [
    "Conditions",
    "Means",
    "PlannedSample",
    "Rates",
    "power_curve",
    "power_of_sample",
    "sample_size",
    "smallest_detectable",
]


@dataclass(frozen=True, slots=True)
class PlannedSample(Exported):
    """The answer to one planning question.

    Attributes:
        name: How it was worked out.
        assigned: Units to assign to either arm.
        answers: Independent answers that these are worth, in either arm.
        clusters: Clusters of either arm; None where units are randomised.
        difference: That is found, first minus second.
        power: With which it is found; by enumeration of the default test where `exact`.
        alpha: The two-sided level.
        exact: Whether every possible table was weighed (proportions, at most 200 units in all).
        design_effect: Factor for clusters.
        completion: Share expected to answer.
    """

    name: str
    assigned: tuple[int, int]
    answers: tuple[int, int]
    clusters: tuple[int, int] | None
    difference: float
    power: float
    alpha: float
    exact: bool
    design_effect: float
    completion: float


def sample_size(
    effect: Rates | Means,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    ratio: float = 1.0,
    conditions: Conditions | None = None,
) -> PlannedSample | NotEnough:
    """Units to assign so that a difference is found with this power.

    For proportions with at most 200 independent units in all, the normal formula's number is raised until
    the enumerated power of the default test (Boschloo) reaches the target, which the formula alone may miss.

    Args:
        effect: The difference worth finding.
        power: Chance of finding it.
        alpha: The level at which the test decides, already divided by the family's size.
        ratio: Units of the second arm for each of the first.
        conditions: Expected silence and clusters; none by default.

    Source: Fleiss 1981 (proportions), noncentral t (means), Kish 1965, Eldridge, Ashby & Kerry 2006.

    Raises:
        UsageError: A difference of 0 or none, or a value out of its range.

    >>> sample_size(Rates(0.784, 0.911), conditions=Conditions(cluster_size=3, icc=0.1)).assigned
    (150, 150)
    >>> sample_size(Means(sd=1.4, difference=0.5), conditions=Conditions(completion=0.4)).assigned
    (313, 313)
    """
    given = conditions or Conditions()
    first = _formula(effect, power, alpha, ratio)
    answers = ceil(first - 1e-9), ceil(first * ratio - 1e-9)
    if isinstance(effect, Means):
        answers = max(2, answers[0]), max(2, answers[1])
    found = _power(effect, answers, alpha, given)
    # Enumerated power may lie below what the formula aimed at; it is raised unit by unit.
    while _exact(effect, answers, given) and isinstance(found, float) and found < power:
        answers = answers[0] + 1, ceil((answers[0] + 1) * ratio - 1e-9)
        found = _power(effect, answers, alpha, given)
    assigned = tuple(ceil(n * given.inflation - 1e-9) for n in answers)
    return _planned(effect, (assigned[0], assigned[1]), answers, found, alpha=alpha, given=given)


def power_of_sample(
    effect: Rates | Means,
    assigned: tuple[int, int],
    *,
    alpha: float = 0.05,
    conditions: Conditions | None = None,
) -> PlannedSample | NotEnough:
    """The chance that a sample finds a difference of this size. For planning, never after the fact.

    Args:
        effect: The difference supposed; not the one observed.
        assigned: Units of either arm.
        alpha: The level at which the test decides.
        conditions: Expected silence and clusters; none by default.

    >>> round(power_of_sample(Rates(0.784, 0.911), (56, 56)).power, 3)
    0.451
    """
    given = conditions or Conditions()
    answers = _answers(assigned, given)
    if isinstance(answers, NotEnough):
        return answers
    return _planned(
        effect, assigned, answers, _power(effect, answers, alpha, given), alpha=alpha, given=given
    )


def power_curve(
    effect: Rates | Means,
    sizes: Sequence[int],
    *,
    alpha: float = 0.05,
    conditions: Conditions | None = None,
) -> tuple[tuple[int, float], ...]:
    """The power of samples of several sizes, two arms of equal size each; sizes without one are left out.

    Args:
        effect: The difference supposed.
        sizes: Units of each arm.
        alpha: The level at which the test decides.
        conditions: Expected silence and clusters; none by default.

    >>> [(n, round(power, 3)) for n, power in power_curve(Rates(0.784, 0.911), [56, 150])]
    [(56, 0.451), (150, 0.868)]
    """
    found = ((n, power_of_sample(effect, (n, n), alpha=alpha, conditions=conditions)) for n in sizes)
    return tuple(
        (n, sample.power)
        for n, sample in found
        if not isinstance(sample, NotEnough) and isinstance(sample.power, float)
    )


def smallest_detectable(
    effect: Rates | Means,
    assigned: tuple[int, int],
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    conditions: Conditions | None = None,
    direction: str = "up",
) -> PlannedSample | NotEnough:
    """The smallest difference that a sample finds with this power, by the normal or the t formula.

    Args:
        effect: `Rates(p1)`, the proportion to differ from, or `Means(sd)`.
        assigned: Units of either arm; for proportions the smaller arm counts.
        power: Chance of finding the difference.
        alpha: The level at which the test decides.
        conditions: Expected silence and clusters; none by default.
        direction: For proportions, whether the second is higher (`up`) or lower (`down`).

    >>> silent = Conditions(completion=0.4)
    >>> round(smallest_detectable(Means(sd=1.4), (125, 125), conditions=silent).difference, 2)
    0.79
    """
    given = conditions or Conditions()
    check_share(power, "power")
    answers = _answers(assigned, given)
    if isinstance(answers, NotEnough):
        return answers
    if isinstance(effect, Means):
        if min(answers) < 2:
            return NotEnough(f"{min(answers)} answer expected in an arm; 2 needed")
        found: float | NotEnough = effect.sd * detectable_effect_t(*answers, power=power, alpha=alpha)
    else:
        found = detectable_difference(effect.p1, min(answers), power=power, alpha=alpha, direction=direction)
        if isinstance(found, float) and direction == "up":
            found = -found
    if isinstance(found, NotEnough):
        return found
    name = f"smallest detectable difference ({'t' if isinstance(effect, Means) else 'normal'})"
    return PlannedSample(
        name=name,
        assigned=assigned,
        answers=answers,
        clusters=_clusters(assigned, given),
        difference=found,
        power=power,
        alpha=alpha,
        exact=False,
        design_effect=given.design_effect,
        completion=given.completion,
    )


def _formula(effect: Rates | Means, power: float, alpha: float, ratio: float) -> float:
    """Independent answers of the first arm, not rounded."""
    if isinstance(effect, Means):
        d = _difference(effect) / effect.sd
        return sample_size_t(d, power=power, alpha=alpha, ratio=ratio)
    return sample_size_proportions(effect.p1, _second(effect), power=power, alpha=alpha, ratio=ratio)


def _power(
    effect: Rates | Means, answers: tuple[int, int], alpha: float, given: Conditions
) -> float | NotEnough:
    if isinstance(effect, Means):
        if min(answers) < 2:
            return NotEnough(f"{min(answers)} answer expected in an arm; 2 needed")
        return power_t(_difference(effect) / effect.sd, *answers, alpha=alpha)
    rule = power_boschloo if _exact(effect, answers, given) else power_proportions
    return rule(effect.p1, _second(effect), *answers, alpha=alpha)


def _exact(effect: Rates | Means, answers: tuple[int, int], given: Conditions) -> bool:
    """Whether the default test is Boschloo's and its tables can be weighed."""
    return isinstance(effect, Rates) and sum(answers) <= EXACT_POWER_LIMIT and given.design_effect == 1


def _answers(assigned: tuple[int, int], given: Conditions) -> tuple[int, int] | NotEnough:
    """Independent answers that assigned units are worth, rounded down."""
    worth = [floor(whole(n, "units assigned") / given.inflation + 1e-9) for n in assigned]
    if not min(worth):
        return NotEnough(f"{min(assigned)} units assigned are worth less than one independent answer")
    return worth[0], worth[1]


def _planned(
    effect: Rates | Means,
    assigned: tuple[int, int],
    answers: tuple[int, int],
    power: float | NotEnough,
    *,
    alpha: float,
    given: Conditions,
) -> PlannedSample | NotEnough:
    if isinstance(power, NotEnough):
        return power
    exact = _exact(effect, answers, given)
    method = "t" if isinstance(effect, Means) else ("Boschloo, enumerated" if exact else "normal")
    return PlannedSample(
        name=f"planned sample ({method})",
        assigned=assigned,
        answers=answers,
        clusters=_clusters(assigned, given),
        difference=_difference(effect),
        power=power,
        alpha=alpha,
        exact=exact,
        design_effect=given.design_effect,
        completion=given.completion,
    )


def _clusters(assigned: tuple[int, int], given: Conditions) -> tuple[int, int] | None:
    if given.cluster_size == 1:
        return None
    first, second = (ceil(n / given.cluster_size - 1e-9) for n in assigned)
    return first, second


def _difference(effect: Rates | Means) -> float:
    if isinstance(effect, Rates):
        return effect.p1 - _second(effect)
    if effect.difference is None:
        raise UsageError("no difference to plan for. Give Means(sd=1.4, difference=0.3).")
    return effect.difference


def _second(effect: Rates) -> float:
    if effect.p2 is None:
        raise UsageError("no second proportion to plan for. Give Rates(0.784, 0.911).")
    return effect.p2
