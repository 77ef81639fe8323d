"""The harm rule of a guardrail: whether one arm is worse than another by more than was declared tolerable.

A one-sided test against the declared margin, read from an interval: harm is shown where the whole interval
lies beyond the margin on the bad side, and excluded where it stays within the margin on both sides. While
data are collected the interval is the always-valid one, so that anybody may look at any time and stop;
at the end it is the contrast's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from amends.analysis.contrasts import Contrast
from amends.analysis.exported import Exported
from amends.analysis.formatting import Figure
from amends.analysis.measure_means import mean_limits
from amends.analysis.measure_proportions import limits
from amends.analysis.result import Interval, NotEnough

STATES = ("harm", "no harm", "not excluded", "no rule")


@dataclass(frozen=True, slots=True)
class Guard(Exported):
    """One guardrail between two arms.

    Attributes:
        name: The method of the interval.
        metric: The guardrail.
        arm: The arm declared first; the difference is arm minus versus.
        versus: The arm it is compared with.
        harm: The largest tolerable worsening; None where none is declared.
        difference: Arm minus versus.
        low: The lower limit of the interval; `high` the upper one.
        confidence: Of the interval; each side has half of what is left, so the test is one-sided.
        state: `harm`, `no harm`, `not excluded` (the interval reaches beyond the margin), `no rule`.
        worse: The arm that does harm, where one does.
    """

    name: str
    metric: str
    arm: str
    versus: str
    harm: float | None
    difference: Figure
    low: Figure
    high: Figure
    confidence: float
    state: str | NotEnough
    worse: str | None


def guard(
    contrast: Contrast,
    *,
    harm: float | None,
    better: str,
    alpha: float,
    planned: float | None,
    always_valid: bool,
) -> Guard:
    """Holds one contrast of a guardrail against its harm rule.

    No error is spent on the other guardrails or contrasts: an alarm too many costs a look, a harm
    overlooked costs customers. So with several guardrails the chance of some false alarm is above alpha.

    Args:
        contrast: As measured, unadjusted.
        harm: The largest tolerable worsening, in the effect's unit.
        better: `higher` or `lower`: which values are good.
        alpha: Of both sides together; one arm's harm is tested at half of it.
        planned: Planned units (answers) of both arms, to which the always-valid interval is tuned.
        always_valid: Whether data are still collected, so that anybody may look at any time.

    >>> from amends.analysis.measure_proportions import Counts, contrast_of_proportions
    >>> found = contrast_of_proportions("complaint", Counts("thank_you", 90, 1000), Counts("sorry", 30, 1000))
    >>> guard(found, harm=0.02, better="lower", alpha=0.05, planned=None, always_valid=False).worse
    'thank_you'
    """
    low, high, method = _interval(contrast, alpha=alpha, planned=planned, always_valid=always_valid)
    found = Guard(
        name=method,
        metric=contrast.metric,
        arm=contrast.arm,
        versus=contrast.versus,
        harm=harm,
        difference=contrast.effect,
        low=low,
        high=high,
        confidence=1 - alpha,
        state="no rule",
        worse=None,
    )
    if harm is None:
        return found
    if isinstance(low, NotEnough) or isinstance(high, NotEnough):
        return replace(found, state=low if isinstance(low, NotEnough) else NotEnough("no interval"))
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    if low > harm or high < -harm:
        # More of something good is worse for the arm it is compared with, and the other way round.
        first = (low > harm) == (better == "lower")
        return replace(found, state="harm", worse=contrast.arm if first else contrast.versus)
    within = -harm < low and high < harm
    return replace(found, state="no harm" if within else "not excluded")


def _interval(
    contrast: Contrast, *, alpha: float, planned: float | None, always_valid: bool
) -> tuple[Figure, Figure, str]:
    if isinstance(contrast.p_value, NotEnough) and isinstance(contrast.low, NotEnough):
        return contrast.low, contrast.low, contrast.interval
    if always_valid:
        return (*_always_valid(contrast, alpha=alpha, planned=planned), "always-valid interval")
    confidence = 1 - alpha
    if contrast.counts is not None:
        from amends.analysis.intervals import newcombe

        (x1, n1), (x2, n2) = contrast.counts
        return (*limits(newcombe(x1, n1, x2, n2, confidence=confidence)), contrast.interval)
    return (*mean_limits(*contrast.summaries, confidence=confidence), contrast.interval)


def _always_valid(contrast: Contrast, *, alpha: float, planned: float | None) -> tuple[Figure, Figure]:
    from amends.analysis import sequential

    if planned is None:
        missing = NotEnough("no planned sample: declare detect= and sd=, or sample=")
        return missing, missing
    found: Interval | NotEnough
    if contrast.counts is not None:
        (x1, n1), (x2, n2) = contrast.counts
        found = sequential.always_valid_proportions(x1, n1, x2, n2, alpha=alpha, planned_n=planned)
    else:
        found = sequential.always_valid_means(*contrast.summaries, alpha=alpha, planned_n=planned)
    return limits(found)
