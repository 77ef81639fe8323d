"""Reminders to a random share of those who were silent: what everyone assigned would have answered.

Whoever answers late stands for all who were silent at first, because chance chose whom to remind. So the
mean over everyone assigned is the early answers' and the late ones', weighted by how many units each stand
for. Reminded units that stay silent are the part that remains unknown: taken like the reminded ones who
answered in the estimate, anywhere on the scale in the bounds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log, sqrt

from amends.analysis.counts import Answers, check_share, check_values, whole
from amends.analysis.distributions import normal_p, normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.imbens_manski import region_quantile
from amends.analysis.means import Summary
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError


@dataclass(frozen=True, slots=True)
class Reminded:
    """One arm of a reminder design.

    Attributes:
        assigned: Units assigned to the arm.
        early: Answers given without a reminder, as `{value: how often}`.
        reminded: Units drawn at random among those silent so far, and reminded.
        late: Answers given after the reminder, by reminded units only.

    Raises:
        UsageError: Counts that cannot be: more answers than units, or a value that is no number.
    """

    assigned: int
    early: Answers
    reminded: int
    late: Answers

    def __post_init__(self) -> None:
        answered, late = (sum(check_values(counts).values()) for counts in (self.early, self.late))
        if answered > whole(self.assigned, "assigned"):
            raise UsageError(
                f"{answered} early answers of {self.assigned} assigned: answers cannot outnumber units. "
                "Give the units assigned, answered or not."
            )
        if not late <= whole(self.reminded, "reminded") <= self.assigned - answered:
            raise UsageError(
                f"{late} late answers, {self.reminded} reminded of {self.assigned - answered} silent: "
                "late answers come from the reminded, and those from the silent. Give all three counts."
            )


@dataclass(frozen=True, slots=True)
class DoubleSample(Exported):
    """The mean over everyone assigned to one arm, answered or not.

    Attributes:
        name: The method.
        value: The estimate, which takes reminded units that stayed silent for like those that answered.
        standard_error: Of the estimate, with the chance of who was reminded in it.
        interval: Of the estimate.
        low: The mean if every unit that even a reminder did not move would give the lowest answer.
        high: The same with the highest answer; equal to `low` where all reminded units answered.
        low_error: Standard error of `low`; `high_error` of `high`.
        answered_at_once: Share of the assigned that answered without a reminder.
        answered_reminder: Share of the reminded that answered; `NotEnough` where nobody was silent.
        unknown: Estimated share of the assigned that would answer neither way.
        ns: Units assigned, early answers, units reminded, late answers.
    """

    name: str
    value: float
    standard_error: float
    interval: Interval
    low: float
    high: float
    low_error: float
    high_error: float
    answered_at_once: float
    answered_reminder: float | NotEnough
    unknown: float
    ns: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class DoubleSampleDifference(Exported):
    """Two arms of a reminder design compared over everyone assigned, first minus second.

    Attributes:
        name: The method.
        value: The difference of the two estimates.
        standard_error: Of that difference.
        interval: Of that difference, taking silence after a reminder for answering like the others.
        statistic: z of no difference.
        p_value: Of no difference, under the same supposition.
        low: The smallest difference that the silent could still make of it; `high` the largest.
        region: Confidence region for the difference with nothing supposed of the silent (Imbens–Manski).
        first: The first arm by itself; `second` likewise.
    """

    name: str
    value: float
    standard_error: float
    interval: Interval
    statistic: float
    p_value: float
    low: float
    high: float
    region: Interval
    first: DoubleSample
    second: DoubleSample


def double_sample(
    arm: Reminded, *, scale: tuple[float, float], confidence: float = 0.95
) -> DoubleSample | NotEnough:
    """The mean of one arm over all its assigned units, from early answers and reminders.

    Args:
        arm: What the arm's units answered, at once and after a reminder.
        scale: Lowest and highest answer, for the bounds.
        confidence: The level of the interval.

    Source: Hansen & Hurwitz 1946; variance: double sampling for stratification, Cochran 1977, §12.2.

    Raises:
        UsageError: An answer off the scale.

    >>> found = double_sample(Reminded(100, {7: 30, 5: 20}, 25, {5: 10, 3: 10}), scale=(1, 7))
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (5.1, 4.8, 5.4)
    """
    check_share(confidence, "confidence")
    early, late = check_values(arm.early), check_values(arm.late)
    _check_scale(scale, {**early, **late})
    answered, replied = sum(early.values()), sum(late.values())
    silent = arm.assigned - answered
    if (reason := _unusable(arm, answered, replied, silent)) is not None:
        return reason
    still = arm.reminded - replied
    filled = [Counter(late) + Counter({float(end): still}) for end in scale]
    estimate = _two_phase(early, late, arm.assigned, silent)
    low, high = (_two_phase(early, dict(values), arm.assigned, silent) for values in filled)
    if not max(estimate[1], low[1], high[1]):
        return NotEnough("all answers are alike, so there is no error to judge by")
    half = normal_quantile((1 + confidence) / 2) * estimate[1]
    name = "Hansen–Hurwitz"
    return DoubleSample(
        name=name,
        value=estimate[0],
        standard_error=estimate[1],
        interval=Interval(estimate[0] - half, estimate[0] + half, name, confidence),
        low=low[0],
        high=high[0],
        low_error=low[1],
        high_error=high[1],
        answered_at_once=answered / arm.assigned,
        answered_reminder=replied / arm.reminded if arm.reminded else NotEnough("nobody was reminded"),
        unknown=silent / arm.assigned * (still / arm.reminded) if arm.reminded else 0.0,
        ns=(arm.assigned, answered, arm.reminded, replied),
    )


def double_sample_difference(
    first: Reminded, second: Reminded, *, scale: tuple[float, float], confidence: float = 0.95
) -> DoubleSampleDifference | NotEnough:
    """Two arms of a reminder design compared over everyone assigned.

    Args:
        first: The first arm.
        second: The second arm.
        scale: Lowest and highest answer.
        confidence: The level of interval and region.

    Source: Hansen & Hurwitz 1946; region: Imbens & Manski 2004, Stoye 2009.

    >>> first = Reminded(100, {7: 30, 5: 20}, 25, {5: 15, 3: 10})
    >>> second = Reminded(100, {7: 20, 4: 20}, 30, {5: 15, 3: 15})
    >>> found = double_sample_difference(first, second, scale=(1, 7))
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.6, 0.6, 0.6)
    """
    arms = [double_sample(arm, scale=scale, confidence=confidence) for arm in (first, second)]
    for found, which in zip(arms, ("first", "second"), strict=True):
        if isinstance(found, NotEnough):
            return NotEnough(f"the {which} arm: {found.reason}")
    a, b = (arm for arm in arms if isinstance(arm, DoubleSample))
    gap, error = a.value - b.value, sqrt(a.standard_error**2 + b.standard_error**2)
    half = normal_quantile((1 + confidence) / 2) * error
    low, high = a.low - b.high, a.high - b.low
    errors = sqrt(a.low_error**2 + b.high_error**2), sqrt(a.high_error**2 + b.low_error**2)
    # Below this width the data cannot tell the bounds apart, and one-sided quantiles would cover too rarely.
    apart = high - low > max(errors) * sqrt(log(a.ns[0] + b.ns[0]))
    quantile = region_quantile(high - low if apart else 0.0, max(errors), confidence)
    return DoubleSampleDifference(
        name="difference over all assigned, Hansen–Hurwitz",
        value=gap,
        standard_error=error,
        interval=Interval(gap - half, gap + half, "Hansen–Hurwitz", confidence),
        statistic=gap / error,
        p_value=normal_p(gap / error),
        low=low,
        high=high,
        region=Interval(low - quantile * errors[0], high + quantile * errors[1], "Imbens-Manski", confidence),
        first=a,
        second=b,
    )


def _check_scale(scale: tuple[float, float], answers: dict[float, int]) -> None:
    low, high = scale
    if not low < high:
        raise UsageError(f"scale {low!r} to {high!r}: the lowest answer comes first. Give for instance 1, 7.")
    for value in answers:
        if not low <= value <= high:
            raise UsageError(f"answer {value:g}: it lies off the scale {low:g} to {high:g}. Leave it out.")


def _unusable(arm: Reminded, answered: int, replied: int, silent: int) -> NotEnough | None:
    if not arm.assigned:
        return NotEnough("no units are assigned")
    if arm.assigned == 1:
        return NotEnough("1 unit has no spread; 2 needed")
    if silent and not arm.reminded:
        return NotEnough(f"{silent} units are silent and none was reminded")
    if silent and not replied:
        return NotEnough(f"none of {arm.reminded} reminded units answered; the bounds of silence say more")
    if silent > 1 and replied < 2:
        return NotEnough(f"1 of {arm.reminded} reminded units answered; 2 needed for the spread")
    return None


def _two_phase(
    early: dict[float, int], late: dict[float, int], assigned: int, silent: int
) -> tuple[float, float]:
    """The mean over all assigned and its standard error, from the two groups' answers.

    Without silence it is the plain mean with s / sqrt(n).
    """
    groups = [(assigned - silent, early), (silent, late)]
    summaries = [
        (units, summary)
        for units, answers in groups
        if units and isinstance(summary := Summary.from_counts(answers), Summary)
    ]
    mean = sum(units * summary.mean for units, summary in summaries) / assigned
    variance = 0.0
    for units, summary in summaries:
        within = 0.0 if isinstance(summary.sd, NotEnough) else summary.sd**2 / summary.n
        variance += units / assigned * (units - 1) / (assigned - 1) * within
        variance += units / assigned * (summary.mean - mean) ** 2 / (assigned - 1)
    return mean, sqrt(variance)
